// Muscles of readers.character as the core's descriptions.
#pragma once

#include "bindings/bindings.hpp"
#include "model/description.hpp"

namespace muscle::bindings {

// The wraps and muscles of a readers.character.Character.
void readMuscles(const py::handle& character, model::CharacterDescription& description);

}  // namespace muscle::bindings
