// One environment by itself: a group of which one lane is shown, so its numbers are those of a batch's first, bit for bit.
#pragma once

#include <memory>
#include <vector>

#include "environment/group.hpp"

namespace muscle::environment {

class Environment {
 public:
  Environment(std::shared_ptr<const Scene> scene, std::uint64_t seed)
      : scene_(std::move(scene)), group_(scene_, 0, 1, seed), observation_(scene_->observationSize()) {}

  const Scene& scene() const { return *scene_; }
  Group& group() { return group_; }
  const std::vector<float>& observation() const { return observation_; }
  const Episode& episode() const { return group_.episode(0); }
  const Reward& reward() const { return group_.lastReward(0); }

  void reset() { group_.reset({.observation = observation_.data()}); }
  // One control step, action (action size). An ended episode goes on until reset().
  void step(const float* action) { group_.step(action, {.observation = observation_.data()}, false); }

 private:
  std::shared_ptr<const Scene> scene_;
  Group group_;
  std::vector<float> observation_;
};

}  // namespace muscle::environment
