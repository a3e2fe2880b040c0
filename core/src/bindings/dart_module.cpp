// The module _dart, separate from _core, so that the core can be imported and used without libdart.
#include <pybind11/pybind11.h>

#include "dart/dart_engine.hpp"

PYBIND11_MODULE(_dart, m) {
  namespace py = pybind11;
  py::module_::import("muscle_viewer.core._core");  // brings EngineFactory
  m.doc() = "The DART engine of Muscle Viewer; built where CMake finds DART.";
  m.attr("dart_version") = MUSCLE_DART_VERSION;
  m.def(
      "dart_engine", [] { return std::const_pointer_cast<muscle::dynamics::EngineFactory>(muscle::dart_engine::makeDartFactory()); },
      "Makes the DART engines of a scene's environments.");
}
