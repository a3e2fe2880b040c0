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
  const environment::Episode& episode = group.episode(lane);
  const environment::Reward& reward = group.lastReward(lane);
  py::dict d, terms;
  group.refresh(true);
  const environment::SnapshotSource source(scene, group, lane);
  for (const environment::SnapshotField& field : environment::snapshotFields()) {
    const std::vector<int> shape = field.shape(scene);
    py::array_t<float> values(std::vector<py::ssize_t>(shape.begin(), shape.end()));
    field.write(source, values.mutable_data());
    d[field.name] = values;
  }
  d["time"] = static_cast<double>(episode.step) / scene.settings.controlHz;
  d["phase"] = episode.phase;
  d["clip"] = static_cast<int>(episode.clip);
  d["reward"] = reward.total;
  int k = 0;
  for (const char* name : scene.settings.rewardNames()) terms[name] = reward.terms[k++];
  d["reward_terms"] = terms;
  d["terminated"] = episode.terminated;
  d["truncated"] = episode.truncated;
  d["diverged"] = episode.diverged;
  return d;
}

void checkClip(const Scene& scene, int clip) {
  const int count = static_cast<int>(scene.clips.size());
  if (clip < -1 || clip >= count)
    throw py::index_error("clip " + std::to_string(clip) + " does not exist: there are " + std::to_string(count));
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
