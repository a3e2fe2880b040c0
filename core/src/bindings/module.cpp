#include "bindings/bindings.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace muscle::bindings;
  m.doc() = "The C++ core of Muscle Viewer; use it through muscle_viewer.core.";
  m.attr("torch_version") = MUSCLE_TORCH_VERSION;
  bindModel(m);
  bindSimulation(m);
  bindNetwork(m);
  bindLearning(m);
  bindScene(m);
  bindBatchEnv(m);
  bindEnvironment(m);
}
