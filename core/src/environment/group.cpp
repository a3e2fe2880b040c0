#include "environment/group.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <utility>

namespace muscle::environment {
namespace {

// Adds the time since the last lap to one of the timings.
class Stopwatch {
 public:
  void lap(double& total) {
    const auto now = Clock::now();
    total += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

using FourLanes = float __attribute__((vector_size(16)));

// Adds activations (muscles, lanes) to their sums, and their weighted squares to those of the lanes: of four lanes, or one (float).
template <class Lanes>
void addEffort(const float* activation, const float* weights, int muscles, int lanes, float* sum, float* squared) {
  Lanes total, a, before;
  std::memcpy(&total, squared, sizeof total);
  for (int m = 0; m < muscles; ++m, activation += lanes, sum += lanes) {
    std::memcpy(&a, activation, sizeof a);
    std::memcpy(&before, sum, sizeof before);
    before += a;
    total += weights[m] * (a * a);
    std::memcpy(sum, &before, sizeof before);
  }
  std::memcpy(squared, &total, sizeof total);
}

constexpr std::uint64_t kSampleStream = ~std::uint64_t{0};  // differs from every environment's own stream

}  // namespace

Timings& Timings::operator+=(const Timings& other) {
  kinematics += other.kinematics;
  paths += other.paths;
  muscles += other.muscles;
  stablePd += other.stablePd;
  network += other.network;
  dynamics += other.dynamics;
  task += other.task;
  return *this;
}

Group::Group(std::shared_ptr<const Scene> scene, int first, int exposed, std::uint64_t seed)
    : scene_(std::move(scene)),
      first_(first),
      exposed_(exposed),
      seed_(seed),
      keys_(scene_->engine->lanes()),
      state_(*scene_->model, scene_->engine->lanes()),
      bodies_(scene_->model, scene_->settings, scene_->engine->lanes(), scene_->clips.size() > 1),
      episodes_(lanes()),
      chosenClips_(lanes(), -1),
      number_(lanes()),
      rewards_(lanes()),
      squaredActivation_(lanes()),
      torque_(lanes()),
      squareWeights_(scene_->model->numMuscles(), 1),
      comHistory_(scene_->gait ? 3 * static_cast<std::size_t>(scene_->gait->window()) * lanes() : 0),
      sensed_(scene_->settings.maxDelay() > 0
                  ? static_cast<std::size_t>(scene_->settings.maxDelay() + 1) * scene_->observationSize() * lanes()
                  : 0),
      activationSum_(static_cast<std::size_t>(scene_->model->numMuscles()) * lanes()),
      unpushed_(6 * static_cast<std::size_t>(lanes())),
      noAction_(scene_->actionSize()),
      refused_(lanes()),
      networkInput_(scene_->settings.networkWeights > 0
                        ? static_cast<std::size_t>(scene_->networkInputs() + scene_->settings.networkWeights) * lanes()
                        : 0),
      pdDofs_(pdDofs(*scene_->model, scene_->settings)),
      pose_(scene_->clips.front().reference->makePose()),
      ahead_(scene_->clips.front().reference->makePose()),
      blended_(scene_->clips.front().reference->makePose()),
      left_(scene_->clips.front().reference->makePose()),
      generalised_(scene_->model->numPositions()) {
  if (scene_->symmetry) {
    action_.resize(scene_->actionSize());
    scratch_.resize(std::max(scene_->networkInputs(), scene_->motorActions()));
  }
  if (scene_->settings.observation.type == ObservationType::kImitation || scene_->settings.resetFitted)
    reference_ = std::make_unique<ReferenceLane>(scene_->model, *scene_->clips.front().reference, scene_->settings.ownBodies());
  for (int lane = 0; lane < lanes(); ++lane)
    for (const Clip& each : scene_->clips) clipWeights_.push_back(each.weight);
  reseed(seed);
  engine_ = scene_->engine->make(scene_->model, scene_->engineSettings(), state_);
  for (int lane = 0; lane < lanes(); ++lane) bodies_.build(lane, *engine_);
  if (scene_->gait && scene_->gait->squares())
    squareWeights_.assign(scene_->gait->energyWeights().begin(), scene_->gait->energyWeights().end());
}

void Group::setNetwork(std::shared_ptr<const ActivationNetwork> network) {
  const int inputs = scene_->networkInputs() + scene_->settings.networkWeights;
  if (network && network->inputs() != inputs)
    throw std::invalid_argument("network: " + std::to_string(network->inputs()) + " inputs, " + std::to_string(inputs) + " expected");
  workspace_ = network ? network->makeWorkspace(lanes(), exposed_) : nullptr;
  network_ = std::move(network);
}

void Group::writeEpisode(int lane, const Outputs& out) const {
  const std::size_t row = first_ + lane;
  if (out.observation) writeObservation(lane, out.observation + row * scene_->observationSize());
  if (out.parameters) bodies_.writeValues(lane, out.parameters + row * bodies_.count());
  if (out.clips) out.clips[row] = episodes_[lane].clip;
}

// Computes transforms of the present state, and muscles if the observation needs them.
void Group::prepareObservation() {
  engine_->kinematics();
  if (!scene_->settings.observation.needsMuscles()) return;
  engine_->paths();
  engine_->muscles(dynamics::MuscleResults::kAll);
}

// Unused lanes copy lane 0 (without its activations), so that they stay finite.
void Group::fillUnusedLanes() {
  const model::Model& model = *scene_->model;
  const auto copy = [&](float* field, int features) {
    for (int i = 0; i < features; ++i) std::fill(field + i * lanes() + exposed_, field + (i + 1) * lanes(), field[i * lanes()]);
  };
  if (exposed_ == lanes()) return;
  copy(state_.position, model.numPositions());
  copy(state_.velocity, model.numDofs());
  copy(state_.target, model.numPositions());
  copy(state_.targetVelocity, model.numDofs());
  copy(state_.targetAcceleration, model.numDofs());
  copy(state_.offsetRate, model.numDofs());
  copy(state_.directTorque, model.numDofs());
}

// Adds the pushes to the external forces of a control step.
void Group::beginPushes() {
  const DisturbanceSettings& d = scene_->settings.disturbance;
  if (!d.on()) return;
  float* wrench = state_.externalForce + 6 * d.body * lanes();
  std::copy_n(wrench, unpushed_.size(), unpushed_.begin());
  pushed_ = true;
  for (int lane = 0; lane < exposed_; ++lane) {
    const model::Body<double>& body = bodies_.constants(lane).bodies[d.body];
    Episode& episode = episodes_[lane];
    if (episode.step >= episode.push.end)
      episode.push = nextPush(d, scene_->settings.controlHz, keys_[lane].seed, keys_[lane].environment, episode.number, episode.push);
    if (episode.step < episode.push.begin) continue;
    const Vec3<double> force = episode.push.force * bodies_.conditions(lane).push;
    const Vec3<double> torque = cross(view(lane).rotation(d.body) * body.centerOfMass(), force);
    const double added[6] = {torque.x, torque.y, torque.z, force.x, force.y, force.z};
    for (int k = 0; k < 6; ++k) wrench[k * lanes() + lane] += static_cast<float>(added[k]);
  }
}

// Removes the pushes from the external forces again.
void Group::endPushes() {
  if (!pushed_) return;
  std::copy(unpushed_.begin(), unpushed_.end(), state_.externalForce + 6 * scene_->settings.disturbance.body * lanes());
  pushed_ = false;
}

Vec3<double> Group::lastPush(int lane) const {
  const Episode& episode = episodes_[lane];
  const std::int64_t last = episode.step - 1;
  return last >= episode.push.begin && last < episode.push.end ? episode.push.force * bodies_.conditions(lane).push : Vec3<double>{};
}

void Group::beginStep(const float* actions, const bool* held) {
  if (episodes_.front().number == 0) throw StateError(kNoEpisode);
  Stopwatch watch;
  holdLanes(held);
  const int actionSize = scene_->actionSize();
  for (int lane = 0; lane < exposed_; ++lane) {
    const float* action = actions + static_cast<std::size_t>(first_ + lane) * actionSize;
    refused_[lane] = isHeld(lane) || !std::all_of(action, action + actionSize, [](float a) { return std::isfinite(a); });
    applyAction(lane, refused_[lane] ? noAction_.data() : action);
  }
  fillUnusedLanes();
  beginPushes();
  Random random(seed_, kSampleStream - static_cast<std::uint64_t>(first_), steps_++);
  sampled_ = static_cast<int>(random.uniform() * scene_->settings.substeps());
  std::fill(activationSum_.begin(), activationSum_.end(), 0.0f);
  std::fill(squaredActivation_.begin(), squaredActivation_.end(), 0.0);
  std::fill(torque_.begin(), torque_.end(), 0.0);
  if (record_) record_->begin();
  if (series_) series_->begin();
  substep_ = 0;
  awaiting_ = false;
  watch.lap(timings_.task);
}

bool Group::proceed(const Outputs& out) {
  const TaskSettings& settings = scene_->settings;
  const bool muscles = usesMuscles(settings.actuator), infers = settings.actuator == dynamics::Actuator::kMuscle;
  Stopwatch watch;
  for (; substep_ < settings.substeps(); ++substep_) {
    if (!awaiting_) {
      engine_->kinematics();
      watchSubstep();
      watch.lap(timings_.kinematics);
      if (muscles) {
        engine_->paths();
        watch.lap(timings_.paths);
        engine_->muscles(record_ || substep_ == sampled_ || substep_ + 1 == settings.substeps() ? dynamics::MuscleResults::kAll
                                                                                                : dynamics::MuscleResults::kNeeded);
        watch.lap(timings_.muscles);
      }
      engine_->prepare();
      watch.lap(timings_.dynamics);
      engine_->desire();
      watch.lap(timings_.stablePd);
      awaiting_ = infers && substep_ % settings.inferenceEvery == 0;
      if (awaiting_) {
        mirrorInput();
        return true;
      }
    } else {
      mirrorExcitation();
    }
    awaiting_ = false;
    if (muscles) {
      if (!excitationOverride_.empty()) applyOverride();
      if (infers && substep_ == sampled_) recordSample(out, partOfStep());
    }
    if (record_) beginRecord();
    engine_->advance();
    recordEffort();
    if (record_) addToRecord();
    watch.lap(timings_.dynamics);
  }
  if (record_) record_->finish([this](int lane) { return lane < exposed_ && isHeld(lane); });
  prepareObservation();
  watchSubstep();
  watch.lap(timings_.kinematics);
  return false;
}

// Updates the gaitnet reward's memory after a substep.
void Group::watchSubstep() {
  if (!scene_->gait || !scene_->gait->watchesSubsteps()) return;
  const int count = scene_->settings.substeps();
  for (int lane = 0; lane < exposed_; ++lane) {
    Episode& episode = episodes_[lane];
    const double phase = episode.phase + episode.phaseRate * substep_ / count;
    scene_->gait->substep(view(lane), goal(lane), phase - std::floor(phase), substep_, count, episode.gait);
  }
}

void Group::overrideExcitation(const float* values) {
  excitationOverride_.clear();
  if (values) excitationOverride_.assign(values, values + scene_->model->numMuscles());
}

void Group::applyOverride() {
  for (std::size_t m = 0; m < excitationOverride_.size(); ++m)
    if (!std::isnan(excitationOverride_[m])) state_.excitation[m * lanes()] = excitationOverride_[m];
}

void Group::recordEffort() {
  const int muscles = usesMuscles(scene_->settings.actuator) ? scene_->model->numMuscles() : 0;
  std::array<float, dynamics::kGroupLanes> squared{};
  const int step = lanes() % 4 == 0 ? 4 : 1;
  for (int lane = 0; lane < lanes(); lane += step)
    (step == 4 ? addEffort<FourLanes> : addEffort<float>)(state_.activation + lane, squareWeights_.data(), muscles, lanes(),
                                                          activationSum_.data() + lane, squared.data() + lane);
  for (int lane = 0; lane < lanes(); ++lane) squaredActivation_[lane] += static_cast<double>(squared[lane]);
  if (!scene_->gait) return;
  for (const int dof : scene_->gait->torqueDofs())
    for (int lane = 0; lane < lanes(); ++lane) torque_[lane] += std::abs(static_cast<double>(state_.desiredTorque[dof * lanes() + lane]));
}

// Effort of the control step, means over its substeps.
Effort Group::effort(int lane) const {
  const std::vector<double>& weights = scene_->gait->energyWeights();
  double activation = squaredActivation_[lane];
  if (!scene_->gait->squares()) {
    activation = 0;
    for (std::size_t m = 0; m < weights.size(); ++m) activation += weights[m] * static_cast<double>(activationSum_[m * lanes() + lane]);
  }
  const double substeps = scene_->settings.substeps();
  return {activation / substeps, torque_[lane] / substeps};
}

Reward Group::reward(int lane) {
  const model::Model& model = *scene_->model;
  const TaskSettings& settings = scene_->settings;
  Episode& episode = episodes_[lane];
  if (scene_->gait) return scene_->gait->step(view(lane), goal(lane), episode.phase, effort(lane), episode.gait, comHistory(lane));
  const double samples = static_cast<double>(settings.substeps()) * std::max(model.numMuscles(), 1);
  evaluateReference(lane, episode.phase, episode.cycle, pose_);
  bodies_.measure(lane, reference(lane), episode.transition.isOn(), pose_);
  return computeReward(model, settings, reference(lane), pose_, view(lane), episode.phase, squaredActivation_[lane] / samples);
}

void Group::recordSample(const Outputs& out, double ahead) const {
  if (!out.sampleJacobian) return;
  const model::Model& model = *scene_->model;
  const int entries = model.numEntries(), joints = model.numJointDofs(), root = model.numRootDofs();
  constexpr int kBlock = 128;  // entries that the nearest cache holds for all lanes
  for (int begin = 0; begin < entries; begin += kBlock)
    for (int lane = 0; lane < exposed_; ++lane) {
      if (isHeld(lane)) continue;
      float* jacobian = out.sampleJacobian + static_cast<std::size_t>(first_ + lane) * entries;
      const float* from = state_.jacobian + lane;
      const int end = std::min(begin + kBlock, entries);
      if (isMirrored(lane, ahead)) {
        const auto& mirror = scene_->symmetry->entries;
        for (int e = begin; e < end; ++e) jacobian[e] = mirror.source[e] < 0 ? 0 : mirror.sign[e] * from[mirror.source[e] * lanes()];
      } else {
        for (int e = begin; e < end; ++e) jacobian[e] = from[e * lanes()];
      }
    }
  for (int lane = 0; lane < exposed_; ++lane) {
    if (isHeld(lane)) continue;
    float* torque = out.sampleTorque + static_cast<std::size_t>(first_ + lane) * joints;
    float* passive = out.samplePassive + static_cast<std::size_t>(first_ + lane) * joints;
    const Symmetry* mirror = isMirrored(lane, ahead) ? scene_->symmetry.get() : nullptr;
    for (int k = 0; k < joints; ++k) {
      const int source = mirror ? mirror->joints.source[k] : k;
      const int i = (root + source) * lanes() + lane;
      const bool requested = scene_->settings.networkSeesPdDofs || !pdDofs_[root + source];
      const float sign = mirror ? mirror->joints.sign[k] : 1;
      torque[k] = requested ? sign * (state_.desiredTorque[i] - state_.passiveTorque[i]) : 0;
      passive[k] = requested ? sign * state_.passiveTorque[i] : 0;
    }
  }
}

void Group::finishStep(int lane, const Outputs& out, bool autoReset) {
  const model::Model& model = *scene_->model;
  const TaskSettings& settings = scene_->settings;
  Episode& episode = episodes_[lane];
  advanceTransition(lane);
  advancePhase(lane);
  ++episode.step;

  const LaneView lane_view = view(lane);
  episode.diverged = refused_[lane] || hasDiverged(model, settings, lane_view);
  episode.terminated = episode.diverged || hasFallen(model, settings, lane_view, episode, bodies_.conditions(lane).scale);
  const bool timeOut = static_cast<double>(episode.step) / settings.controlHz >= settings.maxTime - 1e-9;
  const bool motionOver = !reference(lane).cyclic() && episode.phase >= 1;
  episode.truncated = !episode.terminated && (timeOut || motionOver);

  const bool ended = episode.terminated || episode.truncated;
  rewards_[lane] = episode.diverged ? Reward{} : reward(lane);
  if (episode.step < settings.rewardClipSteps)
    rewards_[lane].total = std::min(rewards_[lane].total, static_cast<float>(settings.rewardClip));

  const std::size_t row = first_ + lane;
  const int size = scene_->observationSize(), terms = settings.rewardTerms();
  if (out.reward) out.reward[row] = rewards_[lane].total;
  if (out.rewardTerms) std::copy_n(rewards_[lane].terms.begin(), terms, out.rewardTerms + row * terms);
  if (out.terminated) out.terminated[row] = episode.terminated;
  if (out.truncated) out.truncated[row] = episode.truncated;
  const int muscles = model.numMuscles();
  for (int m = 0; m < muscles && out.activation; ++m) {
    out.activation[row * muscles + m] = state_.activation[m * lanes() + lane];
    out.meanActivation[row * muscles + m] = activationSum_[m * lanes() + lane] / static_cast<float>(settings.substeps());
  }
  if (ended && out.finalObservation) writeObservation(lane, out.finalObservation + row * size);
  if (out.observation && !(ended && autoReset)) writeObservation(lane, out.observation + row * size);
  if (ended && autoReset) beginEpisode(lane);
}

void Group::requireNetwork() const {
  if (scene_->settings.actuator == dynamics::Actuator::kMuscle && !network_)
    throw StateError("step: the environment has muscles and no muscle network; load its weights first");
}

void Group::step(const float* actions, const Outputs& out, const StepOptions& options) {
  requireNetwork();
  try {
    beginStep(actions, options.held);
    while (heldCount_ < exposed_ && proceed(out)) {
      Stopwatch watch;
      network_->forward(networkInput(), state_.excitation, *workspace_);
      watch.lap(timings_.network);
    }
  } catch (...) {
    abandonStep();
    throw;
  }
  endStep(out, options.autoReset);
}

void Group::stepTeam(std::span<const std::unique_ptr<Group>> team, const float* actions, const Outputs& out, const StepOptions& options) {
  for (const auto& group : team) group->requireNetwork();
  try {
    for (const auto& group : team) group->beginStep(actions, options.held);
    std::array<ActivationNetwork::Inference, ActivationNetwork::kMaxTeam> due;
    for (;;) {
      std::size_t count = 0;
      for (const auto& group : team)
        if (group->heldCount_ < group->exposed_ && group->proceed(out))
          due[count++] = {group->networkInput(), group->state_.excitation, group->workspace_.get()};
      if (count == 0) break;
      Stopwatch watch;
      team.front()->network_->forwardTeam({due.data(), count});
      watch.lap(team.front()->timings_.network);
    }
  } catch (...) {
    for (const auto& group : team) group->abandonStep();
    throw;
  }
  for (const auto& group : team) group->endStep(out, options.autoReset);
}

void Group::endStep(const Outputs& out, bool autoReset) {
  Stopwatch watch;
  endPushes();
  releaseLanes();
  for (int lane = 0; lane < exposed_; ++lane) number_[lane] = episodes_[lane].number;
  bool began = false;
  for (int lane = 0; lane < exposed_; ++lane) {
    if (isHeld(lane)) {
      writeHeld(lane, out);
      continue;
    }
    finishStep(lane, out, autoReset);
    began = began || episodes_[lane].number != number_[lane];
  }
  if (began) {
    // Computes the new episodes' transforms; those of other episodes stay the same bit for bit.
    prepareObservation();
    for (int lane = 0; lane < exposed_; ++lane)
      if (episodes_[lane].number != number_[lane]) beginGait(lane);
    for (int lane = 0; lane < exposed_; ++lane)
      if (episodes_[lane].number != number_[lane]) writeEpisode(lane, out);
  }
  watch.lap(timings_.task);
}

void Group::sense(int lane, float* out) const {
  const model::Model& model = *scene_->model;
  const Episode& episode = episodes_[lane];
  const bool gait = scene_->gait != nullptr;
  float gaitEntries[GaitNet::kObservations] = {};
  if (gait) scene_->gait->observe(view(lane), goal(lane), episode.gait, gaitEntries);
  const auto referenceAhead = [&](int ahead) {
    evaluateReference(lane, episode.phase + ahead * phaseStep(lane), episode.cycle, reference_->pose());
    return reference_->show(cadence(lane), bodies_.constants(lane));
  };
  Mat3<double> axes;
  if (episode.placement.isMoved) axes = episode.shownPlacement().axes();
  Moment moment{episode.shownPhase(),
                episode.clock.phase,
                gait,
                gaitEntries[0],
                episode.placement.isMoved ? &axes : nullptr,
                isMirrored(lane) ? scene_->symmetry.get() : nullptr,
                bodies_.values(lane),
                {}};
  if (scene_->settings.observation.type == ObservationType::kImitation) moment.reference = std::ref(referenceAhead);
  observe(model, scene_->settings.observation, view(lane), moment, out);
  const int size = scene_->observationSize();
  float* parameters = out + size - scene_->observedParameters();
  if (scene_->observesGait())
    std::copy_n(gaitEntries, GaitNet::kObservations, parameters - scene_->observedClips() - GaitNet::kObservations);
  float* clips = parameters - scene_->observedClips();
  addNoise(lane, out, static_cast<int>(clips - out));
  for (int k = 0; k < scene_->observedClips(); ++k) clips[k] = static_cast<float>(episode.shareOf(k));
  bodies_.observe(lane, moment.mirror != nullptr, parameters);
  // Values that are not finite would spoil a learner's statistics.
  for (int i = 0; i < size; ++i)
    if (!std::isfinite(out[i])) out[i] = 0;
}

}  // namespace muscle::environment
