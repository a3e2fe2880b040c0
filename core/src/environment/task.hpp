// The task of one environment: settings, the episode's state, the imitation rewards and the end conditions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dynamics/engine.hpp"
#include "environment/disturbance.hpp"
#include "environment/gaitnet.hpp"
#include "environment/lane_view.hpp"
#include "environment/observation.hpp"
#include "environment/phase.hpp"
#include "environment/reference.hpp"
#include "environment/reward.hpp"

namespace muscle::environment {

enum class RewardType { kDeepMimic, kScaDiver, kGaitNet };

inline constexpr std::array<const char*, 3> kRewardTypeNames = {"deepmimic", "scadiver", "gaitnet"};

// A term of the imitation rewards: r = exp(-scale * error), with its weight in the sum.
struct RewardTerm {
  double weight = 0, scale = 1;
};

inline constexpr int kRewardTerms = 5;
inline constexpr std::array<const char*, kRewardTerms> kRewardNames = {"pose", "velocity", "end_effector", "center_of_mass", "metabolic"};

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
  bool symmetric = false;        // see Symmetry; not of the observations kDefault and kMass
  bool mirrorsByMotion = false;  // past half of the motion's own cycle, whatever the clock
  double actionScale = 0.1;      // rad per unit of action
  bool addedAction = false;      // to a ball's rotation vector; else the rotations are multiplied
  bool movingTarget = true;      // the PD target moves with the reference; else it is held at the step's end, at rest
  bool phaseAction = true;       // the action after the joints' changes the phase's rate
  TimeWarp timeWarp = TimeWarp::kRelative;
  double phaseScale = 0.1;  // see TimeWarp
  PhaseClipping phaseClipping = PhaseClipping::kNone;
  double torqueScale = 100;  // N m per unit of action, torque actuator
  int networkWeights = 0;    // the last actions: inputs of the network after its torques (the weights of a cascade)
  RewardType rewardType = RewardType::kDeepMimic;
  std::array<RewardTerm, kRewardTerms> reward{};  // order of kRewardNames; deepmimic and scadiver
  GaitNetSettings gait{};                         // gaitnet
  double cadence = 1;                             // rate of the phase over the reference motion's
  double minRootHeight = 0.6;                     // m, below: terminated
  double minComHeight = 0;                        // m of the centre of mass, below: terminated
  double minComShare = 0;                         // of its height at the episode's beginning, likewise
  double maxTilt = 0;                             // rad between the root's up axis and the world's, beyond: terminated; 0: off
  double maxTime = 10;                            // s, truncated
  bool randomPhase = true;
  double initialPhase = 0;            // without randomPhase
  std::vector<double> resetPhases;    // of which one is drawn; empty: any phase
  double resetPhaseSpread = 0;        // at most so far from it
  bool resetForwardVelocity = false;  // velocities are the difference to the reference a control step on; else its own
  bool resetFitted = false;           // the pose is lifted so that its lowest contact is 1 mm up, joints are put within their limits
  bool resetMotionAtZero = false;     // the motion's phase begins at 0 wherever the pose and the clock do (a slip of the fork)
  int rewardClipSteps = 0;            // control steps of an episode whose reward is at most rewardClip
  double rewardClip = 0;
  double resetNoise = 0;  // rad and rad/s, deviation of joint angles and rates at reset
  double maxSpeed = 500;  // rad/s and m/s, beyond: diverged
  DisturbanceSettings disturbance{};

  int substeps() const { return simulationHz / controlHz; }
  int rewardTerms() const { return rewardType == RewardType::kGaitNet ? gait.terms() : kRewardTerms; }
  const char* rewardName(int term) const { return rewardType == RewardType::kGaitNet ? kGaitNetRewardNames[term] : kRewardNames[term]; }
};

// Throws std::invalid_argument naming the field.
void check(const TaskSettings& settings);

// What an environment remembers of its episode; Group::describe says how it is saved and what is checked when it is restored.
struct Episode {
  std::uint64_t number = 0;  // episodes begun by this environment
  std::int64_t cycle = 0;
  double phase = 0;        // [0, 1)
  double phaseRate = 0;    // per control step
  CyclePhase clock;        // where the motion would be if no action had bent its rate
  std::int64_t step = 0;   // control steps since reset
  double beginHeight = 0;  // of the centre of mass, m
  bool terminated = false, truncated = false, diverged = false;
  GaitMemory gait;  // of the gaitnet reward
  Push push;        // the present or next one, where there are disturbances
};

// The imitation rewards. `meanSquaredActivation` over muscles and substeps of the control step.
Reward computeReward(const model::Model& model, const TaskSettings& settings, const Reference& reference, const ReferencePose& pose,
                     const LaneView& view, double meanSquaredActivation);

bool hasFallen(const model::Model& model, const TaskSettings& settings, const LaneView& view, const Episode& episode);
bool hasDiverged(const model::Model& model, const TaskSettings& settings, const LaneView& view);

}  // namespace muscle::environment
