// One function for each concept; module.cpp calls them in order.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "dynamics/engine.hpp"

namespace muscle::bindings {

namespace py = pybind11;

// ValueError for an unknown name.
dynamics::Actuator actuatorNamed(const std::string& name);

void bindModel(py::module_& m);
void bindSimulation(py::module_& m);
void bindNetwork(py::module_& m);
void bindLearning(py::module_& m);
void bindScene(py::module_& m);
void bindBatchEnv(py::module_& m);
void bindEnvironment(py::module_& m);

}  // namespace muscle::bindings
