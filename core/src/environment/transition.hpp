// The way of an episode from one clip to another: both go on while the reference passes from the one to the other.
#pragma once

#include <algorithm>
#include <cstdint>

#include "environment/clips.hpp"
#include "environment/phase.hpp"

namespace muscle::environment {

struct Transition {
  std::int32_t clip = 0;   // that is left
  CyclePhase motion;       // in that clip
  double rate = 0;         // of its phase, per control step
  Placement placement;     // of that clip
  bool isPending = false;  // that clip is no cycle, and goes on to its end first
  std::int64_t step = 0;   // control steps since then
  std::int64_t steps = 0;  // that it takes; 0: there is none

  bool isOn() const { return steps > 0; }
  // The share of the clip that is gone to, and its rate, 1/control step, so many control steps from now: 3 t^2 - 2 t^3.
  double share(double ahead = 0) const {
    const double t = part(ahead);
    return t * t * (3 - 2 * t);
  }
  double shareRate(double ahead = 0) const {
    const double t = part(ahead);
    return 6 * t * (1 - t) / static_cast<double>(steps);
  }

 private:
  double part(double ahead) const {
    return isPending ? 0 : std::clamp((static_cast<double>(step) + ahead) / static_cast<double>(steps), 0.0, 1.0);
  }
};

// How fast each of the two clips goes, 1: in its own time.
struct Paces {
  double left = 1, next = 1;
};

// Two cycles of similar duration keep in step with each other, at frequencies that pass from the one's to the other's. Of motions that are
// no cycles, the one that is left goes on to its end before the other clip begins, and the one that is gone to waits at its begin until the
// last tenth of the share.
Paces pacesBetween(const Reference& left, const Reference& next, bool isPending, double share);

// Makes of the next clip's pose the one between both, with its velocities when the clips go at these paces and the share grows at
// `shareRate` (1/s). Rotations by normalised interpolation; end effectors and centre of mass remain the next clip's.
void blendPoses(const model::Model& model, const ReferencePose& left, double share, double shareRate, const Paces& paces,
                ReferencePose& next);

}  // namespace muscle::environment
