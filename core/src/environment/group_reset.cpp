// The begin of episodes: what they draw, their initial state, and its fitting to the ground and the reference as in the GaitNets.
#include "environment/group.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace muscle::environment {

void Group::reseed(std::uint64_t seed) {
  seed_ = seed;
  steps_ = 0;
  ownSeeds_ = false;
  for (int lane = 0; lane < lanes(); ++lane) keys_[lane] = {seed, static_cast<std::uint64_t>(first_ + lane)};
  for (Episode& episode : episodes_) episode = {};
}

void Group::reseed(const std::uint64_t* seeds, std::uint64_t shared) {
  reseed(shared);
  ownSeeds_ = true;
  for (int lane = 0; lane < exposed_; ++lane) keys_[lane] = {seeds[first_ + lane], 0};
}

double Group::beginPhase(Random& random) const {
  const TaskSettings& settings = scene_->settings;
  if (!settings.randomPhase) return settings.initialPhase;
  if (settings.resetPhases.empty()) return random.uniform();
  const auto drawn = static_cast<std::size_t>(random.uniform() * static_cast<double>(settings.resetPhases.size()));
  const double phase = settings.resetPhases[drawn] + (2 * random.uniform() - 1) * settings.resetPhaseSpread;
  return phase - std::floor(phase);
}

void Group::beginEpisode(int lane) {
  const TaskSettings& settings = scene_->settings;
  const model::Model& model = *scene_->model;
  Episode& episode = episodes_[lane];
  const std::uint64_t number = episode.number + 1;
  episode = {};
  episode.number = number;
  if (bodies_.any() && lane < exposed_) {  // the others keep the model's body
    bodies_.draw(lane, keys_[lane].seed, keys_[lane].environment, number, steps_);
    bodies_.build(lane, *engine_);
  }
  const bool chosen = chosenClips_[lane] >= 0;
  episode.clip = chosen ? chosenClips_[lane] : drawnClip(clipWeights(lane), keys_[lane].seed, keys_[lane].environment, number);
  Random random(keys_[lane].seed, keys_[lane].environment, number);
  episode.phase = beginPhase(random);
  episode.clock = {episode.phase, 0};
  evaluateReference(lane, episode.phase, 0, pose_);
  if (settings.resetForwardVelocity) differenceAhead(lane);
  if (settings.resetFitted) fitPose(lane);
  if (settings.resetNoise > 0) {
    for (const model::Body<double>& body : model.constants<double>().bodies) {
      const auto noise = [&] { return settings.resetNoise * random.normal(); };
      if (body.dofs == 1) pose_.position[body.positionIndex] += noise();
      if (body.type == model::JointType::kBall) {
        double* p = pose_.position.data() + body.positionIndex;
        const Vec3<double> turn{noise(), noise(), noise()};
        const Quat<double> q = Quat<double>{p[0], p[1], p[2], p[3]} * exponentialMap(turn);
        p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
      }
      for (int k = 0; k < body.dofs && body.type != model::JointType::kFree; ++k) pose_.velocity[body.dofIndex + k] += noise();
    }
  }
  takePose(lane);
  if (settings.resetMotionAtZero) episode.phase = 0;
  if (settings.disturbance.on())
    episode.push = nextPush(settings.disturbance, settings.controlHz, keys_[lane].seed, keys_[lane].environment, number, {});
}

// Gives the character the pose and velocities of pose_, at rest in its muscles.
void Group::takePose(int lane) {
  const model::Model& model = *scene_->model;
  for (int i = 0; i < model.numPositions(); ++i) state_.position[i * lanes() + lane] = static_cast<float>(pose_.position[i]);
  for (int i = 0; i < model.numDofs(); ++i) state_.velocity[i * lanes() + lane] = static_cast<float>(pose_.velocity[i] * cadence(lane));
  for (int i = 0; i < model.numMuscles(); ++i) {
    state_.activation[i * lanes() + lane] = 0;
    state_.excitation[i * lanes() + lane] = 0;
  }
  state_.loseFibres(lane);
  for (int i = 0; i < model.numDofs(); ++i) state_.constraintForce[i * lanes() + lane] = state_.offset[i * lanes() + lane] = 0;
  clearExternalForces(lane);
  forgetStep(lane);
}

// Clears what frames show of the last step, where the present state does not come from it.
void Group::forgetStep(int lane) {
  const model::Model& model = *scene_->model;
  const auto clear = [&](float* field, int features) {
    for (int i = 0; i < features; ++i) field[i * lanes() + lane] = 0;
  };
  for (float* torques : {state_.passiveTorque, state_.desiredTorque, state_.muscleTorque, state_.appliedTorque, state_.jointMoment})
    clear(torques, model.numDofs());
  clear(state_.contactForce, 3 * model.numContacts());
  if (record_) record_->clear(lane);
  rewards_[lane] = {};
}

// Initialises the gaitnet reward's memory from the present state. After kinematics().
void Group::beginGait(int lane) {
  Episode& episode = episodes_[lane];
  episode.beginHeight = (view(lane).rootPosition() + view(lane).centerOfMass()).y;
  if (!scene_->gait) return;
  evaluateReference(lane, episode.phase, episode.cycle, pose_);
  const double offset = view(lane).rootPosition().z - pose_.position[6];
  scene_->gait->begin(view(lane), goal(lane), episode.phase, episode.cycle, offset, episode.gait, comHistory(lane));
}

void Group::reset(const Outputs& out) {
  for (int lane = 0; lane < lanes(); ++lane) beginEpisode(lane);
  prepareObservation();
  for (int lane = 0; lane < lanes(); ++lane) beginGait(lane);
  for (int lane = 0; lane < exposed_; ++lane) writeEpisode(lane, out);
}

void Group::reset(const Outputs& out, const bool* mask) {
  if (std::none_of(mask + first_, mask + first_ + exposed_, [](bool chosen) { return chosen; })) return;
  if (episodes_.front().number == 0) throw StateError(kNoEpisode);
  eachChosen(mask, [&](int lane) { beginEpisode(lane); });
  prepareObservation();  // as in endStep
  eachChosen(mask, [&](int lane) { beginGait(lane); });
  eachChosen(mask, [&](int lane) { writeEpisode(lane, out); });
}

// Height of the lowest contact point above the ground, m; 0 without contact points.
double Group::lowestContact(int lane) {
  reference_->pose().position = pose_.position;
  const LaneView view = reference_->show(0, bodies_.constants(lane));
  double lowest = std::numeric_limits<double>::infinity();
  for (const model::Contact<double>& contact : view.constants().contacts)
    lowest = std::min(lowest, (view.origin(contact.body) + view.rotation(contact.body) * contact.position).y - contact.radius);
  return scene_->model->numContacts() > 0 ? view.rootPosition().y + lowest : 0;
}

// The initial pose of an episode, raised to stand on the ground and put within the joint limits.
void Group::fitPose(int lane) {
  constexpr double kClearance = 1e-3;  // m
  const double lowest = lowestContact(lane);
  for (const model::Body<double>& body : bodies_.constants(lane).bodies) {
    double* p = pose_.position.data() + body.positionIndex;
    if (body.type == model::JointType::kFree && scene_->model->numContacts() > 0) p[5] += kClearance - lowest;
    if (!body.limited && !body.ownLimits) continue;
    if (body.dofs == 1) p[0] = std::clamp(p[0], body.lower[0], body.upper[0]);
    if (body.type != model::JointType::kBall) continue;
    const Vec3<double> r = logarithmMap(Quat<double>{p[0], p[1], p[2], p[3]});
    const Vec3<double> within{std::clamp(r.x, body.lower[0], body.upper[0]), std::clamp(r.y, body.lower[1], body.upper[1]),
                              std::clamp(r.z, body.lower[2], body.upper[2])};
    const Quat<double> q = exponentialMap(within);
    p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
  }
}

// The velocities that lead from the reference's pose to its pose one control step later; the root's translation as in the step after.
void Group::differenceAhead(int lane) {
  const Episode& episode = episodes_[lane];
  const double rate = scene_->settings.controlHz / cadence(lane);
  const auto evaluate = [&](int ahead) { evaluateReference(lane, episode.phase + ahead * phaseStep(lane), 0, ahead_); };
  evaluate(1);
  Vec3<double> root{};
  for (const model::Body<double>& body : scene_->model->constants<double>().bodies) {
    const double *here = pose_.position.data() + body.positionIndex, *there = ahead_.position.data() + body.positionIndex;
    double* velocity = pose_.velocity.data() + body.dofIndex;
    if (body.dofs == 1) velocity[0] = (there[0] - here[0]) * rate;
    if (body.dofs < 3) continue;
    const Quat<double> from{here[0], here[1], here[2], here[3]}, to{there[0], there[1], there[2], there[3]};
    const Vec3<double> turn = logarithmMap(conjugate(from) * to) * rate;
    velocity[0] = turn.x, velocity[1] = turn.y, velocity[2] = turn.z;
    if (body.type == model::JointType::kFree) root = {there[4], there[5], there[6]};
  }
  if (scene_->model->numRootDofs() != 6) return;
  evaluate(2);
  const double* there = ahead_.position.data() + 4;
  const Vec3<double> moved = (Vec3<double>{there[0], there[1], there[2]} - root) * rate;
  const Vec3<double> local =
      transposeTimes(scene_->model->constants<double>().bodies[0].orientation * rotationMatrix(quaternionAt(pose_.position, 0)), moved);
  pose_.velocity[3] = local.x, pose_.velocity[4] = local.y, pose_.velocity[5] = local.z;
}

}  // namespace muscle::environment
