#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include "bindings/arrays.hpp"
#include "environment/environment.hpp"
#include "environment/snapshot.hpp"

namespace muscle::bindings {
namespace {

using environment::Environment;
using environment::Scene;
using environment::Snapshot;

py::array_t<float> observationOf(const Environment& e) {
  return py::array_t<float>(static_cast<py::ssize_t>(e.observation().size()), e.observation().data());
}

void checkBody(const Environment& e, int body) {
  if (body < 0 || body >= e.scene().model->numBodies()) throw py::index_error("body " + std::to_string(body) + " does not exist");
}

Vec3<double> vector3(const Input<double>& v, const char* what) {
  checkSize(what, v.size(), 3);
  return {v.at(0), v.at(1), v.at(2)};
}

py::dict toDict(const model::Model& model, Snapshot&& s) {
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
  d["reward"] = s.reward.total;
  for (int k = 0; k < environment::kRewardTerms; ++k) terms[environment::kRewardNames[k]] = s.reward.terms[k];
  d["reward_terms"] = terms;
  d["terminated"] = s.terminated;
  d["truncated"] = s.truncated;
  d["diverged"] = s.diverged;
  return d;
}

}  // namespace

void bindEnvironment(py::module_& m) {
  py::class_<Environment>(m, "Environment", "One environment, with a window into it. It never resets by itself.")
      .def(py::init([](std::shared_ptr<Scene> scene, std::uint64_t seed) { return std::make_unique<Environment>(std::move(scene), seed); }),
           py::arg("scene"), py::arg("seed"))
      .def(
          "set_network",
          [](Environment& e, std::shared_ptr<environment::ActivationNetwork> network) { e.group().setNetwork(std::move(network)); },
          py::arg("network"))
      .def_property_readonly("has_network", [](Environment& e) { return e.group().hasNetwork(); })
      .def("reset",
           [](Environment& e) {
             e.reset();
             return observationOf(e);
           })
      .def(
          "reseed", [](Environment& e, std::uint64_t seed) { e.group().reseed(seed); }, py::arg("seed"))
      .def(
          "step",
          [](Environment& e, const py::array_t<float, py::array::c_style>& action) {
            checkSize("action", action.size(), e.scene().actionSize());
            const float* data = action.data();
            {
              py::gil_scoped_release release;
              e.step(data);
            }
            return py::make_tuple(observationOf(e), e.reward().total, e.episode().terminated, e.episode().truncated);
          },
          py::arg("action"), "(observation, reward, terminated, truncated) of one control step; action float32, shape (action_size,).")
      .def("snapshot", [](Environment& e) { return toDict(*e.scene().model, environment::takeSnapshot(e.scene(), e.group(), 0)); })
      .def(
          "set_state",
          [](Environment& e, const Input<double>& positions, const Input<double>& velocities) {
            checkSize("positions", positions.size(), e.scene().model->numDofs());
            checkSize("velocities", velocities.size(), e.scene().model->numDofs());
            e.group().setState(0, positions.data(), velocities.data());
          },
          py::arg("positions"), py::arg("velocities"))
      .def(
          "set_phase", [](Environment& e, double phase) { e.group().setPhase(0, phase); }, py::arg("phase"))
      .def(
          "set_external_force",
          [](Environment& e, int body, const Input<double>& force, const Input<double>& point) {
            checkBody(e, body);
            e.group().setExternalForce(0, body, vector3(force, "force"), vector3(point, "point"));
          },
          py::arg("body"), py::arg("force"), py::arg("point"))
      .def("clear_external_forces", [](Environment& e) { e.group().clearExternalForces(0); })
      .def("save_state",
           [](Environment& e) {
             std::string bytes(e.group().savedBytes(), '\0');
             e.group().save(reinterpret_cast<std::byte*>(bytes.data()));
             return py::bytes(bytes);
           })
      .def(
          "restore_state",
          [](Environment& e, const py::bytes& state) {
            const std::string_view bytes = state;
            checkSize("state", static_cast<py::ssize_t>(bytes.size()), static_cast<py::ssize_t>(e.group().savedBytes()));
            e.group().restore(reinterpret_cast<const std::byte*>(bytes.data()));
          },
          py::arg("state"));
}

}  // namespace muscle::bindings
