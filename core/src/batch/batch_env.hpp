// Many environments stepped in parallel: groups of lanes, distributed over the threads of a pool.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batch/device_pipeline.hpp"
#include "batch/thread_pool.hpp"
#include "environment/call_guard.hpp"
#include "environment/group.hpp"
#include "environment/policy_network.hpp"
#include "environment/snapshot.hpp"

namespace muscle::batch {

using environment::Group;
using environment::Scene;

// Row-major results of the last step; valid, and overwritten in place, until the next one.
struct Results {
  std::vector<float> observation, finalObservation, reward, rewardTerms, activation, meanActivation, sampleJacobian, sampleTorque,
      samplePassive;
  std::unique_ptr<bool[]> terminated, truncated;
  std::vector<double> parameters;
  std::vector<std::int32_t> clips;
};

// One caller at a time: a call during another thread's call throws StateError.
class BatchEnv {
 public:
  // threads: 0 means availableCpus(); never more threads than groups. spread: see ThreadPool.
  BatchEnv(std::shared_ptr<const Scene> scene, int environments, std::uint64_t seed, int threads, bool spread);

  int size() const { return environments_; }
  int threads() const { return pool_.threads(); }
  const Scene& scene() const { return *scene_; }

  // All groups infer with the same weights from the next step on.
  void setNetwork(const std::shared_ptr<const environment::ActivationNetwork>& network);
  void setNetwork(const std::shared_ptr<const environment::DeviceNetwork>& network);
  bool hasNetwork() const { return pipeline_ || groups_.front()->hasNetwork(); }
  // The policy of act() from the next call on. Throws std::invalid_argument for one of another environment.
  void setPolicy(std::shared_ptr<const environment::PolicyNetwork> policy);
  bool hasPolicy() const { return policy_ != nullptr; }
  // The policy's actions of observations (environments, observation size), see PolicyNetwork, by the pool's threads. There must be one.
  void act(const float* observations, const float* noise, float* actions);
  void reset();
  void reset(const bool* mask);  // (environments): in these alone
  void reseed(std::uint64_t seed);
  void reseed(const std::uint64_t* seeds);  // (environments), see Group
  // (environments, parameters), see Group. `mask` may be null.
  void setParameters(const double* values, const bool* mask, bool atOnce);
  // See Group; `clip` and `weights` must be valid.
  void setClip(int clip, const bool* mask, bool atOnce, const double* begun);
  void setClipWeights(std::span<const double> weights);
  void step(const float* actions, const environment::StepOptions& options = {.autoReset = true});  // (environments, action size)

  // The addresses are constant; the values may change during a call.
  Results& results() { return results_; }
  Group& groupOf(int environment);
  int laneOf(int environment) const { return environment % perGroup_; }

  // See Group.
  void recordSubsteps(bool record, bool reactions);

  // A field of all environments, row = environment.
  struct FieldRows {
    const environment::SnapshotField* field;
    float* rows;
  };
  // Copies fields of the present state; the groups by the pool's threads.
  void snapshot(std::span<const FieldRows> wanted);

  // Thread time, summed over groups, s. For a network on a device: the caller's time for starting inferences and waiting for them.
  environment::Timings timings() const;
  void resetTimings();

  std::string saveState() const;
  // Restores a state and writes the observations. StateError, and nothing changes, if the bytes are not a state of a batch of this
  // configuration and size.
  void restoreState(std::span<const std::byte> state);

 private:
  environment::CallGuard guardCall() const { return {busy_, "BatchEnv"}; }
  environment::Outputs outputs();
  environment::StateHeader header() const;
  void setNetworkOfGroups(const std::shared_ptr<const environment::ActivationNetwork>& network);

  std::shared_ptr<const Scene> scene_;
  int environments_, perGroup_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::optional<DevicePipeline> pipeline_;  // set while a device infers the network
  std::shared_ptr<const environment::PolicyNetwork> policy_;
  std::vector<std::shared_ptr<environment::PolicyNetwork::Workspace>> policyWorkspaces_;  // of kGroupLanes environments each
  Results results_;
  ThreadPool pool_;
  mutable std::atomic<bool> busy_ = false;
};

}  // namespace muscle::batch
