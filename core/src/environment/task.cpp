#include "environment/task.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace muscle::environment {
namespace {

double squared(const Vec3<double>& v) { return dot(v, v); }

// The share of the desired torques of the dofs that muscles drive which the muscles do not make, squared.
double missedTorque(const model::Model& model, const TaskSettings& settings, const LaneView& view) {
  constexpr double kNegligible = 10;  // N m
  double missed = 0, desired = 0;
  for (int dof = model.numRootDofs(); dof < model.numDofs(); ++dof) {
    if (!model.muscleDrivenDofs()[dof] || (!settings.pdDofs.empty() && settings.pdDofs[dof])) continue;
    const double wanted = view.at(view.state().desiredTorque, dof), error = wanted - view.at(view.state().muscleTorque, dof);
    missed += error * error;
    desired += wanted * wanted;
  }
  return missed / (desired + kNegligible * kNegligible);
}

constexpr double kEarthGravity = 9.81;  // m/s^2, by which the norms' body weights are

double interpolated(const std::vector<double>& values, double phase) {
  const double at = (phase - std::floor(phase)) * static_cast<double>(values.size() - 1);
  const std::size_t index = std::min(static_cast<std::size_t>(at), values.size() - 2);
  return values[index] + (values[index + 1] - values[index]) * (at - static_cast<double>(index));
}

}  // namespace

double GaitBand::outside(double value, double phase) const {
  const double distance = std::abs(value - interpolated(mean, phase - begin));
  return std::max(distance - interpolated(deviation, phase - begin), 0.0);
}

void check(const TaskSettings& s) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  require(s.controlHz > 0, "simulation.control_hz: must be positive");
  require(s.simulationHz > 0 && s.simulationHz % s.controlHz == 0, "simulation.sim_hz: must be a multiple of control_hz");
  require(s.networkWeights >= 0 && s.networkWeights <= 64, "action.network_weights: must be in 0 to 64");
  require(s.inferenceEvery > 0, "simulation.inference_every: must be at least 1");
  require(std::isfinite(s.gravity), "simulation.gravity: must be finite");
  require(std::abs(s.slope) < 1.5, "simulation.slope: must be less than 85 degrees");
  require(s.maxTime > 0, "episode.max_time: must be positive");
  require(s.transition >= 0 && s.transition < 1e6, "episode.transition: must not be negative");
  require(s.cadence > 0 && std::isfinite(s.cadence), "reward.stride: must be positive where there is speed");
  require(s.reductionThreshold >= 0 && std::isfinite(s.reductionThreshold), "reduction_threshold: must not be negative");
  for (const double phase : s.resetPhases) require(phase >= 0 && phase < 1, "reset.phases: must be in [0, 1)");
  require(s.resetPhaseSpread >= 0 && s.resetPhaseSpread < 0.5, "reset.phase_spread: must be in [0, 0.5)");
  for (const auto* observed : {&s.observation.parameters, &s.observation.mirroredParameters})
    for (const ObservedParameter& p : *observed) {
      require(std::isfinite(p.value) && std::isfinite(p.scale) && std::isfinite(p.offset), "observation.parameters: must be finite");
      require(p.parameter < static_cast<int>(s.parameters.size()), "observation.parameters: must be of parameters that exist");
    }
  const ObservationType type = s.observation.type;
  const bool mirrors = type == ObservationType::kGaitNet || type == ObservationType::kGenerative || type == ObservationType::kImitation;
  require(!s.symmetric || mirrors, "symmetry: needs observation: gaitnet, generative or imitation");
  require(s.observation.references >= 1 && s.observation.references <= 100, "observation.references: must be from 1 to 100");
  require(s.gait.footholds.debounce > 0 && s.gait.footholds.debounce <= 1, "reward.step.debounce: must be above 0, at most 1");
  require(s.observation.mirroredParameters.size() == s.observation.parameters.size(), "observation.parameters: need their mirror images");
  const auto isBand = [](const GaitBand& band) { return band.mean.size() >= 2 && band.mean.size() == band.deviation.size(); };
  for (const MomentBand& moment : s.momentBands) require(isBand(moment.band), "reward.moment: needs means and standard deviations");
  for (const ForceBand& force : s.forceBands) require(isBand(force.band), "reward.ground_force: needs means and standard deviations");
  require(s.maxDelay() == 0 || !s.symmetric, "parameters: a delay cannot be mirrored; drop symmetry or the delay");
  const DisturbanceSettings& d = s.disturbance;
  if (!d.on()) return;
  require(d.minForce >= 0 && d.minForce <= d.maxForce && std::isfinite(d.maxForce), "disturbance.force: must be [min, max], N");
  require(d.minInterval >= 0 && d.minInterval <= d.maxInterval && d.maxInterval < 1e6, "disturbance.interval: must be [min, max], s");
  require(d.duration > 0 && d.duration < 1e6, "disturbance.duration: must be positive");
}

// Errors, each a mean over its joints, dofs or bodies: `pose` squared rotation angles between character and reference (root
// included, rad^2); `velocity` squared differences of joint rates (rad^2/s^2); `end_effector` squared distances relative to
// the root (m^2); `center_of_mass` squared difference of its height plus of its velocity over a quarter of a second (m^2);
// `metabolic` squared activations; `moment` squared distances of the joints' moments from their bands (N^2 m^2/kg^2), in
// the last substep; `ground_force` those of the components of the feet's forces (squared body weights), likewise; `torque`
// the squared share of the desired torques that the muscles do not make, likewise. deepmimic: the weighted sum of
// exp(-scale error) (Peng et al. 2018, doi 10.1145/3197517.3201311); scadiver: the product of 0.1 + 0.9 exp(-scale error)
// over the terms of positive weight (Won et al. 2020, doi 10.1145/3386569.3392381).
Reward computeReward(const model::Model& model, const TaskSettings& settings, const Reference& reference, const ReferencePose& pose,
                     const LaneView& view, double phase, double meanSquaredActivation) {
  std::array<double, kRewardTerms> error{};
  int joints = 0;
  for (const model::Body<double>& body : model.constants<double>().bodies) {
    const int p = body.positionIndex;
    if (body.dofs == 1) {
      const double d = view.position(p) - pose.position[p];
      error[kPose] += d * d;
      ++joints;
    } else if (body.dofs >= 3) {
      const Quat<double> target{pose.position[p], pose.position[p + 1], pose.position[p + 2], pose.position[p + 3]};
      error[kPose] += squared(logarithmMap(conjugate(target) * view.quaternion(p)));
      ++joints;
    }
  }
  error[kPose] /= std::max(joints, 1);
  for (int dof = model.numRootDofs(); dof < model.numDofs(); ++dof) {
    const double d = view.velocity(dof) - pose.velocity[dof];
    error[kVelocity] += d * d;
  }
  error[kVelocity] /= std::max(model.numJointDofs(), 1);
  const std::vector<int>& ends = reference.endEffectors();
  for (std::size_t e = 0; e < ends.size(); ++e) {
    const double* target = pose.endEffectors.data() + 3 * e;
    error[kEndEffector] += squared(view.origin(ends[e]) - Vec3<double>{target[0], target[1], target[2]});
  }
  error[kEndEffector] /= static_cast<double>(ends.size());
  constexpr double kHorizon = 0.25;  // s
  const double referenceHeight = (model.numRootDofs() == 6 ? pose.position[5] : view.rootPosition().y) + pose.centerOfMass.y;
  const double height = view.rootPosition().y + view.centerOfMass().y - referenceHeight;
  error[kCenterOfMass] = height * height + squared((view.centerOfMassVelocity() - pose.centerOfMassVelocity) * kHorizon);
  error[kMetabolic] = meanSquaredActivation;
  for (const auto& [dof, sign, band] : settings.momentBands) {
    const double outside = band.outside(sign * view.at(view.state().jointMoment, dof) / view.constants().totalMass, phase);
    error[kMoment] += outside * outside / static_cast<double>(settings.momentBands.size());
  }
  for (const auto& [bodies, direction, band] : settings.forceBands) {
    const double weight = view.constants().totalMass * kEarthGravity;
    const double outside = band.outside(dot(view.groundForce(bodies), direction) / weight, phase);
    error[kGroundForce] += outside * outside / static_cast<double>(settings.forceBands.size());
  }
  if (settings.hasTerm(kTorque) && usesMuscles(settings.actuator)) error[kTorque] = missedTorque(model, settings, view);

  Reward reward;
  double sum = 0, product = 1;
  for (int term = 0, k = 0; term < kRewardTerms; ++term) {
    if (!settings.hasTerm(term)) continue;
    const double r = std::exp(-settings.reward[term].scale * error[term]);
    reward.terms[k++] = static_cast<float>(r);
    sum += settings.reward[term].weight * r;
    if (settings.reward[term].weight > 0) product *= 0.1 + 0.9 * r;
  }
  reward.total = static_cast<float>(settings.rewardType == RewardType::kDeepMimic ? sum : product);
  return reward;
}

bool hasFallen(const model::Model& model, const TaskSettings& settings, const LaneView& view, const Episode& episode, double scale) {
  if (model.numRootDofs() != 6) return false;
  if (settings.minRootHeight > 0 && view.rootPosition().y < settings.minRootHeight * scale) return true;
  const double least = std::max(settings.minComHeight * scale, settings.minComShare * episode.beginHeight);
  if (least > 0 && view.rootPosition().y + view.centerOfMass().y < least) return true;
  return settings.maxTilt > 0 && view.rotation(0).m[4] < std::cos(settings.maxTilt);
}

bool hasDiverged(const model::Model& model, const TaskSettings& settings, const LaneView& view) {
  // Written so that a NaN counts as diverged.
  for (int dof = 0; dof < model.numDofs(); ++dof)
    if (!(std::abs(view.velocity(dof)) < settings.maxSpeed)) return true;
  for (int i = 0; i < model.numPositions(); ++i)
    if (!std::isfinite(view.position(i))) return true;
  return false;
}

}  // namespace muscle::environment
