// Poses of the reference motion as a lane of bodies, which the task reads as it reads the character.
#pragma once

#include <memory>

#include "dynamics/engine.hpp"
#include "environment/lane_view.hpp"
#include "environment/reference.hpp"

namespace muscle::environment {

class ReferenceLane {
 public:
  // ownBodies: whether show() is given constants other than the model's.
  ReferenceLane(std::shared_ptr<const model::Model> model, const Reference& reference, bool ownBodies);

  // To be filled before show().
  ReferencePose& pose() { return pose_; }

  // The bodies in pose(), which moves at `rate` times the motion's velocities. Allocates nothing; valid until the next call.
  LaneView show(double rate, const model::Constants<double>& constants);

 private:
  std::shared_ptr<const model::Model> model_;
  ReferencePose pose_;
  bool ownBodies_;
  dynamics::LaneState<double> exact_;
  dynamics::LaneState<float> shown_;
  std::unique_ptr<dynamics::Engine<double>> engine_;
};

}  // namespace muscle::environment
