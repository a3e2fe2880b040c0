// What surrounds an environment's character.
#pragma once

#include "dynamics/spatial.hpp"

namespace muscle::dynamics {

// V: one number for all lanes, or a pack with one for each lane.
template <class V>
struct Surroundings {
  Vec3<V> lift;  // the negative of gravity's acceleration in the ground's frame, m/s^2
  V friction;    // Coulomb coefficient
};

}  // namespace muscle::dynamics
