// The task of one environment: settings, the episode's state, the imitation rewards and the end conditions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "dynamics/engine.hpp"
#include "environment/clips.hpp"
#include "environment/disturbance.hpp"
#include "environment/gaitnet.hpp"
#include "environment/lane_view.hpp"
#include "environment/observation.hpp"
#include "environment/parameters.hpp"
#include "environment/phase.hpp"
#include "environment/reference.hpp"
#include "environment/reward.hpp"
#include "environment/transition.hpp"

namespace muscle::environment {

enum class RewardType { kDeepMimic, kScaDiver, kGaitNet };

inline constexpr std::array<const char*, 3> kRewardTypeNames = {"deepmimic", "scadiver", "gaitnet"};

// A term of the imitation rewards: r = exp(-scale * error), with its weight in the sum.
struct RewardTerm {
  double weight = 0, scale = 1;
};

enum RewardTermIndex { kPose, kVelocity, kEndEffector, kCenterOfMass, kMetabolic, kMoment, kGroundForce, kTorque, kRewardTerms };
inline constexpr std::array<const char*, kRewardTerms> kRewardNames = {"pose",      "velocity", "end_effector", "center_of_mass",
                                                                       "metabolic", "moment",   "ground_force", "torque"};

// The published range of a quantity of one leg over the gait cycle, from phase 0 to 1 in equal steps.
struct GaitBand {
  double begin = 0;                     // phase of the reference at which the leg's cycle begins
  std::vector<double> mean, deviation;  // middle and half the width of the range

  // Distance of a value from the range, in the range's unit.
  double outside(double value, double phase) const;
};

// The range of a joint's moment, N m/kg.
struct MomentBand {
  int dof = 0;
  double sign = 1;  // of the published moment along the dof
  GaitBand band;
};

// The range of a component of the force of the ground on a foot, body weights.
struct ForceBand {
  std::vector<int> bodies;  // of the foot
  Vec3<double> direction;   // of the component, world axes
  GaitBand band;
};

struct TaskSettings {
  int simulationHz = 480, controlHz = 30;
  int inferenceEvery = 1;  // substeps per inference of the muscle network
  double gravity = 9.81;   // m/s^2
  double slope = 0;        // rad, see dynamics::EngineSettings
  dynamics::Actuator actuator = dynamics::Actuator::kMuscle;
  bool rigidGround = false;  // see dynamics::EngineSettings
  bool gaitnetPd = false;    // likewise
  bool hardLimits = false;   // likewise
  std::vector<bool> pdDofs;  // see dynamics::EngineSettings, as the next two
  bool networkActiveOnly = true;
  bool networkSeesPdDofs = true;
  double reductionThreshold = 0;  // N m: network inputs are the entries of JtA above it in the zero pose; 0: all entries
  ObservationSettings observation;
  bool symmetric = false;            // see Symmetry; for the observations kGaitNet, kGenerative and kImitation
  bool mirrorsByMotion = false;      // mirrors in the second half of the motion's cycle instead of the clock's
  double actionScale = 0.1;          // rad per unit of action
  bool addedAction = false;          // adds to a ball joint's rotation vector; otherwise the rotations are multiplied
  bool movingTarget = true;          // the PD target moves with the reference; otherwise it is the pose at the step's end, at rest
  bool interpolatesActions = false;  // offset and velocity of the target change evenly within a control step; otherwise at its beginning
  bool phaseAction = true;           // the action after the joints' changes the phase's rate
  TimeWarp timeWarp = TimeWarp::kRelative;
  double phaseScale = 0.1;  // see TimeWarp
  PhaseClipping phaseClipping = PhaseClipping::kNone;
  double torqueScale = 100;  // N m per unit of action, torque actuator
  int networkWeights = 0;    // the last actions: inputs of the network after its torques (the weights of a cascade)
  RewardType rewardType = RewardType::kDeepMimic;
  std::array<RewardTerm, kRewardTerms> reward{};  // order of kRewardNames; deepmimic and scadiver
  std::vector<MomentBand> momentBands;            // of the term `moment`; without them there is none
  std::vector<ForceBand> forceBands;              // of `ground_force`, likewise
  GaitNetSettings gait{};                         // gaitnet
  double cadence = 1;                             // rate of the phase relative to the reference motion's
  double minRootHeight = 0.6;                     // m, below: terminated; 0: off
  double minComHeight = 0;                        // height of the centre of mass, m, below: terminated
  double minComShare = 0;                         // the same as a fraction of its height at the episode's start
  double maxTilt = 0;                             // rad between the root's up axis and the world's, beyond: terminated; 0: off
  double maxTime = 10;                            // s, truncated
  double transition = 0;                          // s, from one clip to another; 0: at once
  bool randomPhase = true;
  double initialPhase = 0;            // used without randomPhase
  std::vector<double> resetPhases;    // initial phases, one of which is drawn; empty: any phase
  double resetPhaseSpread = 0;        // largest difference from the drawn phase
  bool resetForwardVelocity = false;  // velocities are the difference to the reference one control step ahead; else the reference's
  bool resetFitted = false;           // the pose is raised until its lowest contact is 1 mm high, and joints are put within limits
  bool resetMotionAtZero = false;     // the motion's phase starts at 0 whatever those of pose and clock (an error of the fork)
  int rewardClipSteps = 0;            // control steps of an episode whose reward is at most rewardClip
  double rewardClip = 0;
  double resetNoise = 0;  // standard deviation of joint angles and rates at reset, rad and rad/s
  double maxSpeed = 500;  // rad/s and m/s, beyond: diverged
  DisturbanceSettings disturbance{};
  std::vector<Parameter> parameters;

  // Whether environments differ in what the engine's constants hold.
  bool ownBodies() const {
    return std::any_of(parameters.begin(), parameters.end(), [](const Parameter& p) { return p.changesBody() || p.changesSurroundings(); });
  }
  // The longest delay of an observation, control steps.
  int maxDelay() const {
    double delay = 0;
    for (const Parameter& p : parameters) delay += p.effect == Effect::kDelay ? p.high : 0;
    return static_cast<int>(std::lround(delay * controlHz));
  }
  int substeps() const { return simulationHz / controlHz; }
  // Whether the imitation rewards have a term: `moment` and `ground_force` only with bands, and `torque` only with a weight.
  bool hasTerm(int term) const {
    if (term == kMoment) return !momentBands.empty();
    if (term == kGroundForce) return !forceBands.empty();
    return term != kTorque || reward[kTorque].weight > 0;
  }
  int rewardTerms() const {
    if (rewardType == RewardType::kGaitNet) return gait.terms();
    int count = 0;
    for (int term = 0; term < kRewardTerms; ++term) count += hasTerm(term) ? 1 : 0;
    return count;
  }
  // Their names, in order.
  std::vector<const char*> rewardNames() const {
    if (rewardType == RewardType::kGaitNet) return {kGaitNetRewardNames.begin(), kGaitNetRewardNames.begin() + gait.terms()};
    std::vector<const char*> names;
    for (int term = 0; term < kRewardTerms; ++term)
      if (hasTerm(term)) names.push_back(kRewardNames[term]);
    return names;
  }
};

// Throws std::invalid_argument naming the field.
void check(const TaskSettings& settings);

// An environment's memory within its episode; Group::describe defines how it is saved, and checked when it is restored.
struct Episode {
  std::uint64_t number = 0;  // episodes begun by this environment
  std::int64_t cycle = 0;
  double phase = 0;        // [0, 1)
  double phaseRate = 0;    // per control step
  CyclePhase clock;        // the motion's phase if no action had changed its rate
  std::int64_t step = 0;   // control steps since reset
  double beginHeight = 0;  // height of the centre of mass at the episode's start, m
  bool terminated = false, truncated = false, diverged = false;
  GaitMemory gait;  // for the gaitnet reward
  Push push;        // the present or next push, if there are disturbances
  std::int32_t clip = 0;
  Placement placement;    // of its clip
  Transition transition;  // to its clip

  // What the policy is told of clip, phase and direction; in a transition between those of both clips.
  double shareOf(int shown) const {
    if (!transition.isOn()) return shown == clip ? 1 : 0;
    const double share = transition.share();
    return (shown == clip ? share : 0) + (shown == transition.clip ? 1 - share : 0);
  }
  double shownPhase() const {
    if (!transition.isOn()) return phase;
    const double left = transition.motion.phase, between = left + transition.share() * std::remainder(phase - left, 1.0);
    return between - std::floor(between);
  }
  Placement shownPlacement() const {
    if (!transition.isOn()) return placement;
    const double left = transition.placement.turn;
    return {left + transition.share() * std::remainder(placement.turn - left, 2 * std::numbers::pi), 0, 0, true};
  }
};

// The imitation rewards. `meanSquaredActivation` over muscles and substeps of the control step.
Reward computeReward(const model::Model& model, const TaskSettings& settings, const Reference& reference, const ReferencePose& pose,
                     const LaneView& view, double phase, double meanSquaredActivation);

// `scale`: factor on the heights below which the character has fallen.
bool hasFallen(const model::Model& model, const TaskSettings& settings, const LaneView& view, const Episode& episode, double scale);
bool hasDiverged(const model::Model& model, const TaskSettings& settings, const LaneView& view);

}  // namespace muscle::environment
