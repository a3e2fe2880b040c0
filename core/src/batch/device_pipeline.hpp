// A control step whose network is inferred by a device: half of the groups are stepped while the device infers for the other half.
#pragma once

#include <memory>
#include <vector>

#include "batch/thread_pool.hpp"
#include "environment/group.hpp"

namespace muscle::batch {

class DevicePipeline {
 public:
  DevicePipeline(std::shared_ptr<const environment::DeviceNetwork> network, int groups, int lanes);

  void step(std::vector<std::unique_ptr<environment::Group>>& groups, ThreadPool& pool, const float* actions,
            const environment::Outputs& out, const environment::StepOptions& options);

  // Time that the calling thread spent on starting inferences and waiting for them, s.
  double seconds() const { return seconds_; }
  void resetSeconds() { seconds_ = 0; }

 private:
  // Even groups are one half, odd ones the other: an environment's place in its half does not depend on the number of groups.
  static constexpr int kHalves = 2;
  struct Half {
    int groups = 0;
    std::unique_ptr<environment::DeviceNetwork::Batch> batch;  // null without groups
    bool running = false;                                      // an inference has started and has not been waited for
  };

  // Steps a half's groups with `before` first, up to their next inference, which it starts, or to the step's end.
  template <class Before>
  void proceed(int half, std::vector<std::unique_ptr<environment::Group>>& groups, ThreadPool& pool, const environment::Outputs& out,
               bool autoReset, Before&& before);
  void start(Half& half);
  void wait(Half& half);

  std::shared_ptr<const environment::DeviceNetwork> network_;
  Half halves_[kHalves];
  double seconds_ = 0;
};

}  // namespace muscle::batch
