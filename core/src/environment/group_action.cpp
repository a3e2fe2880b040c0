// The effect of actions: PD targets, the phase, and the mirror image in the second half of the cycle.
#include "environment/group.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace muscle::environment {

bool Group::isMirrored(int lane, double ahead) const {
  if (!scene_->symmetry) return false;
  const TaskSettings& settings = scene_->settings;
  const Episode& episode = episodes_[lane];
  const bool byClock = settings.phaseClipping == PhaseClipping::kHard && !settings.mirrorsByMotion;
  const double rate = byClock ? phaseStep(lane) : episode.phaseRate;
  const double phase = (byClock ? episode.clock.phase : episode.phase) + ahead * rate;
  return phase - std::floor(phase) > 0.5;
}

// Mirrors an action that was chosen for the mirror image.
void Group::mirrorAction(float* action) {
  const Symmetry& symmetry = *scene_->symmetry;
  const int motors = scene_->motorActions();
  std::vector<float>& given = scratch_;
  std::copy_n(action, motors, given.begin());
  for (int k = 0; k < motors; ++k)
    action[k] = scene_->settings.actuator == dynamics::Actuator::kActivation ? given[symmetry.muscles[k]]
                                                                             : symmetry.joints.sign[k] * given[symmetry.joints.source[k]];
}

// Mirrors the network inputs of mirrored environments.
void Group::mirrorInput() {
  if (!scene_->symmetry) return;
  const SignedPermutation& image = scene_->symmetry->networkInput;
  float* input = state_.networkInput;
  for (int lane = 0; lane < exposed_; ++lane) {
    if (!isMirrored(lane, partOfStep())) continue;
    for (int i = 0; i < image.size(); ++i) scratch_[i] = image.source[i] < 0 ? 0 : image.sign[i] * input[image.source[i] * lanes() + lane];
    for (int i = 0; i < image.size(); ++i) input[i * lanes() + lane] = scratch_[i];
  }
}

// The network's input: the torques alone, or with a cascade's weights after them.
const float* Group::networkInput() {
  if (networkInput_.empty()) return state_.networkInput;
  std::copy_n(state_.networkInput, static_cast<std::size_t>(scene_->networkInputs()) * lanes(), networkInput_.begin());
  return networkInput_.data();
}

// Exchanges left and right of the network's outputs for mirrored environments.
void Group::mirrorExcitation() {
  if (!scene_->symmetry) return;
  for (int lane = 0; lane < exposed_; ++lane) {
    if (!isMirrored(lane, partOfStep())) continue;
    for (int m = 0; m + 1 < scene_->model->numMuscles(); m += 2)
      std::swap(state_.excitation[m * lanes() + lane], state_.excitation[(m + 1) * lanes() + lane]);
  }
}

void Group::applyAction(int lane, const float* action) {
  const TaskSettings& settings = scene_->settings;
  if (isMirrored(lane)) {
    std::copy_n(action, scene_->actionSize(), action_.begin());
    mirrorAction(action_.data());
    action = action_.data();
  }
  const int motors = scene_->motorActions(), root = scene_->model->numRootDofs();
  for (int k = 0; k < settings.networkWeights; ++k)
    networkInput_[(scene_->networkInputs() + k) * lanes() + lane] = action[scene_->actionSize() - settings.networkWeights + k];
  Episode& episode = episodes_[lane];
  const double rate = settings.phaseAction ? warpedRate(settings.timeWarp, settings.phaseScale, action[motors], settings.controlHz) : 1;
  episode.phaseRate = std::min(rate * phaseStep(lane), kMaxPhaseRate);
  if (!std::isfinite(episode.phaseRate)) episode.phaseRate = 0;
  if (episode.transition.isOn()) setTransitionRate(lane);
  if (settings.actuator == dynamics::Actuator::kActivation) {
    for (int m = 0; m < motors; ++m) state_.excitation[m * lanes() + lane] = action[m];
    applyTarget(lane, nullptr);
    return;
  }
  applyTarget(lane, action);
  if (settings.actuator == dynamics::Actuator::kTorque)
    for (int k = 0; k < motors; ++k)
      state_.directTorque[(root + k) * lanes() + lane] = static_cast<float>(settings.torqueScale * action[k]);
}

// Sets the PD target of a control step: the reference, changed by the action.
void Group::applyTarget(int lane, const float* action) {
  const TaskSettings& settings = scene_->settings;
  const model::Model& model = *scene_->model;
  const int root = model.numRootDofs();
  const Episode& episode = episodes_[lane];
  // A moving target starts at the reference's present pose and reaches its pose at the end of the step. In GaitNet it is held at the
  // pose that the reference would reach if no action changed its rate.
  const double held = episode.phase + (settings.timeWarp == TimeWarp::kRelative ? episode.phaseRate : phaseStep(lane));
  const double begin = settings.movingTarget ? episode.phase : held;
  evaluateReference(lane, begin, episode.cycle, pose_);
  const double pace = episode.transition.isOn() ? paces(lane, kMiddle).next : 1;  // with which the pose moves already
  const double speed = settings.movingTarget ? episode.phaseRate * reference(lane).duration() * settings.controlHz / pace : 0;
  for (int k = root; k < model.numDofs(); ++k) state_.targetVelocity[k * lanes() + lane] = static_cast<float>(speed * pose_.velocity[k]);
  if (settings.interpolatesActions && settings.movingTarget) {
    evaluateReference(lane, episode.phase + episode.phaseRate, episode.cycle, ahead_);
    const double rate = speed * settings.controlHz;
    for (int k = root; k < model.numDofs(); ++k)
      state_.targetAcceleration[k * lanes() + lane] = static_cast<float>(rate * (ahead_.velocity[k] - pose_.velocity[k]));
  }
  for (const model::Body<double>& body : model.constants<double>().bodies) {
    if (action && body.type != model::JointType::kFree && body.dofs > 0) offsetTarget(lane, body, action + body.dofIndex - root);
  }
  for (int i = 0; i < model.numPositions(); ++i) state_.target[i * lanes() + lane] = static_cast<float>(pose_.position[i]);
}

// Adds the action's offset to a joint's target in pose_. An interpolated action begins at the offset of the last one.
void Group::offsetTarget(int lane, const model::Body<double>& body, const float* action) {
  const TaskSettings& settings = scene_->settings;
  double* p = pose_.position.data() + body.positionIndex;
  const std::size_t first = static_cast<std::size_t>(body.dofIndex) * lanes() + lane;
  float *last = state_.offset + first, *rate = state_.offsetRate + first;
  if (body.dofs == 1) {
    const double offset = settings.actionScale * action[0];
    p[0] += settings.interpolatesActions ? *last : offset;
    if (!settings.interpolatesActions) return;
    *rate = static_cast<float>((offset - *last) * settings.controlHz);
    *last = static_cast<float>(offset);
    return;
  }
  const Quat<double> at{p[0], p[1], p[2], p[3]};
  const auto turned = [&](const Vec3<double>& turn) {
    return settings.addedAction ? exponentialMap(logarithmMap(at) + turn) : at * exponentialMap(turn);
  };
  const Vec3<double> turn = Vec3<double>{action[0], action[1], action[2]} * settings.actionScale;
  Quat<double> q = turned(turn);
  if (settings.interpolatesActions) {
    const int next = lanes();
    const Quat<double> end = q;
    q = turned({last[0], last[next], last[2 * next]});
    const Vec3<double> way = logarithmMap(conjugate(q) * end) * settings.controlHz;
    const double ways[3] = {way.x, way.y, way.z}, turns[3] = {turn.x, turn.y, turn.z};
    for (int k = 0; k < 3; ++k) {
      rate[k * next] = static_cast<float>(ways[k]);
      last[k * next] = static_cast<float>(turns[k]);
    }
  }
  p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
}

void Group::advancePhase(int lane) {
  Episode& episode = episodes_[lane];
  const TaskSettings& settings = scene_->settings;
  const double nominal = std::min(phaseStep(lane), kMaxPhaseRate);
  if (!reference(lane).cyclic()) {
    episode.phase += episode.phaseRate;
    episode.clock.phase += nominal;
    return;
  }
  CyclePhase motion{episode.phase, episode.cycle};
  advancePhases(motion, episode.clock, episode.phaseRate, nominal, settings.substeps(), settings.phaseClipping);
  episode.phase = motion.phase;
  episode.cycle = motion.cycle;
}

}  // namespace muscle::environment
