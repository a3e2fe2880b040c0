// A single environment: a group with one used lane, so its results equal those of a batch's first environment, bit for bit.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "environment/call_guard.hpp"
#include "environment/group.hpp"

namespace muscle::environment {

// One caller at a time: a call during another thread's call throws StateError.
class Environment {
 public:
  Environment(std::shared_ptr<const Scene> scene, std::uint64_t seed)
      : scene_(std::move(scene)), group_(scene_, 0, 1, seed), observation_(scene_->observationSize()) {
    group_.recordSubsteps(true);
  }

  const Scene& scene() const { return *scene_; }
  Group& group() {
    const CallGuard guard = guardCall();
    return group_;
  }
  // Held during a step and while its results are read.
  CallGuard guardCall() const { return {busy_, "Environment"}; }
  const std::vector<float>& observation() const { return observation_; }
  const Episode& episode() const { return group_.episode(0); }
  const Reward& reward() const { return group_.lastReward(0); }

  void reset() {
    const CallGuard guard = guardCall();
    group_.reset({.observation = observation_.data()});
  }
  // (parameters); NaN: drawn. See Group.
  void setParameters(const double* values, bool atOnce) {
    const CallGuard guard = guardCall();
    group_.setParameters(values, nullptr, atOnce, {.observation = observation_.data()});
  }
  // See Group; `clip` must be valid.
  void setClip(int clip, bool atOnce) {
    const CallGuard guard = guardCall();
    group_.setClip(clip, nullptr, atOnce, nullptr, {.observation = observation_.data()});
  }
  std::string saveState() const;
  // Restores a state and computes its observation. StateError, and nothing changes, if the bytes are not a state of one environment
  // of this configuration.
  void restoreState(std::span<const std::byte> state);
  // One control step, action (action size); its caller holds the guard. An ended episode continues until reset().
  void step(const float* action) { group_.step(action, {.observation = observation_.data()}, {}); }

 private:
  std::shared_ptr<const Scene> scene_;
  Group group_;
  std::vector<float> observation_;
  mutable std::atomic<bool> busy_ = false;
};

}  // namespace muscle::environment
