#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include "environment/group.hpp"

namespace muscle::bindings {

using environment::DisturbanceSettings;
using environment::RewardTerm;
using environment::RewardType;
using environment::Scene;
using environment::TaskSettings;

void bindScene(py::module_& m) {
  py::class_<RewardTerm>(m, "RewardTerm")
      .def(py::init<double, double>(), py::arg("weight"), py::arg("scale"))
      .def_readwrite("weight", &RewardTerm::weight)
      .def_readwrite("scale", &RewardTerm::scale);

  py::class_<DisturbanceSettings>(m, "DisturbanceSettings", "Random pushes on a body, by index; N and s.")
      .def(py::init([](int body, std::pair<double, double> force, std::pair<double, double> interval, double duration) {
             return DisturbanceSettings{body, force.first, force.second, interval.first, interval.second, duration};
           }),
           py::arg("body"), py::arg("force"), py::arg("interval"), py::arg("duration"));

  py::class_<TaskSettings>(m, "TaskSettings", "Settings of the imitation task; units as in configuration.py.")
      .def(py::init<>())
      .def_readwrite("sim_hz", &TaskSettings::simulationHz)
      .def_readwrite("control_hz", &TaskSettings::controlHz)
      .def_readwrite("inference_every", &TaskSettings::inferenceEvery)
      .def_readwrite("gravity", &TaskSettings::gravity)
      .def_readwrite("rigid_ground", &TaskSettings::rigidGround)
      .def_property(
          "actuator", [](const TaskSettings& s) { return static_cast<int>(s.actuator); },
          [](TaskSettings& s, const std::string& name) { s.actuator = actuatorNamed(name); })
      .def_readwrite("action_scale", &TaskSettings::actionScale)
      .def_readwrite("moving_target", &TaskSettings::movingTarget)
      .def_readwrite("phase_action", &TaskSettings::phaseAction)
      .def_readwrite("phase_scale", &TaskSettings::phaseScale)
      .def_readwrite("torque_scale", &TaskSettings::torqueScale)
      .def_property(
          "reward_type", [](const TaskSettings& s) { return s.rewardType == RewardType::kDeepMimic ? "deepmimic" : "scadiver"; },
          [](TaskSettings& s, const std::string& name) {
            if (name != "deepmimic" && name != "scadiver")
              throw py::value_error("reward.type: '" + name + "' is not deepmimic or scadiver");
            s.rewardType = name == "deepmimic" ? RewardType::kDeepMimic : RewardType::kScaDiver;
          })
      .def_readwrite("reward", &TaskSettings::reward)
      .def_readwrite("min_root_height", &TaskSettings::minRootHeight)
      .def_readwrite("max_tilt", &TaskSettings::maxTilt)
      .def_readwrite("max_time", &TaskSettings::maxTime)
      .def_readwrite("random_phase", &TaskSettings::randomPhase)
      .def_readwrite("initial_phase", &TaskSettings::initialPhase)
      .def_readwrite("reset_noise", &TaskSettings::resetNoise)
      .def_readwrite("max_speed", &TaskSettings::maxSpeed)
      .def_readwrite("disturbance", &TaskSettings::disturbance);

  py::class_<Scene, std::shared_ptr<Scene>>(m, "Scene", "Model, reference motion and task that all environments of a batch share.")
      .def(py::init([](std::shared_ptr<model::Model> model, std::shared_ptr<environment::Reference> reference, const TaskSettings& settings,
                       std::shared_ptr<dynamics::EngineFactory> engine) {
             environment::check(settings);
             if (settings.disturbance.body >= model->numBodies()) throw py::value_error("disturbance.body: is no body of the character");
             return std::make_shared<Scene>(Scene{std::move(model), std::move(reference), settings, std::move(engine)});
           }),
           py::arg("model"), py::arg("reference"), py::arg("settings"), py::arg("engine").none(false),
           "ValueError names a setting that does not hold.")
      .def_property_readonly("action_size", &Scene::actionSize)
      .def_property_readonly("observation_size", [](const Scene& s) { return environment::observationSize(*s.model); })
      .def_property_readonly("network_inputs", &Scene::networkInputs);

  m.attr("REWARD_NAMES") = py::cast(std::vector<std::string>(environment::kRewardNames.begin(), environment::kRewardNames.end()));
  m.attr("GROUP_LANES") = dynamics::kGroupLanes;
}

}  // namespace muscle::bindings
