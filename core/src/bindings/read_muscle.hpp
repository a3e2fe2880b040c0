// Muscles of readers.character, and functions of coordinates, as the core's descriptions.
#pragma once

#include "bindings/bindings.hpp"
#include "model/description.hpp"

namespace muscle::bindings {

// A readers.functions.Function.
model::FunctionDescription readFunction(const py::handle& function);
// A readers.character.ActivationDynamics.
model::ActivationDynamics readActivation(const py::handle& dynamics);
// The wraps and muscles of a readers.character.Character.
void readMuscles(const py::handle& character, model::CharacterDescription& description);

}  // namespace muscle::bindings
