#include "batch/batch_env.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "batch/cpus.hpp"

namespace muscle::batch {
namespace {

int ratioUp(int a, int b) { return (a + b - 1) / b; }

int poolSize(int environments, int perGroup, int threads) {
  if (environments < 1) throw std::invalid_argument("num_envs: must be at least 1");
  if (threads < 0) throw std::invalid_argument("threads: must be 0 (all CPUs) or more");
  return std::min(threads == 0 ? availableCpus() : threads, ratioUp(environments, perGroup));
}

// The number of groups that step together: as many as leave no thread more to do than single groups would. Two read the network's
// weights half as often; more pay only where the shared cache is slow, as on Intel's servers.
int teamSize(int groups, int threads) {
  int size = __builtin_cpu_is("intel") ? environment::ActivationNetwork::kMaxTeam : 2;
  while (ratioUp(ratioUp(groups, size), threads) * size > ratioUp(groups, threads)) --size;
  return size;
}

}  // namespace

BatchEnv::BatchEnv(std::shared_ptr<const Scene> scene, int environments, std::uint64_t seed, int threads, bool spread)
    : scene_(std::move(scene)),
      environments_(environments),
      perGroup_(scene_->engine->lanes()),
      pool_(poolSize(environments, perGroup_, threads), spread) {
  const model::Model& model = *scene_->model;
  for (int first = 0; first < environments; first += perGroup_)
    groups_.push_back(std::make_unique<Group>(scene_, first, std::min(perGroup_, environments - first), seed));
  const std::size_t n = environments;
  const std::size_t observations = n * scene_->observationSize();
  results_.observation.resize(observations);
  results_.finalObservation.resize(observations);
  results_.reward.resize(n);
  results_.rewardTerms.resize(n * scene_->settings.rewardTerms());
  results_.activation.resize(n * model.numMuscles());
  results_.meanActivation.resize(n * model.numMuscles());
  results_.sampleJacobian.resize(n * model.numEntries());
  results_.sampleTorque.resize(n * model.numJointDofs());
  results_.samplePassive.resize(n * model.numJointDofs());
  results_.parameters.resize(n * scene_->settings.parameters.size());
  for (std::size_t k = 0; k < results_.parameters.size(); ++k)
    results_.parameters[k] = scene_->settings.parameters[k % scene_->settings.parameters.size()].initial;
  results_.clips.resize(n);
  results_.terminated = std::make_unique<bool[]>(n);
  results_.truncated = std::make_unique<bool[]>(n);
}

environment::Outputs BatchEnv::outputs() {
  return {.observation = results_.observation.data(),
          .finalObservation = results_.finalObservation.data(),
          .reward = results_.reward.data(),
          .rewardTerms = results_.rewardTerms.data(),
          .terminated = results_.terminated.get(),
          .truncated = results_.truncated.get(),
          .activation = results_.activation.data(),
          .meanActivation = results_.meanActivation.data(),
          .sampleJacobian = results_.sampleJacobian.data(),
          .sampleTorque = results_.sampleTorque.data(),
          .samplePassive = results_.samplePassive.data(),
          .parameters = results_.parameters.data(),
          .clips = results_.clips.data()};
}

Group& BatchEnv::groupOf(int environment) {
  const environment::CallGuard guard = guardCall();
  return *groups_[environment / perGroup_];
}

void BatchEnv::setNetworkOfGroups(const std::shared_ptr<const environment::ActivationNetwork>& network) {
  pipeline_.reset();  // frees its memory before the next pipeline is built
  for (auto& group : groups_) group->setNetwork(network);
}

void BatchEnv::setNetwork(const std::shared_ptr<const environment::ActivationNetwork>& network) {
  const environment::CallGuard guard = guardCall();
  setNetworkOfGroups(network);
}

void BatchEnv::setNetwork(const std::shared_ptr<const environment::DeviceNetwork>& network) {
  const environment::CallGuard guard = guardCall();
  setNetworkOfGroups(nullptr);
  pipeline_.emplace(network, static_cast<int>(groups_.size()), perGroup_);
}

void BatchEnv::setPolicy(std::shared_ptr<const environment::PolicyNetwork> policy) {
  const environment::CallGuard guard = guardCall();
  if (policy->inputs() != scene_->observationSize() || policy->outputs() != scene_->actionSize())
    throw std::invalid_argument("the policy's observations or actions are not those of the environments");
  policyWorkspaces_.resize(ratioUp(environments_, dynamics::kGroupLanes));
  for (auto& workspace : policyWorkspaces_) workspace = policy->makeWorkspace();
  policy_ = std::move(policy);
}

void BatchEnv::act(const float* observations, const float* noise, float* actions) {
  const environment::CallGuard guard = guardCall();
  const int inputs = policy_->inputs(), outputs = policy_->outputs();
  pool_.run(static_cast<int>(policyWorkspaces_.size()), [&](int k) {
    const int first = k * dynamics::kGroupLanes, rows = std::min(dynamics::kGroupLanes, environments_ - first);
    const std::size_t at = static_cast<std::size_t>(first) * outputs;
    policy_->act(observations + static_cast<std::size_t>(first) * inputs, noise ? noise + at : nullptr, rows, actions + at,
                 *policyWorkspaces_[k]);
  });
}

void BatchEnv::reset() {
  const environment::CallGuard guard = guardCall();
  const environment::Outputs out = outputs();
  pool_.run(static_cast<int>(groups_.size()), [&](int g) { groups_[g]->reset(out); });
}

void BatchEnv::reset(const bool* mask) {
  const environment::CallGuard guard = guardCall();
  const environment::Outputs out = outputs();
  pool_.run(static_cast<int>(groups_.size()), [&](int g) { groups_[g]->reset(out, mask); });
}

void BatchEnv::reseed(const std::uint64_t* seeds) {
  const environment::CallGuard guard = guardCall();
  for (auto& group : groups_) group->reseed(seeds, seeds[0]);
}

void BatchEnv::reseed(std::uint64_t seed) {
  const environment::CallGuard guard = guardCall();
  for (auto& group : groups_) group->reseed(seed);
}

void BatchEnv::setParameters(const double* values, const bool* mask, bool atOnce) {
  const environment::CallGuard guard = guardCall();
  const environment::Outputs out = outputs();
  for (const auto& group : groups_) group->checkParameters(values, mask);
  for (const auto& group : groups_) group->setParameters(values, mask, atOnce, out);
}

void BatchEnv::setClip(int clip, const bool* mask, bool atOnce, const double* begun) {
  const environment::CallGuard guard = guardCall();
  const environment::Outputs out = outputs();
  for (const auto& group : groups_) group->setClip(clip, mask, atOnce, begun, out);
}

void BatchEnv::setClipWeights(std::span<const double> weights) {
  const environment::CallGuard guard = guardCall();
  for (const auto& group : groups_) group->setClipWeights(weights);
}

void BatchEnv::step(const float* actions, const environment::StepOptions& options) {
  const environment::CallGuard guard = guardCall();
  const environment::Outputs out = outputs();
  if (pipeline_) return pipeline_->step(groups_, pool_, actions, out, options);
  const int count = static_cast<int>(groups_.size()), size = teamSize(count, pool_.threads());
  pool_.run(ratioUp(count, size), [&](int team) {
    const int first = team * size;
    Group::stepTeam({groups_.data() + first, static_cast<std::size_t>(std::min(size, count - first))}, actions, out, options);
  });
}

void BatchEnv::recordSubsteps(bool record, bool reactions) {
  const environment::CallGuard guard = guardCall();
  for (auto& group : groups_) group->recordSubsteps(record, reactions);
}

void BatchEnv::snapshot(std::span<const FieldRows> wanted) {
  const environment::CallGuard guard = guardCall();
  std::vector<const environment::SnapshotField*> fields;
  std::vector<std::size_t> sizes;
  for (const FieldRows& w : wanted) {
    fields.push_back(w.field);
    sizes.push_back(w.field->size(*scene_));
  }
  pool_.run(static_cast<int>(groups_.size()), [&](int g) {
    Group& group = *groups_[g];
    environment::prepareSnapshot(group, fields);
    for (int lane = 0; lane < group.exposed(); ++lane) {
      const environment::SnapshotSource source(*scene_, group, lane);
      for (std::size_t k = 0; k < wanted.size(); ++k) wanted[k].field->write(source, wanted[k].rows + (group.first() + lane) * sizes[k]);
    }
  });
}

environment::Timings BatchEnv::timings() const {
  const environment::CallGuard guard = guardCall();
  environment::Timings sum;
  for (const auto& group : groups_) sum += group->timings();
  if (pipeline_) sum.network += pipeline_->seconds();
  return sum;
}

void BatchEnv::resetTimings() {
  const environment::CallGuard guard = guardCall();
  for (auto& group : groups_) group->resetTimings();
  if (pipeline_) pipeline_->resetSeconds();
}

environment::StateHeader BatchEnv::header() const {
  environment::StateHeader header = groups_.front()->header();
  header.environments = static_cast<std::uint32_t>(environments_);
  return header;
}

std::string BatchEnv::saveState() const {
  const environment::CallGuard guard = guardCall();
  const environment::StateHeader head = header();
  std::string state(environment::stateBytes(head), '\0');
  std::memcpy(state.data(), &head, sizeof head);
  std::byte* records = reinterpret_cast<std::byte*>(state.data()) + sizeof head;
  for (const auto& group : groups_) group->save(records + group->first() * head.recordBytes, head.recordBytes);
  if (!groups_.front()->hasOwnSeeds()) return state;
  std::vector<std::uint64_t> keys(2 * environments_);
  for (const auto& group : groups_) group->saveKeys(keys.data() + 2 * group->first());
  std::memcpy(records + head.recordBytes * environments_, keys.data(), environment::kKeyBytes * environments_);
  return state;
}

void BatchEnv::restoreState(std::span<const std::byte> state) {
  const environment::CallGuard guard = guardCall();
  const environment::StateHeader head = environment::readHeader(state, header());
  const std::byte* records = state.data() + sizeof head;
  const auto recordsOf = [&](const Group& group) { return records + group.first() * head.recordBytes; };
  for (const auto& group : groups_) group->check(recordsOf(*group), head.recordBytes);
  if (head.version == environment::kStateVersionOwnSeeds) {
    std::vector<std::uint64_t> keys(2 * environments_);
    std::memcpy(keys.data(), records + head.recordBytes * environments_, environment::kKeyBytes * environments_);
    for (const auto& group : groups_) group->restoreKeys(keys.data() + 2 * group->first());
  }
  const environment::Outputs out = outputs();
  pool_.run(static_cast<int>(groups_.size()), [&](int g) { groups_[g]->restore(head, recordsOf(*groups_[g]), out); });
}

}  // namespace muscle::batch
