#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include "bindings/arrays.hpp"
#include "dynamics/simulation.hpp"
#include "dynamics/substep_cost.hpp"

namespace muscle::bindings {
namespace {

using dynamics::EngineFactory;
using dynamics::EngineSettings;
using dynamics::Simulation;
using model::Model;

template <class T>
void setState(Simulation<T>& simulation, int lane, const Input<double>& positions, const Input<double>& velocities) {
  checkSize("positions", positions.size(), simulation.model().numDofs());
  checkSize("velocities", velocities.size(), simulation.model().numDofs());
  simulation.setState(lane, positions.data(), velocities.data());
}

template <class T>
void setTarget(Simulation<T>& simulation, int lane, const Input<double>& positions) {
  checkSize("positions", positions.size(), simulation.model().numDofs());
  simulation.setTarget(lane, positions.data());
}

template <class T>
py::array_t<double> positions(const Simulation<T>& simulation, int lane) {
  return take(simulation.positions(lane), {simulation.model().numDofs()});
}

template <class T>
py::array_t<T> field(py::object self, const std::string& name) {
  auto& simulation = self.cast<Simulation<T>&>();
  const auto [data, features] = simulation.field(name);
  return viewOf(data, {features, simulation.state().lanes}, self);
}

EngineSettings engineSettings(double timeStep, double gravity, double slope, bool ground, const std::string& actuator) {
  if (!(timeStep > 0)) throw py::value_error("time_step: must be positive");
  EngineSettings settings;
  settings.timeStep = timeStep;
  settings.gravity = gravity;
  settings.slope = slope;
  settings.ground = ground;
  settings.actuator = actuatorNamed(actuator);
  return settings;
}

template <class T>
py::class_<Simulation<T>> bindFor(py::module_& m, const char* name, const char* doc) {
  using Sim = Simulation<T>;
  return py::class_<Sim>(m, name, doc)
      .def("set_state", &setState<T>, py::arg("lane"), py::arg("positions"), py::arg("velocities"),
           "Generalised positions and velocities, shape (dofs,), of one lane.")
      .def("set_target", &setTarget<T>, py::arg("lane"), py::arg("positions"), "PD target, generalised positions, shape (dofs,).")
      .def("positions", &positions<T>, py::arg("lane"), "Generalised positions, shape (dofs,).")
      .def("field", &field<T>, py::arg("name"), "A writable view on a field of the state, shape (features, lanes).")
      .def("kinematics", [](Sim& s) { s.engine().kinematics(); })
      .def("muscles",
           [](Sim& s) {
             s.engine().paths();
             s.engine().muscles(dynamics::MuscleResults::kAll);
           })
      .def("desire",
           [](Sim& s) {
             s.engine().prepare();
             s.engine().desire();
           })
      .def("advance", [](Sim& s) { s.engine().advance(); })
      .def("forward_dynamics", [](Sim& s) { s.engine().forwardDynamics(); });
}

}  // namespace

dynamics::Actuator actuatorNamed(const std::string& name) {
  if (name == "muscle") return dynamics::Actuator::kMuscle;
  if (name == "pd") return dynamics::Actuator::kPd;
  if (name == "torque") return dynamics::Actuator::kTorque;
  if (name == "activation") return dynamics::Actuator::kActivation;
  throw py::value_error("actuator: '" + name + "' is not muscle, pd, torque or activation");
}

void bindSimulation(py::module_& m) {
  py::class_<EngineFactory, std::shared_ptr<EngineFactory>>(m, "EngineFactory", "Makes the physics engines of a scene's environments.")
      .def_property_readonly("name", &EngineFactory::name)
      .def(
          "check", [](const EngineFactory& f, const std::shared_ptr<Model>& model) { f.check(*model, model->constants<double>()); },
          py::arg("model"), "Raises ValueError for a model that the engine cannot simulate.")
      .def_property_readonly("lanes", &EngineFactory::lanes,
                             "Number of environments of a group: served by one network inference, stepped by one thread.");
  m.def(
      "lanes_engine", [](const std::string& isa) { return std::const_pointer_cast<EngineFactory>(dynamics::makeLanesFactory(isa)); },
      py::arg("instruction_set"), "The lanes engine for an instruction set; ValueError for one that cannot run here.");
  m.def("instruction_sets", &dynamics::instructionSets, "Instruction sets that this build and CPU run, the widest first.");
  m.def("multiplies_bfloat16", &dynamics::multipliesBfloat16, "Whether this build and CPU have the muscle network's product in bfloat16.");
  m.def(
      "substep_cost",
      [](const std::shared_ptr<Model>& model, const Input<double>& positions, const std::string& actuator) {
        checkSize("positions", positions.size(), model->numDofs());
        const auto cost = dynamics::substepCost(model, engineSettings(1.0 / 480, 9.81, 0.0, true, actuator), positions.data());
        const auto both = [](const dynamics::Cost& part) { return py::make_tuple(part.operations, part.bytes); };
        py::dict parts;
        parts["kinematics"] = both(cost.kinematics);
        parts["paths"] = both(cost.paths);
        parts["muscles"] = both(cost.muscles);
        parts["stable_pd"] = both(cost.stablePd);
        parts["dynamics"] = both(cost.dynamics);
        return parts;
      },
      py::arg("model"), py::arg("positions"), py::arg("actuator") = "muscle",
      "Cost of a substep of one environment of the lanes engine: part -> (operations, bytes of the state touched), from\n"
      "generalised positions, shape (dofs,), at rest. Counted while it runs.");
  bindFor<double>(m, "ReferenceSimulation", "One environment in double precision, part by part.")
      .def(py::init([](const std::shared_ptr<Model>& model, double timeStep, double gravity, bool ground, const std::string& actuator,
                       const std::shared_ptr<EngineFactory>& engine, bool rigidGround, double slope, bool gaitnetPd, bool hardLimits,
                       const std::vector<bool>& pdDofs) {
             EngineSettings settings = engineSettings(timeStep, gravity, slope, ground, actuator);
             settings.rigidGround = rigidGround;
             settings.gaitnetPd = gaitnetPd;
             settings.hardLimits = hardLimits;
             if (!pdDofs.empty()) checkSize("pd_dofs", pdDofs.size(), model->numDofs());
             settings.pdDofs = pdDofs;
             const auto factory = engine ? engine : dynamics::makeLanesFactory("baseline");
             factory->check(*model, model->constants<double>());
             return std::make_unique<Simulation<double>>(
                 model, 1, [&](dynamics::LaneState<double>& state) { return factory->makeDouble(model, settings, state); });
           }),
           py::arg("model"), py::kw_only(), py::arg("time_step") = 1.0 / 480, py::arg("gravity") = 9.81, py::arg("ground") = true,
           py::arg("actuator") = "pd", py::arg("engine") = py::none(), py::arg("rigid_ground") = false, py::arg("slope") = 0.0,
           py::arg("gaitnet_pd") = false, py::arg("hard_limits") = false, py::arg("pd_dofs") = std::vector<bool>{},
           "engine: None means the algorithms of the lanes. pd_dofs: whether stable PD drives each dof beside muscles; empty: those that "
           "no muscle spans.");
  bindFor<float>(m, "LanesSimulation", "A group of environments in float lanes, part by part.")
      .def(py::init([](const std::shared_ptr<Model>& model, const std::string& isa, double timeStep, double gravity, bool ground,
                       const std::string& actuator, double slope, bool gaitnetPd) {
             EngineSettings settings = engineSettings(timeStep, gravity, slope, ground, actuator);
             settings.gaitnetPd = gaitnetPd;
             return std::make_unique<Simulation<float>>(model, dynamics::kGroupLanes, [&](dynamics::LaneState<float>& state) {
               return dynamics::makeLanesFactory(isa)->make(model, settings, state);
             });
           }),
           py::arg("model"), py::arg("instruction_set"), py::kw_only(), py::arg("time_step") = 1.0 / 480, py::arg("gravity") = 9.81,
           py::arg("ground") = true, py::arg("actuator") = "pd", py::arg("slope") = 0.0, py::arg("gaitnet_pd") = false);
}

}  // namespace muscle::bindings
