#include "bindings/one_environment.hpp"

#include <string>
#include <utility>

#include "environment/snapshot.hpp"

namespace muscle::bindings {
namespace {

Vec3<double> vector3(const Input<double>& v, const char* what) {
  checkSize(what, v.size(), 3);
  return {v.at(0), v.at(1), v.at(2)};
}

}  // namespace

py::dict frameOf(const Scene& scene, Group& group, int lane) {
  const model::Model& model = *scene.model;
  environment::Snapshot s = environment::takeSnapshot(scene, group, lane);
  const py::ssize_t bodies = model.numBodies(), contacts = model.numContacts();
  const auto flat = [](std::vector<float>&& values) {
    const auto size = static_cast<py::ssize_t>(values.size());
    return take(std::move(values), {size});
  };
  py::dict d, terms;
  d["time"] = s.time;
  d["phase"] = s.phase;
  d["positions"] = flat(std::move(s.positions));
  d["velocities"] = flat(std::move(s.velocities));
  d["reference_positions"] = flat(std::move(s.referencePositions));
  d["target_positions"] = flat(std::move(s.targetPositions));
  d["body_rotations"] = take(std::move(s.bodyRotations), {bodies, 3, 3});
  d["body_positions"] = take(std::move(s.bodyPositions), {bodies, 3});
  d["path_points"] = take(std::move(s.pathPoints), {model.numPathPoints(), 3});
  d["activations"] = flat(std::move(s.activations));
  d["excitations"] = flat(std::move(s.excitations));
  d["muscle_lengths"] = flat(std::move(s.muscleLengths));
  d["fibre_lengths"] = flat(std::move(s.fibreLengths));
  d["fibre_velocities"] = flat(std::move(s.fibreVelocities));
  d["active_forces"] = flat(std::move(s.activeForces));
  d["passive_forces"] = flat(std::move(s.passiveForces));
  d["moment_arms"] = flat(std::move(s.momentArms));
  d["desired_torques"] = flat(std::move(s.desiredTorques));
  d["muscle_torques"] = flat(std::move(s.muscleTorques));
  d["passive_torques"] = flat(std::move(s.passiveTorques));
  d["applied_torques"] = flat(std::move(s.appliedTorques));
  d["contact_points"] = take(std::move(s.contactPoints), {contacts, 3});
  d["contact_forces"] = take(std::move(s.contactForces), {contacts, 3});
  d["center_of_mass"] = py::array_t<float>(3, s.centerOfMass);
  d["disturbance"] = py::array_t<float>(3, s.disturbance);
  d["reward"] = s.reward.total;
  for (int k = 0; k < scene.settings.rewardTerms(); ++k) terms[scene.settings.rewardName(k)] = s.reward.terms[k];
  d["reward_terms"] = terms;
  d["terminated"] = s.terminated;
  d["truncated"] = s.truncated;
  d["diverged"] = s.diverged;
  return d;
}

void setState(const Scene& scene, Group& group, int lane, const Input<double>& positions, const Input<double>& velocities) {
  checkSize("positions", positions.size(), scene.model->numDofs());
  checkSize("velocities", velocities.size(), scene.model->numDofs());
  group.setState(lane, positions.data(), velocities.data());
}

void setExternalForce(const Scene& scene, Group& group, int lane, int body, const Input<double>& force, const Input<double>& point) {
  if (body < 0 || body >= scene.model->numBodies()) throw py::index_error("body " + std::to_string(body) + " does not exist");
  group.setExternalForce(lane, body, vector3(force, "force"), vector3(point, "point"));
}

void addExternalForce(const Scene& scene, Group& group, int lane, int body, const Input<double>& force, const Input<double>& point) {
  if (body < 0 || body >= scene.model->numBodies()) throw py::index_error("body " + std::to_string(body) + " does not exist");
  group.addExternalForce(lane, body, vector3(force, "force"), vector3(point, "point"));
}

}  // namespace muscle::bindings
