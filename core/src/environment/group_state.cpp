// A group's states: set, saved, restored.
#include "environment/group.hpp"

#include <algorithm>

namespace muscle::environment {

void Group::setState(int lane, const double* positions, const double* velocities) {
  const model::Model& model = *scene_->model;
  model.toInternal(positions, generalised_.data());
  for (int i = 0; i < model.numPositions(); ++i) state_.position[i * lanes() + lane] = static_cast<float>(generalised_[i]);
  for (int i = 0; i < model.numDofs(); ++i) state_.velocity[i * lanes() + lane] = static_cast<float>(velocities[i]);
  for (int i = 0; i < model.numDofs(); ++i) state_.constraintForce[i * lanes() + lane] = 0;
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

void Group::refresh() {
  engine_->kinematics();
  if (!usesMuscles(scene_->settings.actuator) && !scene_->settings.observation.needsMuscles()) return;
  engine_->paths();
  engine_->muscles();
}

const ReferencePose& Group::referencePose(int lane) {
  scene_->reference->evaluate(episodes_[lane].phase, episodes_[lane].cycle, pose_);
  return pose_;
}

template <class Self, class Visit>
void Group::persistent(Self& self, Visit&& visit) {
  const model::Model& model = *self.scene_->model;
  const std::size_t row = self.lanes() * sizeof(float);
  visit(self.state_.position, model.numPositions() * row);
  visit(self.state_.velocity, model.numDofs() * row);
  visit(self.state_.activation, model.numMuscles() * row);
  visit(self.state_.excitation, model.numMuscles() * row);
  visit(self.state_.externalForce, 6 * model.numBodies() * row);
  visit(self.state_.directTorque, model.numDofs() * row);
  visit(self.state_.constraintForce, model.numDofs() * row);
  visit(self.episodes_.data(), self.episodes_.size() * sizeof(Episode));
  visit(self.comHistory_.data(), self.comHistory_.size() * sizeof(double));
  visit(&self.seed_, sizeof self.seed_);
  visit(&self.steps_, sizeof self.steps_);
}

std::size_t Group::savedBytes() const {
  std::size_t total = 0;
  persistent(*this, [&](const void*, std::size_t bytes) { total += bytes; });
  return total;
}

void Group::save(std::byte* to) const {
  persistent(*this, [&](const void* from, std::size_t bytes) { to = std::copy_n(static_cast<const std::byte*>(from), bytes, to); });
}

void Group::restore(const std::byte* from) {
  persistent(*this, [&](void* to, std::size_t bytes) {
    std::copy_n(from, bytes, static_cast<std::byte*>(to));
    from += bytes;
  });
  prepareObservation();
}

}  // namespace muscle::environment
