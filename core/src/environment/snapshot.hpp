// All that a viewer shows of one environment at one moment, copied out of the lanes.
#pragma once

#include <vector>

#include "environment/group.hpp"

namespace muscle::environment {

// Row-major arrays in single precision; SI units, world axes unless said otherwise.
struct Snapshot {
  double time = 0, phase = 0;
  std::vector<float> positions, velocities;                                          // generalised, as in DART
  std::vector<float> referencePositions;                                             // reference pose of this phase
  std::vector<float> targetPositions;                                                // PD target of the last step
  std::vector<float> bodyRotations;                                                  // (bodies, 3, 3)
  std::vector<float> bodyPositions;                                                  // (bodies, 3)
  std::vector<float> pathPoints;                                                     // (path points, 3)
  std::vector<float> activations, excitations;                                       // (muscles)
  std::vector<float> muscleLengths;                                                  // m
  std::vector<float> fibreLengths, fibreVelocities;                                  // optimal fibre lengths (per second)
  std::vector<float> activeForces, passiveForces;                                    // N, at the present activation
  std::vector<float> momentArms;                                                     // (entries) m
  std::vector<float> desiredTorques, muscleTorques, passiveTorques, appliedTorques;  // (joint dofs) N m, last substep
  std::vector<float> contactPoints, contactForces;                                   // (contacts, 3) m, N on the character
  float centerOfMass[3] = {0, 0, 0};
  float disturbance[3] = {0, 0, 0};  // N, the push of the last step
  Reward reward;
  bool terminated = false, truncated = false, diverged = false;
};

Snapshot takeSnapshot(const Scene& scene, Group& group, int lane);

}  // namespace muscle::environment
