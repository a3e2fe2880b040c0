// Parameters that each episode draws: what differs from one environment to the next.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/variation.hpp"

namespace muscle::environment {

// What a parameter acts on; core/configuration/parameters.py says it for users. Factors, except kTorsion and kSlope (degrees, added),
// kLoad (kg), kNoise (standard deviation of the observation's entries), kDelay (s, of the observation) and kSpeed.
// kSpeed: the walking speed, m/s; stride and cadence change by equal factors. kMuscleLength: optimal fibre and tendon slack length.
enum class Effect {
  kStrength,
  kFibreLength,
  kTendonSlack,
  kMuscleLength,
  kLength,
  kTorsion,
  kHeight,
  kMass,
  kLoad,
  kJointStiffness,
  kJointLimits,
  kGravity,
  kSlope,
  kFriction,
  kPushForce,
  kCadence,
  kStride,
  kSpeed,
  kNoise,
  kDelay
};

inline constexpr std::array<const char*, 20> kEffectNames = {
    "strength",     "fibre_length", "tendon_slack", "muscle_length", "length",     "torsion", "height", "mass",  "load",  "joint_stiffness",
    "joint_limits", "gravity",      "slope",        "friction",      "push_force", "cadence", "stride", "speed", "noise", "delay"};

enum class Distribution { kUniform, kNormal, kChoice, kFixed };

inline constexpr std::array<const char*, 4> kDistributionNames = {"uniform", "normal", "choice", "fixed"};

struct Parameter {
  std::string name;
  Effect effect = Effect::kStrength;
  std::vector<int> targets;   // muscles or bodies, by the effect
  std::vector<double> signs;  // kTorsion: +1 or -1 of each target
  Vec3<double> point{};       // kLoad: place in the body's frame, m
  double low = 1, high = 1, initial = 1;
  Distribution distribution = Distribution::kUniform;
  double deviation = 0;         // standard deviation about `initial` (kNormal) or about the drawn choice (kChoice)
  std::vector<double> choices;  // kChoice, within low and high
  // The range grows from [beginLow, beginHigh] to [low, high] in the environment's first curriculumSteps control steps; 0: at once.
  double beginLow = 1, beginHigh = 1;
  std::int64_t curriculumSteps = 0;
  bool observed = true;         // at the end of the observation, -1 to 1 over the range
  bool scalesMass = true;       // kLength, kHeight: mass grows with the volume
  bool scalesStrength = false;  // kHeight: the muscles' forces grow with their cross-section
  bool pendulum = false;        // kHeight: the cadence falls with its square root, as that of a pendulum
  bool legsFollow = true;       // kStride, kSpeed: the reference's joints follow its stride (Strides), not its root alone
  double unit = 1;              // kSpeed: the motion's own speed, m/s
  int counterpart = 0;          // index of the parameter of the other side, or its own

  bool changesBody() const { return effect <= Effect::kJointLimits; }
  bool changesSurroundings() const { return effect == Effect::kGravity || effect == Effect::kSlope || effect == Effect::kFriction; }
  double normalised(double value) const { return high > low ? 2 * (value - low) / (high - low) - 1 : 0; }
};

// A parameter's value in the present episode, and the value that it has in place of a drawn one from the next reset on.
struct ParameterValue {
  double value = 0, pin = 0;
  bool pinned = false;
};

// Throws std::invalid_argument, naming the parameter.
void check(const std::vector<Parameter>& parameters, const model::Model& model);

// A parameter's value in an episode. It depends on the index of the parameter, the keys and the control steps before the episode alone.
double drawn(const Parameter& parameter, int index, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode,
             std::uint64_t steps);

// What the parameters change of an environment, except for its body.
struct Conditions {
  double gravity = 1, friction = 1;          // factors
  double slope = 0;                          // rad, added
  double cadence = 1, stride = 1, push = 1;  // factors
  double legs = 1;                           // factor of the stride that the reference's legs reach
  double noise = 0;                          // standard deviation of the observation's entries
  double delay = 0;                          // of the observation, s
  double scale = 1;                          // of the reference's root: height of the root relative to the model's
};

// Applies parameters' values to a variation and conditions that change nothing yet.
void applyToBody(const std::vector<Parameter>& parameters, const double* values, model::Variation& variation);
// `conditions.scale` is set.
void applyToConditions(const std::vector<Parameter>& parameters, const double* values, Conditions& conditions);

}  // namespace muscle::environment
