#include "environment/gaitnet.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "dynamics/engine.hpp"

namespace muscle::environment {
namespace {

constexpr double kStandardGravity = 9.81;  // m/s^2

// Lengths of the muscles' paths in the zero pose, m.
std::vector<double> zeroPoseLengths(const std::shared_ptr<const model::Model>& model) {
  dynamics::LaneState<double> state(*model, 1);
  const auto engine = dynamics::makeReferenceEngine(model, {}, state);
  engine->kinematics();
  engine->paths();
  return {state.muscleLength, state.muscleLength + model->numMuscles()};
}

double wrapped(double phase) { return phase - std::floor(phase); }

// exp(-weight * error); 1 up to the clip.
double clipped(double weight, double error, double clip) { return error <= clip ? 1 : std::exp(-weight * error); }

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

void check(const GaitNetSettings& s, const model::Model& model, const Reference& reference) {
  require(model.numRootDofs() == 6, "reward.type: gaitnet needs a character whose root is free");
  require(reference.cyclic(), "reward.type: gaitnet needs a cyclic motion");
  const auto isBody = [&](int body) { return body >= 0 && body < model.numBodies(); };
  require(isBody(s.head), "reward.head.body: is no body of the character");
  require(isBody(s.feet[0]) && isBody(s.feet[1]) && s.feet[0] != s.feet[1], "reward.step.feet: must be two bodies of the character");
  require(s.window >= 1, "reward.average_speed.window: must span a control step");
  require(s.heelStrikes[0] != s.heelStrikes[1] &&
              std::all_of(s.heelStrikes.begin(), s.heelStrikes.end(), [](double phase) { return phase >= 0 && phase < 1; }),
          "reward.step.heel_strikes: must be two different phases in [0, 1)");
  require(s.specificTension > 0, "reward.energy.specific_tension: must be positive");
}

}  // namespace

GaitNet::GaitNet(std::shared_ptr<const model::Model> model, std::shared_ptr<const Reference> reference, const GaitNetSettings& settings,
                 int controlHz, const std::vector<bool>& pdDofs)
    : model_(std::move(model)),
      settings_(settings),
      footholds_(*model_, settings.footholds, settings.feet, settings.heelStrikes),
      timeStep_(1.0 / controlHz),
      cycleTranslation_(reference->cycleTranslation().z) {
  check(settings_, *model_, *reference);
  for (int foot = 0; foot < 2; ++foot) {
    const double begin = settings_.heelStrikes[foot], end = settings_.heelStrikes[1 - foot];
    midStance_[foot] = wrapped(begin + wrapped(end - begin) / 2);
    foothold_[foot] = reference->centerOfMass(settings_.feet[foot], midStance_[foot]).z;
  }
  const std::vector<double> lengths = zeroPoseLengths(model_);
  for (int m = 0; m < model_->numMuscles(); ++m) {
    const model::Muscle<double>& muscle = model_->constants<double>().muscles[m];
    // Volume = force / tension * length (Umberger et al. 2003, doi 10.1080/1025584031000091678).
    const double mass = settings_.gaitnetTerms ? muscle.maxForce * (lengths[m] - muscle.tendonSlackLength) / 100
                                               : kMuscleDensity * muscle.maxForce / settings_.specificTension * muscle.optimalLength;
    const bool weighted = settings_.energyType == EnergyType::kMA || settings_.energyType == EnergyType::kMA2;
    energyWeights_.push_back(weighted ? mass : 1);
  }
  if (settings_.torqueCoefficient > 0)
    for (int dof = model_->numRootDofs(); dof < model_->numDofs(); ++dof)
      if (pdDofs[dof]) torqueDofs_.push_back(dof);
}

GaitGoal GaitNet::goal(const Conditions& conditions, double mass) const {
  const double scale = conditions.stride * conditions.scale;
  return {settings_.speed * conditions.cadence * scale, settings_.stride * scale, scale, kStandardGravity * mass};
}

Vec3<double> GaitNet::headVelocity(const LaneView& view) const {
  const model::Body<double>& head = view.constants().bodies[settings_.head];
  const Vec3<double> com = view.rotation(settings_.head) * head.centerOfMass();
  return view.linearVelocity(settings_.head) + cross(view.angularVelocity(settings_.head), com);
}

void GaitNet::begin(const LaneView& view, const GaitGoal& goal, double phase, std::int64_t cycle, double rootOffset, GaitMemory& memory,
                    double* comHistory) const {
  memory = {};
  memory.headVelocity = memory.headVelocityNow = headVelocity(view);
  if (footholds_.follows()) footholds_.begin(view, phase, goal.stride, memory.footholds);
  memory.averageVelocity = {0, 0, goal.speed};
  memory.stance = footholds_.stanceAt(phase);
  const double begin = settings_.heelStrikes[memory.stance], end = settings_.heelStrikes[1 - memory.stance];
  const double middle = phase - wrapped(phase - begin) + wrapped(end - begin) / 2;  // of this stance; may lie in a neighbouring cycle
  memory.target =
      (foothold_[memory.stance] + (static_cast<double>(cycle) + std::floor(middle)) * cycleTranslation_) * goal.scale + rootOffset;

  const Vec3<double> here = view.rootPosition() + view.centerOfMass();
  const int window = settings_.window;
  for (int ago = 0; ago < window; ++ago) {
    double* place = comHistory + 3 * ((window - ago) % window);
    place[0] = here.x;
    place[1] = here.y;
    place[2] = here.z - goal.speed * ago * timeStep_;
  }
}

void GaitNet::substep(const LaneView& view, const GaitGoal& goal, double phase, int done, int count, GaitMemory& memory) const {
  if (settings_.gaitnetTerms && done == 0) memory.headVelocity = headVelocity(view);
  if (settings_.gaitnetTerms && done == count - 1) memory.headVelocityNow = headVelocity(view);
  if (done > 0 && footholds_.follows()) footholds_.advance(view, phase, goal.weight, goal.stride, memory.footholds);
}

Reward GaitNet::step(const LaneView& view, const GaitGoal& goal, double phase, const Effort& effort, GaitMemory& memory,
                     double* comHistory) const {
  const Vec3<double> velocity = settings_.gaitnetTerms ? memory.headVelocityNow : headVelocity(view);
  const Vec3<double> change = velocity - memory.headVelocity;
  memory.headVelocity = velocity;

  ++memory.steps;
  const Vec3<double> here = view.rootPosition() + view.centerOfMass();
  double* place = comHistory + 3 * (memory.steps % settings_.window);
  const double duration = settings_.window * timeStep_;
  memory.averageVelocity = {(here.x - place[0]) / duration, (here.y - place[1]) / duration, (here.z - place[2]) / duration};
  if (settings_.gaitnetTerms && memory.steps <= settings_.window) memory.averageVelocity = {0, 0, goal.speed};
  place[0] = here.x;
  place[1] = here.y;
  place[2] = here.z;

  if (footholds_.follows()) {
    memory.target = memory.footholds.target;
    memory.stance = static_cast<int>(memory.footholds.stance);
  } else if (const int stance = footholds_.stanceAt(phase); stance != memory.stance) {
    memory.stance = stance;
    memory.target += goal.stride / 2;
  }

  const double torque = settings_.torqueCoefficient * effort.torque;
  const double energy = effort.activation + (settings_.torqueSeparate ? 0 : torque);
  const std::array<double, kGaitNetRewardNames.size()> r = {std::exp(-settings_.headAccelerationWeight * dot(change, change) / 3),
                                                            headTerm(view),
                                                            speedTerm(goal, memory),
                                                            stepTerm(view, memory),
                                                            std::exp(-settings_.energyWeight * energy),
                                                            settings_.torqueSeparate ? std::exp(-settings_.energyWeight * torque) : 1};
  const bool added = settings_.gaitnetTerms && !settings_.multiplicative && settings_.hasTorqueTerm();
  const double gait = r[0] * r[1] * r[2] * r[3], economy = added ? r[4] + r[5] : r[4] * r[5];
  Reward reward;
  reward.total = static_cast<float>(settings_.multiplicative ? gait * economy : gait + settings_.energyScale * economy);
  std::transform(r.begin(), r.end(), reward.terms.begin(), [](double term) { return static_cast<float>(term); });
  return reward;
}

// The reward for the angle between the head's axes and the world's: 1 where the head is upright and faces forwards.
double GaitNet::headTerm(const LaneView& view) const {
  const Mat3<double> r = view.rotation(settings_.head);
  const Vec3<double> sine{r.m[7] - r.m[5], r.m[2] - r.m[6], r.m[3] - r.m[1]};
  const double angle = std::atan2(std::sqrt(dot(sine, sine)), r.m[0] + r.m[4] + r.m[8] - 1);
  return std::exp(-settings_.headRotationWeight * angle * angle);
}

double GaitNet::speedTerm(const GaitGoal& goal, const GaitMemory& memory) const {
  const double x = settings_.considerX ? memory.averageVelocity.x : 0, z = memory.averageVelocity.z - goal.speed;
  const double y = settings_.gaitnetTerms ? memory.averageVelocity.y : 0;
  return clipped(settings_.speedWeight, std::sqrt(x * x + y * y + z * z), settings_.speedClip);
}

double GaitNet::stepTerm(const LaneView& view, const GaitMemory& memory) const {
  const double foot = footholds_.follows() ? memory.footholds.foot : footholds_.centerOf(view, memory.stance);
  return clipped(settings_.stepWeight, std::abs(foot - memory.target), settings_.stepClip);
}

void GaitNet::observe(const LaneView& view, const GaitGoal& goal, const GaitMemory& memory, float* out) const {
  const double com = (view.rootPosition() + view.centerOfMass()).z;
  const double next = footholds_.follows() ? memory.footholds.next : memory.target + goal.stride / 2;
  out[0] = static_cast<float>(next - com);
  out[1] = static_cast<float>(memory.averageVelocity.x);
  out[2] = static_cast<float>(memory.averageVelocity.z - goal.speed);
}

}  // namespace muscle::environment
