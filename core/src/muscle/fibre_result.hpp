// What the force of a muscle depends on, and what its law gives.
#pragma once

#include "model/model.hpp"

namespace muscle {

template <class S>
struct FibreInput {
  S pathLength, pathVelocity;  // m, m/s
  S activation;                // for laws whose curves depend on it, and elastic tendons
  S projection;                // of an elastic tendon's fibres at the end of the last step, optimal lengths; 0: not known
  Element<S> timeStep;         // s
};

// Fibre state and forces.
template <class S>
struct FibreResult {
  S length, velocity;  // optimal fibre lengths, and per second
  S active, passive;   // along the tendon at full activation, N
  S activeDamping;     // d active / d path velocity, N s/m
  S passiveStiffness;  // d passive / d path length over a step, N/m: that of a damper is its coefficient by the time step
  S projection;        // of the fibres on the tendon, optimal fibre lengths; of tabulated laws only
};

}  // namespace muscle
