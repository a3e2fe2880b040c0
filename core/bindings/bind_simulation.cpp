#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include <map>

#include "bindings/arrays.hpp"
#include "dynamics/engine.hpp"

namespace muscle::bindings {
namespace {

using dynamics::Engine;
using dynamics::EngineSettings;
using dynamics::LaneState;
using model::Model;

// An engine with its state, part by part, for analysis and tests: no task, no network.
template <class T>
class Simulation {
 public:
  Simulation(std::shared_ptr<const Model> model, int lanes, EngineSettings settings)
      : model_(std::move(model)), state_(*model_, lanes), settings_(settings) {}

  std::unique_ptr<Engine<T>> engine;
  LaneState<T>& state() { return state_; }
  const std::shared_ptr<const Model>& model() const { return model_; }
  const EngineSettings& settings() const { return settings_; }

  void setState(int lane, const Input<double>& positions, const Input<double>& velocities) {
    checkLane(lane);
    checkSize("positions", positions.size(), model_->numDofs());
    checkSize("velocities", velocities.size(), model_->numDofs());
    std::vector<double> internal(model_->numPositions());
    model_->toInternal(positions.data(), internal.data());
    for (int i = 0; i < model_->numPositions(); ++i) state_.position[i * state_.lanes + lane] = static_cast<T>(internal[i]);
    for (int i = 0; i < model_->numDofs(); ++i) state_.velocity[i * state_.lanes + lane] = static_cast<T>(velocities.at(i));
  }

  void setTarget(int lane, const Input<double>& positions) {
    checkLane(lane);
    checkSize("positions", positions.size(), model_->numDofs());
    std::vector<double> internal(model_->numPositions());
    model_->toInternal(positions.data(), internal.data());
    for (int i = 0; i < model_->numPositions(); ++i) state_.target[i * state_.lanes + lane] = static_cast<T>(internal[i]);
  }

  py::array_t<double> positions(int lane) {
    checkLane(lane);
    std::vector<double> internal(model_->numPositions()), generalised(model_->numDofs());
    for (int i = 0; i < model_->numPositions(); ++i) internal[i] = state_.position[i * state_.lanes + lane];
    model_->toGeneralised(internal.data(), generalised.data());
    return take(std::move(generalised), {model_->numDofs()});
  }

  py::array_t<T> field(const std::string& name, py::handle owner) {
    const Model& m = *model_;
    const LaneState<T>& s = state_;
    const std::map<std::string, std::pair<T*, int>> fields = {
        {"position", {s.position, m.numPositions()}},
        {"velocity", {s.velocity, m.numDofs()}},
        {"activation", {s.activation, m.numMuscles()}},
        {"external_force", {s.externalForce, 6 * m.numBodies()}},
        {"target", {s.target, m.numPositions()}},
        {"excitation", {s.excitation, m.numMuscles()}},
        {"direct_torque", {s.directTorque, m.numDofs()}},
        {"body_rotation", {s.bodyRotation, 9 * m.numBodies()}},
        {"body_position", {s.bodyPosition, 3 * m.numBodies()}},
        {"body_velocity", {s.bodyVelocity, 6 * m.numBodies()}},
        {"muscle_length", {s.muscleLength, m.numMuscles()}},
        {"muscle_velocity", {s.muscleVelocity, m.numMuscles()}},
        {"fibre_length", {s.fibreLength, m.numMuscles()}},
        {"fibre_velocity", {s.fibreVelocity, m.numMuscles()}},
        {"active_force", {s.activeForce, m.numMuscles()}},
        {"passive_force", {s.passiveForce, m.numMuscles()}},
        {"jacobian", {s.jacobian, m.numEntries()}},
        {"moment_arm", {s.momentArm, m.numEntries()}},
        {"passive_torque", {s.passiveTorque, m.numDofs()}},
        {"desired_torque", {s.desiredTorque, m.numDofs()}},
        {"muscle_torque", {s.muscleTorque, m.numDofs()}},
        {"applied_torque", {s.appliedTorque, m.numDofs()}},
        {"acceleration", {s.acceleration, m.numDofs()}},
        {"network_input", {s.networkInput, m.numEntries() + m.numJointDofs()}},
        {"contact_force", {s.contactForce, 3 * m.numContacts()}},
    };
    const auto found = fields.find(name);
    if (found == fields.end()) throw py::key_error("no field '" + name + "'");
    return viewOf(found->second.first, {found->second.second, s.lanes}, owner);
  }

 private:
  void checkLane(int lane) const {
    if (lane < 0 || lane >= state_.lanes) throw py::index_error("lane " + std::to_string(lane) + " does not exist");
  }

  std::shared_ptr<const Model> model_;
  LaneState<T> state_;
  EngineSettings settings_;
};

EngineSettings engineSettings(double timeStep, double gravity, bool ground, const std::string& actuator) {
  if (!(timeStep > 0)) throw py::value_error("time_step: must be positive");
  EngineSettings settings;
  settings.timeStep = timeStep;
  settings.gravity = gravity;
  settings.ground = ground;
  settings.actuator = actuatorNamed(actuator);
  return settings;
}

template <class T>
py::class_<Simulation<T>> bindFor(py::module_& m, const char* name, const char* doc) {
  using Sim = Simulation<T>;
  return py::class_<Sim>(m, name, doc)
      .def("set_state", &Sim::setState, py::arg("lane"), py::arg("positions"), py::arg("velocities"),
           "Generalised positions and velocities, shape (dofs,), of one lane.")
      .def("set_target", &Sim::setTarget, py::arg("lane"), py::arg("positions"), "PD target, generalised positions, shape (dofs,).")
      .def("positions", &Sim::positions, py::arg("lane"), "Generalised positions, shape (dofs,).")
      .def(
          "field", [](py::object self, const std::string& name) { return self.cast<Sim&>().field(name, self); }, py::arg("name"),
          "A writable view on a field of the state, shape (features, lanes).")
      .def("kinematics", [](Sim& s) { s.engine->kinematics(); })
      .def("muscles", [](Sim& s) { s.engine->muscles(); })
      .def("desire", [](Sim& s) { s.engine->desire(); })
      .def("advance", [](Sim& s) { s.engine->advance(); })
      .def("forward_dynamics", [](Sim& s) { s.engine->forwardDynamics(); });
}

}  // namespace

dynamics::Actuator actuatorNamed(const std::string& name) {
  if (name == "muscle") return dynamics::Actuator::kMuscle;
  if (name == "pd") return dynamics::Actuator::kPd;
  if (name == "torque") return dynamics::Actuator::kTorque;
  throw py::value_error("actuator: '" + name + "' is not muscle, pd or torque");
}

void bindSimulation(py::module_& m) {
  m.def("instruction_sets", &dynamics::instructionSets, "Instruction sets that this build and CPU run, the widest first.");
  bindFor<double>(m, "ReferenceSimulation", "One environment in double precision, part by part.")
      .def(py::init([](std::shared_ptr<Model> model, double timeStep, double gravity, bool ground, const std::string& actuator) {
             auto sim = std::make_unique<Simulation<double>>(model, 1, engineSettings(timeStep, gravity, ground, actuator));
             sim->engine = dynamics::makeReferenceEngine(model, sim->settings(), sim->state());
             return sim;
           }),
           py::arg("model"), py::kw_only(), py::arg("time_step") = 1.0 / 480, py::arg("gravity") = 9.81, py::arg("ground") = true,
           py::arg("actuator") = "pd");
  bindFor<float>(m, "LanesSimulation", "A group of environments in float lanes, part by part.")
      .def(py::init([](std::shared_ptr<Model> model, const std::string& isa, double timeStep, double gravity, bool ground,
                       const std::string& actuator) {
             auto sim = std::make_unique<Simulation<float>>(model, dynamics::kGroupLanes,
                                                            engineSettings(timeStep, gravity, ground, actuator));
             sim->engine = dynamics::makeLanesEngine(isa, model, sim->settings(), sim->state());
             return sim;
           }),
           py::arg("model"), py::arg("instruction_set"), py::kw_only(), py::arg("time_step") = 1.0 / 480, py::arg("gravity") = 9.81,
           py::arg("ground") = true, py::arg("actuator") = "pd");
}

}  // namespace muscle::bindings
