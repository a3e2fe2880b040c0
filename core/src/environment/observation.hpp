// Observation vectors: the default one, and those of MASS and GaitNet in their order and size.
#pragma once

#include <array>
#include <vector>

#include "environment/lane_view.hpp"
#include "environment/symmetry.hpp"

namespace muscle::environment {

// kDefault: root height; root rotation, first two rows of its matrix; root linear velocity and 0.1 x angular velocity, world
// axes; per further body its centre of mass relative to the root's origin (m) and its velocity relative to the root's (m/s);
// joint coordinates (rotation vectors, angles) and 0.1 x rates; sin and cos of the phase; with a gait reward the values of
// GaitNet::observe.
//
// kMass, of MASS: 0.8 x each further body's centre of mass as seen from the root's body frame (m); 0.2 x the velocities of
// these centres, then the root's (m/s, world axes); the phase.
//
// kGaitNet, of Generative and Bidirectional GaitNet and their fork: the centre of mass, with a gait reward its height alone,
// in its place (3); of each body the centre of mass less the whole's (3 each), the first two rows of its frame's rotation
// (6 each), its velocity less the whole's (3 each); the whole's velocity (3); of each body 0.1 x angular velocity (3 each);
// the phase of the clock, then the motion's own where actions change its rate; with a gait reward the position of the next
// foothold less the centre of mass along z (m); per joint dof the muscles' capacity, 0.008 x [half of the negative torques at
// full activation, half of the positive ones, the passive torque]; the parameters. World axes, SI units.
enum class ObservationType { kDefault, kMass, kGaitNet };

inline constexpr std::array<const char*, 3> kObservationTypeNames = {"default", "mass", "gaitnet"};

struct ObservationSettings {
  ObservationType type = ObservationType::kDefault;
  // Of kGaitNet:
  bool motionPhase = true;                 // the motion's own phase in addition to the clock's
  bool jointState = true;                  // the muscles' capacity; needs muscles at the present state
  std::vector<double> parameters;          // constants at the end of the vector
  std::vector<double> mirroredParameters;  // the same with left and right exchanged

  bool needsMuscles() const { return type == ObservationType::kGaitNet && jointState; }
};

// The episode's part of an observation.
struct Moment {
  double phase = 0, clockPhase = 0;  // [0, 1)
  bool hasFoothold = false;          // with a gait reward
  double foothold = 0;               // the next one relative to the centre of mass, along z, m
  const Symmetry* mirror = nullptr;  // kGaitNet: observes the mirror image, half a cycle away
};

// Number of entries, without those of GaitNet::observe.
int observationSize(const model::Model& model, const ObservationSettings& settings, bool hasFoothold);
// After kinematics(), and after muscles() where settings.needsMuscles().
void observe(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment, float* out);

}  // namespace muscle::environment
