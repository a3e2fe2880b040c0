// Observation vectors: the default one, and those of MASS and GaitNet in their order and size.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "environment/lane_view.hpp"
#include "environment/parameters.hpp"
#include "environment/symmetry.hpp"

namespace muscle::environment {

// kDefault: root height; root rotation, first two rows of its matrix; root linear velocity and 0.1 x angular velocity, world
// axes; per further body its centre of mass relative to the root's origin (m) and its velocity relative to the root's (m/s);
// joint coordinates (rotation vectors, angles) and 0.1 x rates; sin and cos of the phase; with a gait reward the values of
// GaitNet::observe; of several clips 1 for the one that is followed and 0 for each other. World axes: where a clip was switched
// within an episode, those of the clip.
//
// kMass, of MASS: 0.8 x each further body's centre of mass as seen from the root's body frame (m); 0.2 x the velocities of
// these centres, then the root's (m/s, world axes, as of kDefault); the phase; the clips as of kDefault.
//
// kGaitNet, of Generative and Bidirectional GaitNet and their fork: the character's centre of mass (3; with a gait reward only its
// height, the others 0); per body the centre of mass relative to the character's (3 each), the first two rows of its frame's
// rotation (6 each), its velocity relative to the character's (3 each); the character's velocity (3); per body 0.1 x angular
// velocity (3 each); the phase of the clock, then the motion's phase if actions change its rate; with a gait reward the next
// foothold relative to the centre of mass along z (m); per joint dof the muscles' capacity, 0.008 x [half of the negative torques at
// full activation, half of the positive ones, the passive torque]; the parameters. World axes, SI units.
//
// kGenerative, of Generative GaitNet (state_type 11): the centre of mass's height minus 0.98 m; per body the centre of mass relative
// to the character's, raised by 0.98 m (3), the two rows (6), the velocity relative to the character's (3 each); the character's
// velocity (3); per body 0.2 x angular velocity (3 each); the motion's phase; per joint dof 0.008 x [the passive torque, half of the
// negative torques at full activation, half of the positive ones]; the leading parameters; the clock's phase if actions change the
// motion's rate; the next foothold relative to the root's centre of mass, with x and y 0 (3); the other parameters.
//
// kImitation, of the fork's imitation tasks: the entries of kGaitNet per body, from the positions to 0.1 x angular velocity, without
// the leading height; the same for the reference at each of the next control steps, with its velocities only if requested;
// the root relative to the first of these references: its position (3, m) and the first two columns of its rotation (6).
//
// kState, of any model, without a motion: of a free root its height, the first two rows of its rotation, its velocity (m/s, world axes) and
// 0.1 x angular velocity; joint coordinates and 0.1 x rates; per muscle the activations, then the lengths of the fibres (optimal ones),
// then 0.1 x their velocities (optimal ones per second), then the forces (maximal ones).
enum class ObservationType { kDefault, kMass, kGaitNet, kGenerative, kImitation, kState };

inline constexpr std::array<const char*, 6> kObservationTypeNames = {"default", "mass", "gaitnet", "generative", "imitation", "state"};

// An entry that tells the policy of a parameter: a constant, or offset + scale times the value of one that episodes draw.
struct ObservedParameter {
  double value = 0;
  int parameter = -1;  // index of the parameter, or none
  double scale = 1, offset = 0;

  double shown(const ParameterValue* values) const { return parameter < 0 ? value : offset + scale * values[parameter].value; }
};

struct ObservationSettings {
  ObservationType type = ObservationType::kDefault;
  // For kGaitNet and kGenerative:
  bool motionPhase = true;                            // the motion's phase in addition to the clock's
  bool jointState = true;                             // the muscles' capacity; needs muscles() of the present state
  std::vector<ObservedParameter> parameters;          // follow at the end
  std::vector<ObservedParameter> mirroredParameters;  // the same with left and right exchanged
  int leadingParameters = 0;                          // kGenerative: number of parameters that come before the clock's phase
  // For kImitation:
  int references = 1;             // number of future control steps whose reference is observed
  bool referenceVelocity = true;  // whether the reference's velocities are observed

  bool needsMuscles() const {
    return type == ObservationType::kState || ((type == ObservationType::kGaitNet || type == ObservationType::kGenerative) && jointState);
  }
};

// The episode's part of an observation.
struct Moment {
  double phase = 0, clockPhase = 0;    // [0, 1)
  bool hasFoothold = false;            // with a gait reward
  double foothold = 0;                 // next foothold relative to the centre of mass along z, m
  const Mat3<double>* axes = nullptr;  // of the world for kDefault and kMass; null: its own
  const Symmetry* mirror = nullptr;    // set if the mirror image is observed, half a cycle later
  // The episode's parameters, where the settings observe some.
  const ParameterValue* parameters = nullptr;
  // For kImitation: a lane with the reference's pose `ahead` control steps from now (1 or more).
  std::function<LaneView(int ahead)> reference;
};

// Number of entries, without those of GaitNet::observe.
int observationSize(const model::Model& model, const ObservationSettings& settings, bool hasFoothold);
// After kinematics(), and after muscles() if settings.needsMuscles().
void observe(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment, float* out);

}  // namespace muscle::environment
