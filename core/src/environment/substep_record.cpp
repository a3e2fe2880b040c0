#include "environment/substep_record.hpp"

#include <algorithm>
#include <utility>

namespace muscle::environment {

std::vector<int> groundBodyOfContacts(const model::Model& model) {
  std::vector<int> bodies, indices;
  for (const model::Contact<double>& contact : model.constants<double>().contacts) {
    const auto found = std::find(bodies.begin(), bodies.end(), contact.body);
    indices.push_back(static_cast<int>(found - bodies.begin()));
    if (found == bodies.end()) bodies.push_back(contact.body);
  }
  return indices;
}

int groundBodyCount(const model::Model& model) {
  const std::vector<int> indices = groundBodyOfContacts(model);
  return indices.empty() ? 0 : 1 + *std::max_element(indices.begin(), indices.end());
}

SubstepRecord::SubstepRecord(const model::Model& model, const TaskSettings& settings, std::vector<bool> pdDofs, int lanes, int reactions)
    : settings_(settings),
      pdDofs_(std::move(pdDofs)),
      groundBody_(groundBodyOfContacts(model)),
      lanes_(lanes),
      contact_(block(3 * model.numContacts())),
      desired_(block(model.numDofs())),
      muscle_(block(model.numDofs())),
      passive_(block(model.numDofs())),
      applied_(block(model.numDofs())),
      jointMoment_(block(model.numDofs())),
      jointPower_(block(model.numDofs())),
      muscleForce_(block(model.numMuscles())),
      musclePower_(block(model.numMuscles())),
      reaction_(block(reactions > 0 ? 6 * model.numBodies() : 0)),
      averaged_(features_),
      network_(block(model.numDofs())),
      groundForces_(block(3 * groundBodyCount(model) * settings.substeps())),
      sums_(static_cast<std::size_t>(features_) * lanes),
      results_(sums_.size()),
      reactionsOf_(reactions, JointReactions(model, usesMuscles(settings.actuator))),
      reactionNow_(reaction_.count) {}

SubstepRecord::Block SubstepRecord::block(int count) {
  features_ += count;
  return {features_ - count, count};
}

void SubstepRecord::begin() {
  std::fill(sums_.begin(), sums_.end(), 0.0);
  substep_ = 0;
}

void SubstepRecord::start(const std::function<LaneView(int)>& view) {
  for (std::size_t lane = 0; lane < reactionsOf_.size(); ++lane) reactionsOf_[lane].begin(view(static_cast<int>(lane)));
}

void SubstepRecord::addReactions(const std::function<LaneView(int)>& view, const std::function<Vec3<double>(int)>& lift) {
  double* out = sum(reaction_);
  for (std::size_t k = 0; k < reactionsOf_.size(); ++k) {
    const int lane = static_cast<int>(k);
    reactionsOf_[k].solve(view(lane), lift(lane), reactionNow_.data());
    for (int i = 0; i < reaction_.count; ++i) out[i * lanes_ + lane] += reactionNow_[i];
  }
}

void SubstepRecord::add(const dynamics::LaneState<float>& state) {
  const std::pair<Block, const float*> averaged[] = {{contact_, state.contactForce},  {desired_, state.desiredTorque},
                                                     {muscle_, state.muscleTorque},   {passive_, state.passiveTorque},
                                                     {applied_, state.appliedTorque}, {jointMoment_, state.jointMoment}};
  for (const auto& [block, values] : averaged) {
    double* out = sum(block);
    for (int i = 0; i < block.count * lanes_; ++i) out[i] += static_cast<double>(values[i]);
  }
  addPowers(state);
  addGround(state);
  if (++substep_ == settings_.substeps()) keepNetworkTorque(state);
}

// The rate at the middle of the substep, with which torque times rate times the time step is the work done.
void SubstepRecord::addPowers(const dynamics::LaneState<float>& state) {
  const auto half = static_cast<float>(0.5 / settings_.simulationHz);
  double* joints = sum(jointPower_);
  for (int i = 0; i < jointPower_.count * lanes_; ++i)
    joints[i] += static_cast<double>(state.jointMoment[i] * (state.velocity[i] - half * state.acceleration[i]));
  if (!usesMuscles(settings_.actuator)) return;
  double *forces = sum(muscleForce_), *powers = sum(musclePower_);
  for (int i = 0; i < musclePower_.count * lanes_; ++i) {
    const float force = state.activeForce[i] * state.activation[i] + state.passiveForce[i];
    forces[i] += static_cast<double>(force);
    powers[i] -= static_cast<double>(force * state.muscleVelocity[i]);
  }
}

void SubstepRecord::addGround(const dynamics::LaneState<float>& state) {
  const int bodies = groundForces_.count / 3 / settings_.substeps();
  double* out = sum(groundForces_) + 3 * bodies * substep_ * lanes_;
  for (std::size_t c = 0; c < groundBody_.size(); ++c) {
    const float* force = state.contactForce + 3 * c * lanes_;
    double* body = out + 3 * groundBody_[c] * lanes_;
    for (int i = 0; i < 3 * lanes_; ++i) body[i] += static_cast<double>(force[i]);
  }
}

void SubstepRecord::keepNetworkTorque(const dynamics::LaneState<float>& state) {
  double* network = sum(network_);
  for (int dof = 0; dof < network_.count; ++dof) {
    if (!settings_.networkSeesPdDofs && pdDofs_[dof]) continue;
    for (int i = dof * lanes_; i < (dof + 1) * lanes_; ++i)
      network[i] = static_cast<double>(state.desiredTorque[i] - (settings_.networkActiveOnly ? state.passiveTorque[i] : 0.0f));
  }
}

void SubstepRecord::finish(const std::function<bool(int)>& isHeld) {
  const double share = 1.0 / settings_.substeps();
  for (int lane = 0; lane < lanes_; ++lane) {
    if (isHeld(lane)) continue;
    for (int f = 0; f < features_; ++f)
      results_[f * lanes_ + lane] = static_cast<float>(sums_[f * lanes_ + lane] * (f < averaged_ ? share : 1.0));
  }
}

void SubstepRecord::clear(int lane) {
  for (int f = 0; f < features_; ++f) results_[f * lanes_ + lane] = 0;
}

}  // namespace muscle::environment
