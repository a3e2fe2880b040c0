#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "batch/cpus.hpp"
#include "batch/thread_pool.hpp"
#include "bindings/arrays.hpp"
#include "bindings/bindings.hpp"
#include "muscle/load_sharing.hpp"

namespace muscle::bindings {
namespace {

using sharing::LoadSharing;

// Load sharing of many samples at once, on threads of its own.
class Samples {
 public:
  Samples(LoadSharing of, int threads) : of(std::move(of)), pool_(threads) {}

  const LoadSharing of;

  // work(row, scratch) for each row.
  template <class Work>
  void run(py::ssize_t rows, Work&& work) {
    const py::gil_scoped_release released;
    const std::scoped_lock one(busy_);
    pool_.run(static_cast<int>((rows + kRows - 1) / kRows), [&](int piece) {
      LoadSharing::Scratch scratch = of.makeScratch();
      const py::ssize_t first = static_cast<py::ssize_t>(piece) * kRows;
      for (py::ssize_t row = first; row < std::min(first + kRows, rows); ++row) work(row, scratch);
    });
  }

 private:
  static constexpr py::ssize_t kRows = 8;  // of a thread's piece of work

  batch::ThreadPool pool_;
  std::mutex busy_;
};

void checkRows(const char* what, const Input<float>& array, py::ssize_t rows, int width) {
  if (array.ndim() != 2 || array.shape(0) != rows || array.shape(1) != width)
    throw py::value_error(std::string(what) + ": an array of shape (" + std::to_string(rows) + ", " + std::to_string(width) + ") expected");
}

py::ssize_t rowsOf(const Samples& samples, const Input<float>& jta) {
  if (jta.ndim() != 2) throw py::value_error("jta: an array of shape (rows, entries) expected");
  checkRows("jta", jta, jta.shape(0), samples.of.numEntries());
  return jta.shape(0);
}

using Map = void (LoadSharing::*)(const float* jta, const float* from, float* to) const;

// Rows of `to` values from rows of JtA and of `from` values.
py::array_t<float> mapped(Samples& samples, const Input<float>& jta, const char* what, const Input<float>& given, int from, int to,
                          Map map) {
  const py::ssize_t rows = rowsOf(samples, jta);
  checkRows(what, given, rows, from);
  py::array_t<float> result({rows, static_cast<py::ssize_t>(to)});
  const float *entries = jta.data(), *values = given.data();
  float* const out = result.mutable_data();
  samples.run(rows, [&](py::ssize_t r, LoadSharing::Scratch&) {
    (samples.of.*map)(entries + r * samples.of.numEntries(), values + r * from, out + r * to);
  });
  return result;
}

}  // namespace

void bindLearning(py::module_& m) {
  py::class_<Samples>(m, "LoadSharing",
                      "How muscles share the torques of joints, for many samples at once; see core/src/muscle/load_sharing.hpp.")
      .def(py::init([](const Input<int>& muscleOfEntry, const Input<int>& dofOfEntry, int muscles, int dofs, int threads) {
             if (muscles < 0 || dofs < 0 || threads < 0) throw py::value_error("muscles, dofs and threads must not be negative");
             const auto entries = [](const Input<int>& a) { return std::span(a.data(), static_cast<std::size_t>(a.size())); };
             LoadSharing of(entries(muscleOfEntry), entries(dofOfEntry), muscles, dofs);
             return std::make_unique<Samples>(std::move(of), threads == 0 ? batch::availableCpus() : threads);
           }),
           py::arg("muscle_of_entry"), py::arg("dof_of_entry"), py::arg("muscles"), py::arg("dofs"), py::arg("threads") = 0,
           "Of JtA's entries: their muscles, and which of the torques they add to, negative for none. threads: 0 for all CPUs.")
      .def(
          "torques",
          [](Samples& s, const Input<float>& jta, const Input<float>& activations) {
            return mapped(s, jta, "activations", activations, s.of.numMuscles(), s.of.numDofs(), &LoadSharing::torque);
          },
          py::arg("jta"), py::arg("activations"),
          "Active torques (rows, dofs), N m, of JtA (rows, entries) and activations (rows, muscles).")
      .def(
          "pull_back",
          [](Samples& s, const Input<float>& jta, const Input<float>& gradients) {
            return mapped(s, jta, "gradients", gradients, s.of.numDofs(), s.of.numMuscles(), &LoadSharing::pullBack);
          },
          py::arg("jta"), py::arg("gradients"),
          "Gradients with respect to the activations (rows, muscles), of those with respect to the torques (rows, dofs).")
      .def(
          "optima",
          [](Samples& samples, const Input<float>& jta, const Input<float>& torques, int iterations, double tolerance) {
            const py::ssize_t rows = rowsOf(samples, jta);
            const LoadSharing& of = samples.of;
            checkRows("torques", torques, rows, of.numDofs());
            py::array_t<float> activations({rows, static_cast<py::ssize_t>(of.numMuscles())});
            py::array_t<bool> converged(rows);
            const float *from = jta.data(), *b = torques.data();
            float* const a = activations.mutable_data();
            bool* const is = converged.mutable_data();
            samples.run(rows, [&](py::ssize_t r, LoadSharing::Scratch& scratch) {
              is[r] = of.optimum(from + r * of.numEntries(), b + r * of.numDofs(), iterations, tolerance, a + r * of.numMuscles(), scratch);
            });
            return py::make_tuple(activations, converged);
          },
          py::arg("jta"), py::arg("torques"), py::arg("iterations") = 100, py::arg("tolerance") = 1e-5,
          "Activations (rows, muscles) of the least effort that make torques (rows, dofs), and which rows have converged (rows,).");
}

}  // namespace muscle::bindings
