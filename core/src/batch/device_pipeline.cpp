#include "batch/device_pipeline.hpp"

#include <atomic>
#include <chrono>

namespace muscle::batch {

using environment::Group;

namespace {

class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total) {}
  ~Stopwatch() { total_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& total_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace

DevicePipeline::DevicePipeline(std::shared_ptr<const environment::DeviceNetwork> network, int groups, int lanes)
    : network_(std::move(network)) {
  for (int k = 0; k < kHalves; ++k) {
    halves_[k].groups = (groups + kHalves - 1 - k) / kHalves;
    if (halves_[k].groups > 0) halves_[k].batch = network_->makeBatch(halves_[k].groups, lanes);
  }
}

void DevicePipeline::start(Half& half) {
  const Stopwatch watch(seconds_);
  half.running = true;
  half.batch->start();
}

void DevicePipeline::wait(Half& half) {
  const Stopwatch watch(seconds_);
  half.batch->wait();
  half.running = false;
}

template <class Before>
void DevicePipeline::proceed(int half, std::vector<std::unique_ptr<Group>>& groups, ThreadPool& pool, const environment::Outputs& out,
                             bool autoReset, Before&& before) {
  Half& own = halves_[half];
  std::atomic<bool> due = false;  // the same for all groups
  pool.run(own.groups, [&](int place) {
    Group& group = *groups[kHalves * place + half];
    before(group, place);
    if (group.proceed(out)) {
      own.batch->put(place, group.state().networkInput);
      due.store(true, std::memory_order_relaxed);
    } else {
      group.endStep(out, autoReset);
    }
  });
  if (due.load(std::memory_order_relaxed)) start(own);
}

void DevicePipeline::step(std::vector<std::unique_ptr<Group>>& groups, ThreadPool& pool, const float* actions,
                          const environment::Outputs& out, const environment::StepOptions& options) {
  try {
    for (Half& half : halves_)
      if (half.running) wait(half);  // left by a step that threw
    for (int k = 0; k < kHalves; ++k)
      proceed(k, groups, pool, out, options.autoReset, [&](Group& group, int) { group.beginStep(actions, options.held); });
    while (halves_[0].running || halves_[1].running) {
      for (int k = 0; k < kHalves; ++k) {
        if (!halves_[k].running) continue;
        wait(halves_[k]);
        proceed(k, groups, pool, out, options.autoReset,
                [&](Group& group, int place) { halves_[k].batch->take(place, group.state().excitation); });
      }
    }
  } catch (...) {
    for (const std::unique_ptr<Group>& group : groups) group->abandonStep();
    throw;
  }
}

}  // namespace muscle::batch
