// The reference motions of a scene: clips of one character, one of which each episode follows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "environment/lane_view.hpp"
#include "environment/random.hpp"
#include "environment/reference.hpp"
#include "environment/strides.hpp"

namespace muscle::environment {

inline constexpr double kMostWeight = 1e9;

struct Clip {
  std::string name;
  std::shared_ptr<const Reference> reference;
  double weight = 1;                       // share of the episodes that follow the clip, relative to the others'
  std::shared_ptr<const Strides> strides;  // null: no parameter changes the stride of the reference's legs
  std::vector<double> leads;               // see alignPhases; empty for a single clip
};

// For each cycle and each other clip, where the one fits to the other: clip.leads[k] is added to the phase of a cycle k, or is the phase
// after the end of a clip k that is no cycle. It is a multiple of 1/64 cycle with the least mean squared rotation angle between their
// joints, of two cycles its mean over their phases.
void alignPhases(const model::Model& model, std::span<Clip> clips);

// Throws std::invalid_argument unless an episode can draw one by these weights (clips), not negative and at most kMostWeight.
void checkWeights(std::span<const double> weights);

// The clip that an episode draws, by weights (clips), which are not negative and not all zero.
int drawnClip(std::span<const double> weights, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode);

// Where an episode follows its clip: the clip turned about the vertical through the world's origin, then displaced on the ground.
struct Placement {
  double turn = 0;       // rad, counter-clockwise as seen from above
  double x = 0, z = 0;   // m
  bool isMoved = false;  // false: where its file has it

  // The clip's axes in the world.
  Mat3<double> axes() const;
  // Moves a pose of a free root, whose joint has this orientation.
  void apply(const Quat<double>& rootOrientation, ReferencePose& pose) const;
};

// The placement in which the root of `pose` has this position on the ground, and the heading of this rotation of the root's joint.
Placement placementAt(const Quat<double>& rootOrientation, const Quat<double>& joint, const Vec3<double>& root, const ReferencePose& pose);

// The phase, at a frame of the reference, whose pose and velocity are nearest to the character's, wherever it is and whatever its
// heading: the least sum of the mean squared rotation angles of its joints (rad^2), of the root's squared tilt (rad^2) and difference
// in height (as 1 rad for 0.5 m), and of the mean squared difference in velocities (as 1 rad for 10 rad/s and 10 m/s). Of a
// motion that is no cycle, a phase in its first half. Allocates nothing.
double nearestPhase(const model::Model& model, const Reference& reference, const LaneView& view);

}  // namespace muscle::environment
