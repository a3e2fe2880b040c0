// numpy arrays over the core's memory and back.
#pragma once

#include <pybind11/numpy.h>
#include "bindings/bindings.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muscle::bindings {

template <class T>
using Input = py::array_t<T, py::array::c_style | py::array::forcecast>;

// A writable view that keeps `owner` alive. No copy.
template <class T>
py::array_t<T> viewOf(T* data, std::vector<py::ssize_t> shape, py::handle owner) {
  return py::array_t<T>(std::move(shape), data, owner);
}

template <class T>
py::array_t<T> readOnlyViewOf(T* data, std::vector<py::ssize_t> shape, py::handle owner) {
  py::array_t<T> view = viewOf(data, std::move(shape), owner);
  view.attr("setflags")(py::arg("write") = false);
  return view;
}

// An array that owns the vector's memory. No copy.
template <class T>
py::array_t<T> take(std::vector<T> values, std::vector<py::ssize_t> shape) {
  auto owned = std::make_unique<std::vector<T>>(std::move(values));
  T* data = owned->data();
  py::capsule owner(owned.release(), [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(std::move(shape), data, owner);
}

inline std::span<const std::byte> bytesOf(const py::bytes& bytes) {
  const std::string_view view = bytes;
  return {reinterpret_cast<const std::byte*>(view.data()), view.size()};
}

inline void checkSize(const char* what, py::ssize_t got, py::ssize_t wanted) {
  if (got != wanted)
    throw py::value_error(std::string(what) + ": " + std::to_string(got) + " values given, " + std::to_string(wanted) + " expected");
}

}  // namespace muscle::bindings
