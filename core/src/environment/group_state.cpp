// Setting, saving and restoring of a group's states.
#include "environment/group.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "environment/state_record.hpp"

namespace muscle::environment {

void Group::setState(int lane, const double* positions, const double* velocities) {
  const model::Model& model = *scene_->model;
  model.toInternal(positions, generalised_.data());
  for (int i = 0; i < model.numPositions(); ++i) state_.position[i * lanes() + lane] = static_cast<float>(generalised_[i]);
  for (int i = 0; i < model.numDofs(); ++i) state_.velocity[i * lanes() + lane] = static_cast<float>(velocities[i]);
  for (int i = 0; i < model.numDofs(); ++i) state_.constraintForce[i * lanes() + lane] = 0;
  state_.loseFibres(lane);
  forgetStep(lane);
  prepareObservation();
  beginGait(lane);
}

void Group::setPhase(int lane, double phase) {
  episodes_[lane].phase = phase;
  episodes_[lane].clock = {phase, episodes_[lane].cycle};
  beginGait(lane);
}

void Group::setExternalForce(int lane, int body, const Vec3<double>& force, const Vec3<double>& point) {
  for (int k = 0; k < 6; ++k) state_.externalForce[(6 * body + k) * lanes() + lane] = 0;
  addExternalForce(lane, body, force, point);
}

void Group::addExternalForce(int lane, int body, const Vec3<double>& force, const Vec3<double>& point) {
  const LaneView lane_view = view(lane);
  const Vec3<double> torque = cross(point - lane_view.rootPosition() - lane_view.origin(body), force);
  const double wrench[6] = {torque.x, torque.y, torque.z, force.x, force.y, force.z};
  for (int k = 0; k < 6; ++k) state_.externalForce[(6 * body + k) * lanes() + lane] += static_cast<float>(wrench[k]);
}

void Group::clearExternalForces(int lane) {
  for (int k = 0; k < 6 * scene_->model->numBodies(); ++k) state_.externalForce[k * lanes() + lane] = 0;
}

void Group::refresh(bool muscles) {
  engine_->kinematics();
  if (!muscles) return;
  engine_->paths();
  engine_->muscles(dynamics::MuscleResults::kAll);
  if (usesMuscles(scene_->settings.actuator) || scene_->settings.observation.needsMuscles()) return;
  std::fill_n(state_.passiveTorque, scene_->model->numDofs() * lanes(), 0.0f);  // such muscles are shown, and move nothing
}

const ReferencePose& Group::referencePose(int lane) {
  evaluateReference(lane, episodes_[lane].phase, episodes_[lane].cycle, pose_);
  return pose_;
}

// Names every field of one environment's state, without seed and steps.
template <class Self, class Record>
void Group::describe(Self& self, int lane, Record&& record) {
  constexpr float kFiniteFloat = std::numeric_limits<float>::max();
  const Scene& scene = *self.scene_;
  const model::Model& model = *scene.model;
  const int lanes = self.lanes(), dofs = model.numDofs();
  auto& state = self.state_;
  auto& episode = self.episodes_[lane];

  record.flag("terminated", episode.terminated);
  record.flag("truncated", episode.truncated);
  record.flag("diverged", episode.diverged);
  record.reals("begin_height", &episode.beginHeight, 1);
  record.whole("number", episode.number, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max());
  record.whole("step", episode.step, std::int64_t{0}, kMostCount);
  // The phase of a motion that is not cyclic passes its end.
  const bool cyclic = std::all_of(scene.clips.begin(), scene.clips.end(), [](const Clip& clip) { return clip.reference->cyclic(); });
  const double lastPhase = cyclic ? 1 : static_cast<double>(kMostCount);
  if (const auto clips = static_cast<std::int32_t>(scene.clips.size()); clips > 1) {
    record.whole("clip", episode.clip, std::int32_t{0}, clips - 1);
    record.whole("chosen clip", self.chosenClips_[lane], std::int32_t{-1}, clips - 1);
    auto* weights = self.clipWeights_.data() + static_cast<std::size_t>(lane) * clips;
    for (std::int32_t k = 0; k < clips; ++k) record.real("clip weight", weights[k], 0, kMostWeight);
    record.flag("placement", episode.placement.isMoved);
    record.real("placement.turn", episode.placement.turn, -4, 4);
    record.reals("placement.x", &episode.placement.x, 1);
    record.reals("placement.z", &episode.placement.z, 1);
    auto& transition = episode.transition;
    record.whole("transition.clip", transition.clip, std::int32_t{0}, clips - 1);
    record.real("transition.phase", transition.motion.phase, 0, lastPhase);
    record.whole("transition.cycle", transition.motion.cycle, std::int64_t{0}, kMostCount);
    record.real("transition.rate", transition.rate, 0, kMaxPhaseRate);
    record.flag("transition.placement", transition.placement.isMoved);
    record.real("transition.turn", transition.placement.turn, -4, 4);
    record.reals("transition.x", &transition.placement.x, 1);
    record.reals("transition.z", &transition.placement.z, 1);
    record.flag("transition.pending", transition.isPending);
    record.whole("transition.step", transition.step, std::int64_t{0}, kMostCount);
    record.whole("transition.steps", transition.steps, std::int64_t{0}, kMostCount);
  }
  record.real("phase", episode.phase, 0, lastPhase);
  record.whole("cycle", episode.cycle, std::int64_t{0}, kMostCount);
  record.real("phase_rate", episode.phaseRate, 0, kMaxPhaseRate);
  record.real("clock.phase", episode.clock.phase, 0, lastPhase);
  record.whole("clock.cycle", episode.clock.cycle, std::int64_t{0}, kMostCount);
  record.whole("push.begin", episode.push.begin, std::int64_t{0}, kMostCount);
  record.whole("push.end", episode.push.end, std::int64_t{0}, kMostCount);
  record.whole("push.number", episode.push.number, std::uint32_t{0}, std::numeric_limits<std::uint32_t>::max());
  const auto vector = [&](const char* name, auto& v) {
    for (auto* component : {&v.x, &v.y, &v.z}) record.reals(name, component, 1);
  };
  vector("push.force", episode.push.force);

  auto& gait = episode.gait;
  vector("gait.head_velocity", gait.headVelocity);
  vector("gait.head_velocity_now", gait.headVelocityNow);
  vector("gait.average_velocity", gait.averageVelocity);
  record.reals("gait.target", &gait.target, 1);
  record.whole("gait.steps", gait.steps, std::int64_t{0}, kMostCount);
  record.whole("gait.stance", gait.stance, 0, 1);
  auto& footholds = gait.footholds;
  for (auto* place : {&footholds.target, &footholds.next, &footholds.foot, &footholds.stanceFoot})
    record.reals("gait.footholds.place", place, 1);
  record.reals("gait.footholds.last_strike", footholds.lastStrike.data(), 2);
  for (auto& contact : footholds.contact) record.real("gait.footholds.contact", contact, 0, 1);
  record.real("gait.footholds.stance", footholds.stance, 0, 1);
  record.real("gait.footholds.swings", footholds.swings, 0, 1);
  record.real("gait.footholds.began", footholds.began, 0, 1);
  const std::size_t path = self.comHistory_.size() / lanes;
  record.reals("gait.path", self.comHistory_.data() + lane * path, static_cast<int>(path));

  auto* value = self.bodies_.values(lane);
  for (const Parameter& parameter : scene.settings.parameters) {
    record.real(parameter.name.c_str(), value->value, parameter.low, parameter.high);
    record.real(parameter.name.c_str(), value->pin, parameter.low, parameter.high);
    record.flag("parameter pinned", value->pinned);
    ++value;
  }

  const std::size_t senses = self.sensed_.size() / lanes;
  record.lane("sensed", self.sensed_.data() + lane * senses, static_cast<int>(senses), 1, -kFiniteFloat, kFiniteFloat);

  for (const model::Body<double>& body : model.constants<double>().bodies) {
    auto* position = state.position + body.positionIndex * lanes + lane;
    const bool rotates = body.type == model::JointType::kFree || body.type == model::JointType::kBall;
    if (rotates) record.rotation("position", position, lanes);
    if (body.type == model::JointType::kFree) record.lane("position", position + 4 * lanes, 3, lanes, -kFiniteFloat, kFiniteFloat);
    if (body.dofs == 1) record.lane("position", position, 1, lanes, -kFiniteFloat, kFiniteFloat);
  }
  const auto numbers = [&](const char* name, auto* field, int features) {
    record.lane(name, field + lane, features, lanes, -kFiniteFloat, kFiniteFloat);
  };
  numbers("velocity", state.velocity, dofs);
  record.lane("activation", state.activation + lane, model.numMuscles(), lanes, 0, 1);
  record.lane("fibre_start", state.fibreStart + lane, model.numElastic(), lanes, 0, kFiniteFloat);
  numbers("excitation", state.excitation, model.numMuscles());
  numbers("external_force", state.externalForce, 6 * model.numBodies());
  numbers("direct_torque", state.directTorque, dofs);
  numbers("constraint_force", state.constraintForce, dofs);
  if (scene.settings.interpolatesActions) numbers("offset", state.offset, dofs);
}

StateHeader Group::header() const {
  StateHeader header;
  RecordSize size;
  describe(*this, 0, size);
  header.fingerprint = fingerprintOf(*scene_);
  header.recordBytes = size.bytes();
  header.seed = seed_;
  header.steps = steps_;
  header.environments = static_cast<std::uint32_t>(exposed_);
  if (ownSeeds_) header.version = kStateVersionOwnSeeds;
  return header;
}

void Group::saveKeys(std::uint64_t* pairs) const {
  for (int lane = 0; lane < exposed_; ++lane) {
    *pairs++ = keys_[lane].seed;
    *pairs++ = keys_[lane].environment;
  }
}

void Group::restoreKeys(const std::uint64_t* pairs) {
  for (int lane = 0; lane < exposed_; ++lane, pairs += 2) keys_[lane] = {pairs[0], pairs[1]};
}

void Group::save(std::byte* records, std::size_t recordBytes) const {
  for (int lane = 0; lane < exposed_; ++lane) describe(*this, lane, RecordWriter(records + lane * recordBytes));
}

void Group::check(const std::byte* records, std::size_t recordBytes) const {
  for (int lane = 0; lane < exposed_; ++lane) describe(*this, lane, RecordCheck(records + lane * recordBytes, first_ + lane));
}

void Group::restore(const StateHeader& header, const std::byte* records, const Outputs& out) {
  seed_ = header.seed;
  steps_ = header.steps;
  ownSeeds_ = header.version == kStateVersionOwnSeeds;
  for (int lane = 0; lane < lanes() && !ownSeeds_; ++lane) keys_[lane] = {seed_, static_cast<std::uint64_t>(first_ + lane)};
  for (int lane = 0; lane < exposed_; ++lane) describe(*this, lane, RecordReader(records + lane * header.recordBytes));
  for (int lane = 0; lane < exposed_; ++lane) bodies_.build(lane, *engine_), forgetStep(lane);
  for (int lane = 0; lane < exposed_; ++lane)  // the record's check does not know whether the clip is a cycle
    if (Episode& episode = episodes_[lane]; reference(lane).cyclic() && episode.phase > 1) episode.phase -= std::floor(episode.phase);
  prepareObservation();
  for (int lane = 0; lane < exposed_; ++lane) writeEpisode(lane, out);
}

}  // namespace muscle::environment
