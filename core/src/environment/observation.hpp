// What a policy sees: the project's own observation, and those of the lineage in their order and size.
#pragma once

#include <array>
#include <vector>

#include "environment/lane_view.hpp"
#include "environment/symmetry.hpp"

namespace muscle::environment {

// kProject: root height; root rotation, first two rows of its matrix; root linear velocity and 0.1 x angular velocity, world
// axes; per further body its centre of mass relative to the root's origin (m) and its velocity relative to the root's (m/s);
// joint coordinates (rotation vectors, angles) and 0.1 x rates; sin and cos of the phase; with a gait reward what
// GaitNet::observe says.
//
// kMass, of MASS: 0.8 x each further body's centre of mass as seen from the root's body frame (m); 0.2 x the velocities of
// these centres, then the root's (m/s, world axes); the phase.
//
// kGaitNet, of Generative and Bidirectional GaitNet and their fork: the centre of mass, with a gait reward its height alone,
// in its place (3); of each body the centre of mass less the whole's (3 each), the first two rows of its frame's rotation
// (6 each), its velocity less the whole's (3 each); the whole's velocity (3); of each body 0.1 x angular velocity (3 each);
// the phase of the clock, then the motion's own where actions bend it; with a gait reward the place of the next foothold less
// the centre of mass along z (m); per joint dof what the muscles could do, 0.008 x [half of the torques at full activation
// that are negative, half of those that are positive, the passive torque]; the parameters. World axes, SI units.
enum class ObservationType { kProject, kMass, kGaitNet };

inline constexpr std::array<const char*, 3> kObservationTypeNames = {"project", "mass", "gaitnet"};

struct ObservationSettings {
  ObservationType type = ObservationType::kProject;
  // Of kGaitNet:
  bool motionPhase = true;                 // the motion's own phase beside the clock's
  bool jointState = true;                  // what the muscles could do; asks for muscles at the present state
  std::vector<double> parameters;          // constants that follow at the end
  std::vector<double> mirroredParameters;  // the same with left and right exchanged

  bool needsMuscles() const { return type == ObservationType::kGaitNet && jointState; }
};

// What is seen of the episode beside the character.
struct Moment {
  double phase = 0, clockPhase = 0;  // [0, 1)
  bool hasFoothold = false;          // with a gait reward
  double foothold = 0;               // the next, along z less the centre of mass, m
  const Symmetry* mirror = nullptr;  // kGaitNet: the mirror image is seen, half a cycle away
};

// Entries, GaitNet::observe's not among them.
int observationSize(const model::Model& model, const ObservationSettings& settings, bool hasFoothold);
// After kinematics(), and after muscles() where settings.needsMuscles().
void observe(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment, float* out);

}  // namespace muscle::environment
