// Observation vectors: the default one, and those of MASS and GaitNet in their order and size.
#pragma once

#include <array>
#include <functional>
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
//
// kGenerative, of Generative GaitNet (state_type 11): the centre of mass's height less 0.98 m; of each body the centre of mass less
// the whole's, 0.98 m higher (3), the two rows (6), the velocity less the whole's (3 each); the whole's velocity (3); of each body
// 0.2 x angular velocity (3 each); the motion's phase; per joint dof 0.008 x [the passive torque, half of the torques at full
// activation that are negative, half of those that are positive]; the leading parameters; the clock's phase where actions bend the
// motion's; the next foothold less the root's centre of mass, its x 0 and y 0 (3); the other parameters.
//
// kImitation, of the fork's imitation tasks: of the bodies what kGaitNet says from the places to 0.1 x angular velocity, without
// the leading height; the same of the reference at each of the next control steps, its velocities only if requested;
// the root as seen from the first of these references: its place (3, m) and the first two columns of its rotation (6).
enum class ObservationType { kDefault, kMass, kGaitNet, kGenerative, kImitation };

inline constexpr std::array<const char*, 5> kObservationTypeNames = {"default", "mass", "gaitnet", "generative", "imitation"};

struct ObservationSettings {
  ObservationType type = ObservationType::kDefault;
  // Of kGaitNet and kGenerative:
  bool motionPhase = true;                 // the motion's own phase beside the clock's
  bool jointState = true;                  // what the muscles could do; asks for muscles at the present state
  std::vector<double> parameters;          // constants that follow at the end
  std::vector<double> mirroredParameters;  // the same with left and right exchanged
  int leadingParameters = 0;               // kGenerative: those that stand before the clock's phase
  // Of kImitation:
  int references = 1;             // control steps ahead that are shown
  bool referenceVelocity = true;  // with their velocities

  bool needsMuscles() const { return (type == ObservationType::kGaitNet || type == ObservationType::kGenerative) && jointState; }
};

// The episode's part of an observation.
struct Moment {
  double phase = 0, clockPhase = 0;  // [0, 1)
  bool hasFoothold = false;          // with a gait reward
  double foothold = 0;               // the next, along z less the centre of mass, m
  const Symmetry* mirror = nullptr;  // the mirror image is seen, half a cycle away
  // Of kImitation: a lane in which the reference stands `ahead` (from 1) control steps from now.
  std::function<LaneView(int ahead)> reference;
};

// Number of entries, without those of GaitNet::observe.
int observationSize(const model::Model& model, const ObservationSettings& settings, bool hasFoothold);
// After kinematics(), and after muscles() where settings.needsMuscles().
void observe(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment, float* out);

}  // namespace muscle::environment
