// Values of Python objects' attributes.
#pragma once

#include "bindings/arrays.hpp"
#include "dynamics/spatial.hpp"

namespace muscle::bindings {

template <class T>
T get(const py::handle& object, const char* name) {
  return object.attr(name).cast<T>();
}

inline std::vector<double> numbers(const py::handle& object) {
  return object.is_none() ? std::vector<double>{} : object.cast<std::vector<double>>();
}

inline Vec3<double> vector3(const py::handle& object) {
  const std::vector<double> v = numbers(object);
  checkSize("vector", static_cast<py::ssize_t>(v.size()), 3);
  return {v[0], v[1], v[2]};
}

inline Quat<double> quaternion(const py::handle& object) {
  const std::vector<double> q = numbers(object);
  checkSize("orientation", static_cast<py::ssize_t>(q.size()), 4);
  return {q[0], q[1], q[2], q[3]};
}

}  // namespace muscle::bindings
