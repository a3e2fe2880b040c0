#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include "bindings/arrays.hpp"
#include "environment/group.hpp"

namespace muscle::bindings {

using environment::Clip;
using environment::Distribution;
using environment::DisturbanceSettings;
using environment::Effect;
using environment::EnergyType;
using environment::FootholdRule;
using environment::ForceBand;
using environment::GaitBand;
using environment::GaitNet;
using environment::GaitNetSettings;
using environment::MomentBand;
using environment::ObservationSettings;
using environment::ObservationType;
using environment::ObservedParameter;
using environment::Parameter;
using environment::PhaseClipping;
using environment::RewardTerm;
using environment::RewardType;
using environment::Scene;
using environment::Symmetry;
using environment::TaskSettings;
using environment::TimeWarp;

namespace {

constexpr std::array<const char*, 4> kEnergyNames = {"A", "A2", "MA", "MA2"};

// The enumerator of a name, by its index in `names`.
template <class Enum, std::size_t count>
Enum named(const std::array<const char*, count>& names, const std::string& name, const char* field) {
  for (std::size_t k = 0; k < count; ++k)
    if (name == names[k]) return static_cast<Enum>(k);
  throw py::value_error(std::string(field) + ": '" + name + "' is unknown");
}

// Throws std::invalid_argument where the engine cannot simulate the lightest or the heaviest body that the parameters make.
void checkExtremes(const TaskSettings& settings, const std::shared_ptr<model::Model>& model, const dynamics::EngineFactory& engine) {
  if (!settings.ownBodies()) return;
  model::BodyBuilder builder(model);
  model::Variation variation(*model);
  model::Constants<double> constants = model->constants<double>();
  for (const bool high : {false, true}) {
    std::vector<double> values;
    for (const Parameter& p : settings.parameters) values.push_back(high ? p.high : p.low);
    variation.clear();
    environment::applyToBody(settings.parameters, values.data(), variation);
    builder.build(variation, constants);
    engine.check(*model, constants);
  }
}

// Throws std::invalid_argument for a task that needs a single motion.
void checkClips(const std::vector<Clip>& clips, const TaskSettings& settings) {
  if (clips.empty()) throw py::value_error("motions: none is given");
  std::vector<double> weights;
  for (const Clip& clip : clips) weights.push_back(clip.weight);
  environment::checkWeights(weights);
  const ObservationType type = settings.observation.type;
  if (clips.size() == 1) return;
  if (type != ObservationType::kDefault && type != ObservationType::kMass)
    throw py::value_error("motions: several need observation: default or mass, which tell the policy the clip");
  if (settings.rewardType == RewardType::kGaitNet) throw py::value_error("motions: several need reward.type: deepmimic or scadiver");
}

std::shared_ptr<Scene> makeScene(std::shared_ptr<model::Model> model, std::vector<Clip> clips, const TaskSettings& settings,
                                 std::shared_ptr<dynamics::EngineFactory> engine) {
  checkClips(clips, settings);
  environment::check(settings);
  environment::check(settings.parameters, *model);
  checkExtremes(settings, model, *engine);
  if (settings.disturbance.body >= model->numBodies()) throw py::value_error("disturbance.body: is no body of the character");
  std::shared_ptr<const GaitNet> gait;
  if (settings.rewardType == RewardType::kGaitNet)
    gait = std::make_shared<GaitNet>(model, clips.front().reference, settings.gait, settings.controlHz, pdDofs(*model, settings));
  if (!settings.pdDofs.empty()) checkSize("pd_dofs", static_cast<py::ssize_t>(settings.pdDofs.size()), model->numDofs());
  std::vector<int> entries = environment::entriesAbove(model, settings.reductionThreshold);
  if (settings.reductionThreshold > 0 && entries.empty() && model->numEntries() > 0)
    throw py::value_error("reduction_threshold: no muscle's torque in the zero pose is above it");
  std::shared_ptr<const Symmetry> symmetry;
  if (settings.symmetric) symmetry = std::make_shared<Symmetry>(*model, entries);
  const auto follow = [](const Parameter& p) { return p.legsFollow && (p.effect == Effect::kStride || p.effect == Effect::kSpeed); };
  if (std::any_of(settings.parameters.begin(), settings.parameters.end(), follow))
    for (Clip& clip : clips) clip.strides = std::make_shared<environment::Strides>(model, clip.reference->motion(), settings.parameters);
  if (clips.size() > 1) environment::alignPhases(*model, clips);
  return std::make_shared<Scene>(
      Scene{std::move(model), std::move(clips), settings, std::move(engine), std::move(gait), std::move(entries), std::move(symmetry)});
}

std::vector<std::string> rewardNames(const Scene& scene) {
  const std::vector<const char*> names = scene.settings.rewardNames();
  return {names.begin(), names.end()};
}

}  // namespace

void bindScene(py::module_& m) {
  py::class_<RewardTerm>(m, "RewardTerm")
      .def(py::init<double, double>(), py::arg("weight"), py::arg("scale"))
      .def_readwrite("weight", &RewardTerm::weight)
      .def_readwrite("scale", &RewardTerm::scale);

  py::class_<GaitBand>(m, "GaitBand", "The published range of a quantity of one leg over the gait cycle, mean -/+ deviation.")
      .def(py::init([](double begin, std::vector<double> mean, std::vector<double> deviation) {
             return GaitBand{begin, std::move(mean), std::move(deviation)};
           }),
           py::arg("begin"), py::arg("mean"), py::arg("deviation"))
      .def("outside", &GaitBand::outside, py::arg("value"), py::arg("phase"),
           "Distance of a value from the range at a phase of the reference, in the range's unit.");
  py::class_<MomentBand>(m, "MomentBand", "The range of a joint's moment, N m/kg.")
      .def(py::init([](int dof, double sign, GaitBand band) { return MomentBand{dof, sign, std::move(band)}; }), py::arg("dof"),
           py::arg("sign"), py::arg("band"));
  py::class_<ForceBand>(m, "ForceBand", "The range of the force of the ground on a foot along a direction, body weights.")
      .def(py::init([](std::vector<int> bodies, std::array<double, 3> direction, GaitBand band) {
             return ForceBand{std::move(bodies), {direction[0], direction[1], direction[2]}, std::move(band)};
           }),
           py::arg("bodies"), py::arg("direction"), py::arg("band"));

  py::class_<DisturbanceSettings>(m, "DisturbanceSettings", "Random pushes on a body, by index; N and s.")
      .def(py::init([](int body, std::pair<double, double> force, std::pair<double, double> interval, double duration) {
             return DisturbanceSettings{body, force.first, force.second, interval.first, interval.second, duration};
           }),
           py::arg("body"), py::arg("force"), py::arg("interval"), py::arg("duration"));

  py::class_<GaitNetSettings>(m, "GaitNetSettings",
                              "Settings of the gaitnet reward; units as in core/configuration, the window in control steps.")
      .def(py::init<>())
      .def_readwrite("multiplicative", &GaitNetSettings::multiplicative)
      .def_readwrite("head", &GaitNetSettings::head)
      .def_readwrite("head_acceleration_weight", &GaitNetSettings::headAccelerationWeight)
      .def_readwrite("head_rotation_weight", &GaitNetSettings::headRotationWeight)
      .def_readwrite("speed", &GaitNetSettings::speed)
      .def_readwrite("stride", &GaitNetSettings::stride)
      .def_readwrite("window", &GaitNetSettings::window)
      .def_readwrite("speed_weight", &GaitNetSettings::speedWeight)
      .def_readwrite("speed_clip", &GaitNetSettings::speedClip)
      .def_readwrite("consider_x", &GaitNetSettings::considerX)
      .def_readwrite("feet", &GaitNetSettings::feet)
      .def_readwrite("heel_strikes", &GaitNetSettings::heelStrikes)
      .def_property(
          "footholds", [](const GaitNetSettings& s) { return environment::kFootholdRuleNames[static_cast<int>(s.footholds.rule)]; },
          [](GaitNetSettings& s, const std::string& name) {
            s.footholds.rule = named<FootholdRule>(environment::kFootholdRuleNames, name, "reward.step.footholds");
          })
      .def_property(
          "contact_debounce", [](const GaitNetSettings& s) { return s.footholds.debounce; },
          [](GaitNetSettings& s, double value) { s.footholds.debounce = value; })
      .def_property(
          "least_step", [](const GaitNetSettings& s) { return s.footholds.leastStep; },
          [](GaitNetSettings& s, double value) { s.footholds.leastStep = value; })
      .def_property(
          "strikes_at_heel", [](const GaitNetSettings& s) { return s.footholds.strikesAtHeel; },
          [](GaitNetSettings& s, bool value) { s.footholds.strikesAtHeel = value; })
      .def_readwrite("gaitnet_terms", &GaitNetSettings::gaitnetTerms)
      .def_readwrite("step_weight", &GaitNetSettings::stepWeight)
      .def_readwrite("step_clip", &GaitNetSettings::stepClip)
      .def_property(
          "energy_type", [](const GaitNetSettings& s) { return kEnergyNames[static_cast<int>(s.energyType)]; },
          [](GaitNetSettings& s, const std::string& name) { s.energyType = named<EnergyType>(kEnergyNames, name, "reward.energy.type"); })
      .def_readwrite("energy_weight", &GaitNetSettings::energyWeight)
      .def_readwrite("energy_scale", &GaitNetSettings::energyScale)
      .def_readwrite("specific_tension", &GaitNetSettings::specificTension)
      .def_readwrite("torque_coefficient", &GaitNetSettings::torqueCoefficient)
      .def_readwrite("torque_separate", &GaitNetSettings::torqueSeparate);

  py::class_<ObservedParameter>(m, "ObservedParameter", "An entry of the observation; see core/src/environment/observation.hpp.")
      .def(py::init(
               [](double value, int parameter, double scale, double offset) { return ObservedParameter{value, parameter, scale, offset}; }),
           py::arg("value"), py::arg("parameter") = -1, py::arg("scale") = 1.0, py::arg("offset") = 0.0);

  py::class_<ObservationSettings>(m, "ObservationSettings", "Settings of the observation; see core/src/environment/observation.hpp.")
      .def(py::init([](const std::string& type, bool motionPhase, bool jointState, std::vector<ObservedParameter> parameters,
                       std::vector<ObservedParameter> mirroredParameters) {
             return ObservationSettings{named<ObservationType>(environment::kObservationTypeNames, type, "observation.type"), motionPhase,
                                        jointState, std::move(parameters), std::move(mirroredParameters)};
           }),
           py::arg("type"), py::arg("motion_phase"), py::arg("joint_state"), py::arg("parameters"), py::arg("mirrored_parameters"))
      .def_readwrite("leading_parameters", &ObservationSettings::leadingParameters)
      .def_readwrite("references", &ObservationSettings::references)
      .def_readwrite("reference_velocity", &ObservationSettings::referenceVelocity);

  py::class_<Parameter>(m, "Parameter", "A parameter that each episode draws; see core/src/environment/parameters.hpp.")
      .def(py::init([](std::string name, const std::string& effect, std::vector<int> targets, double low, double high, double initial) {
             Parameter p;
             p.name = std::move(name);
             p.effect = named<Effect>(environment::kEffectNames, effect, "acts_on");
             p.targets = std::move(targets);
             p.low = p.beginLow = low;
             p.high = p.beginHigh = high;
             p.initial = initial;
             return p;
           }),
           py::arg("name"), py::arg("effect"), py::arg("targets"), py::arg("low"), py::arg("high"), py::arg("initial"))
      .def(
          "draw",
          [](Parameter& p, const std::string& name) {
            p.distribution = named<Distribution>(environment::kDistributionNames, name, "distribution");
          },
          py::arg("distribution"))
      .def_readwrite("signs", &Parameter::signs)
      .def(
          "at", [](Parameter& p, double x, double y, double z) { p.point = {x, y, z}; }, py::arg("x"), py::arg("y"), py::arg("z"))
      .def_readwrite("deviation", &Parameter::deviation)
      .def_readwrite("choices", &Parameter::choices)
      .def_readwrite("begin_low", &Parameter::beginLow)
      .def_readwrite("begin_high", &Parameter::beginHigh)
      .def_readwrite("curriculum_steps", &Parameter::curriculumSteps)
      .def_readwrite("observed", &Parameter::observed)
      .def_readwrite("scales_mass", &Parameter::scalesMass)
      .def_readwrite("scales_strength", &Parameter::scalesStrength)
      .def_readwrite("legs_follow", &Parameter::legsFollow)
      .def_readwrite("pendulum", &Parameter::pendulum)
      .def_readwrite("unit", &Parameter::unit)
      .def_readwrite("counterpart", &Parameter::counterpart);

  py::class_<TaskSettings>(m, "TaskSettings", "Settings of the task; units as in core/configuration.")
      .def(py::init<>())
      .def_readwrite("sim_hz", &TaskSettings::simulationHz)
      .def_readwrite("control_hz", &TaskSettings::controlHz)
      .def_readwrite("inference_every", &TaskSettings::inferenceEvery)
      .def_readwrite("gravity", &TaskSettings::gravity)
      .def_readwrite("slope", &TaskSettings::slope)
      .def_readwrite("rigid_ground", &TaskSettings::rigidGround)
      .def_readwrite("gaitnet_pd", &TaskSettings::gaitnetPd)
      .def_readwrite("hard_limits", &TaskSettings::hardLimits)
      .def_property(
          "actuator", [](const TaskSettings& s) { return static_cast<int>(s.actuator); },
          [](TaskSettings& s, const std::string& name) { s.actuator = actuatorNamed(name); })
      .def_readwrite("pd_dofs", &TaskSettings::pdDofs)
      .def_readwrite("network_active_only", &TaskSettings::networkActiveOnly)
      .def_readwrite("network_sees_pd_dofs", &TaskSettings::networkSeesPdDofs)
      .def_readwrite("reduction_threshold", &TaskSettings::reductionThreshold)
      .def_readwrite("observation", &TaskSettings::observation)
      .def_readwrite("symmetric", &TaskSettings::symmetric)
      .def_readwrite("mirrors_by_motion", &TaskSettings::mirrorsByMotion)
      .def_readwrite("action_scale", &TaskSettings::actionScale)
      .def_readwrite("added_action", &TaskSettings::addedAction)
      .def_property(
          "time_warp", [](const TaskSettings& s) { return environment::kTimeWarpNames[static_cast<int>(s.timeWarp)]; },
          [](TaskSettings& s, const std::string& name) {
            s.timeWarp = named<TimeWarp>(environment::kTimeWarpNames, name, "action.time_warp");
          })
      .def_property(
          "phase_clipping", [](const TaskSettings& s) { return environment::kPhaseClippingNames[static_cast<int>(s.phaseClipping)]; },
          [](TaskSettings& s, const std::string& name) {
            s.phaseClipping = named<PhaseClipping>(environment::kPhaseClippingNames, name, "action.phase_clipping");
          })
      .def_readwrite("moving_target", &TaskSettings::movingTarget)
      .def_readwrite("interpolates_actions", &TaskSettings::interpolatesActions)
      .def_readwrite("phase_action", &TaskSettings::phaseAction)
      .def_readwrite("phase_scale", &TaskSettings::phaseScale)
      .def_readwrite("torque_scale", &TaskSettings::torqueScale)
      .def_readwrite("network_weights", &TaskSettings::networkWeights)
      .def_property(
          "reward_type", [](const TaskSettings& s) { return environment::kRewardTypeNames[static_cast<int>(s.rewardType)]; },
          [](TaskSettings& s, const std::string& name) {
            s.rewardType = named<RewardType>(environment::kRewardTypeNames, name, "reward.type");
          })
      .def_readwrite("gait", &TaskSettings::gait)
      .def_readwrite("cadence", &TaskSettings::cadence)
      .def_readwrite("reward", &TaskSettings::reward)
      .def_readwrite("moment_bands", &TaskSettings::momentBands)
      .def_readwrite("force_bands", &TaskSettings::forceBands)
      .def_readwrite("min_root_height", &TaskSettings::minRootHeight)
      .def_readwrite("min_com_height", &TaskSettings::minComHeight)
      .def_readwrite("min_com_share", &TaskSettings::minComShare)
      .def_readwrite("max_tilt", &TaskSettings::maxTilt)
      .def_readwrite("max_time", &TaskSettings::maxTime)
      .def_readwrite("transition", &TaskSettings::transition)
      .def_readwrite("random_phase", &TaskSettings::randomPhase)
      .def_readwrite("initial_phase", &TaskSettings::initialPhase)
      .def_readwrite("reset_phases", &TaskSettings::resetPhases)
      .def_readwrite("reset_phase_spread", &TaskSettings::resetPhaseSpread)
      .def_readwrite("reset_noise", &TaskSettings::resetNoise)
      .def_readwrite("reset_forward_velocity", &TaskSettings::resetForwardVelocity)
      .def_readwrite("reset_fitted", &TaskSettings::resetFitted)
      .def_readwrite("reset_motion_at_zero", &TaskSettings::resetMotionAtZero)
      .def_readwrite("reward_clip_steps", &TaskSettings::rewardClipSteps)
      .def_readwrite("reward_clip", &TaskSettings::rewardClip)
      .def_readwrite("max_speed", &TaskSettings::maxSpeed)
      .def_readwrite("disturbance", &TaskSettings::disturbance)
      .def_readwrite("parameters", &TaskSettings::parameters);

  py::class_<Clip>(m, "Clip", "A reference motion of a scene, by name, and the share of the episodes that follow it.")
      .def(py::init([](std::string name, std::shared_ptr<environment::Reference> reference, double weight) {
             return Clip{std::move(name), std::move(reference), weight, nullptr, {}};
           }),
           py::arg("name"), py::arg("reference"), py::arg("weight"));

  py::class_<Scene, std::shared_ptr<Scene>>(m, "Scene", "Model, reference motions and task that all environments of a batch share.")
      .def(py::init(&makeScene), py::arg("model"), py::arg("clips"), py::arg("settings"), py::arg("engine").none(false),
           "ValueError names an invalid setting.")
      .def_property_readonly("action_size", &Scene::actionSize)
      .def_property_readonly("observation_size", &Scene::observationSize)
      .def_property_readonly("reward_names", &rewardNames)
      .def_property_readonly("network_inputs", &Scene::networkInputs)
      .def_property_readonly(
          "network_entries",
          [](const Scene& scene) {
            std::vector<int> entries = scene.networkEntries;
            for (int e = 0; e < scene.model->numEntries() && scene.networkEntries.empty(); ++e) entries.push_back(e);
            return entries;
          },
          "Entries of the reduced Jacobian that are inputs of the muscle network, in their order.")
      .def_property_readonly(
          "pd_dofs", [](const Scene& scene) { return pdDofs(*scene.model, scene.settings); },
          "Dofs, the root's included, that stable PD drives.");

  m.attr("REWARD_NAMES") = py::cast(std::vector<std::string>(environment::kRewardNames.begin(), environment::kRewardNames.end()));
  m.attr("GROUP_LANES") = dynamics::kGroupLanes;
}

}  // namespace muscle::bindings
