#include "environment/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "environment/random.hpp"

namespace muscle::environment {
namespace {

constexpr std::uint32_t kParameterBlocks = 0x40000000;  // of an episode's random blocks, between those of the reset and of the pushes

bool ofMuscles(Effect effect) { return effect <= Effect::kMuscleLength; }

bool ofBodies(Effect effect) {
  return effect == Effect::kLength || effect == Effect::kTorsion || effect == Effect::kMass || effect == Effect::kLoad ||
         effect == Effect::kJointStiffness || effect == Effect::kJointLimits;
}

// The least value: what is divided by or must have a size is positive.
double least(Effect effect) {
  switch (effect) {
    case Effect::kSlope: return -45;
    case Effect::kTorsion: return -90;
    case Effect::kLoad:
    case Effect::kNoise:
    case Effect::kDelay:
    case Effect::kStrength:
    case Effect::kTendonSlack:
    case Effect::kJointStiffness:
    case Effect::kJointLimits:
    case Effect::kGravity:
    case Effect::kFriction:
    case Effect::kPushForce: return 0;
    default: return 0.05;
  }
}

double most(Effect effect) {
  switch (effect) {
    case Effect::kSlope: return 45;
    case Effect::kTorsion: return 90;
    case Effect::kLoad: return 500;
    case Effect::kDelay: return 1;
    default: return 20;
  }
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

double between(double low, double high, double share) { return low + (high - low) * share; }

}  // namespace

void check(const std::vector<Parameter>& parameters, const model::Model& model) {
  for (const Parameter& p : parameters) {
    const auto require = [&](bool holds, const std::string& what) {
      if (!holds) throw std::invalid_argument("parameters." + p.name + ": " + what);
    };
    require(p.low <= p.initial && p.initial <= p.high, "default must be within the range");
    require(p.low >= least(p.effect) && p.high <= most(p.effect),
            "range must be within " + std::to_string(least(p.effect)) + " and " + std::to_string(most(p.effect)));
    require(p.low <= p.beginLow && p.beginLow <= p.beginHigh && p.beginHigh <= p.high, "curriculum.range must be within the range");
    require(p.curriculumSteps >= 0, "curriculum.steps must not be negative");
    require(p.deviation >= 0 && std::isfinite(p.deviation), "deviation must not be negative");
    require(p.distribution != Distribution::kChoice || !p.choices.empty(), "choices are missing");
    for (const double choice : p.choices) require(choice >= p.low && choice <= p.high, "choices must be within the range");
    require(p.effect != Effect::kTorsion || p.signs.size() == p.targets.size(), "signs are missing");
    require(p.unit > 0 && std::isfinite(p.unit), "the motion has no speed");
    require(p.counterpart >= 0 && p.counterpart < static_cast<int>(parameters.size()), "counterpart is no parameter");
    const int count = ofMuscles(p.effect) ? model.numMuscles() : model.numBodies();
    for (const int target : p.targets) require(target >= 0 && target < count, "acts on what does not exist");
    require(!p.targets.empty() || !(ofMuscles(p.effect) || ofBodies(p.effect)), "acts on nothing");
  }
}

double drawn(const Parameter& p, int index, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode, std::uint64_t steps) {
  if (p.distribution == Distribution::kFixed) return p.initial;
  // One block of four random numbers for each parameter.
  Random random(seed, environment, episode, kParameterBlocks + static_cast<std::uint32_t>(index));
  const double share = p.curriculumSteps > 0 ? std::min(static_cast<double>(steps) / static_cast<double>(p.curriculumSteps), 1.0) : 1;
  const double low = between(p.beginLow, p.low, share), high = between(p.beginHigh, p.high, share);
  if (p.distribution == Distribution::kChoice) {
    const auto count = static_cast<double>(p.choices.size());
    const double choice = p.choices[static_cast<std::size_t>(random.uniform() * count)];
    const double value = p.deviation > 0 ? std::clamp(choice + p.deviation * random.normal(), p.low, p.high) : choice;
    // The places of the choices within the range stay while it grows.
    return share < 1 && p.low < p.high ? between(low, high, (value - p.low) / (p.high - p.low)) : value;
  }
  const double value =
      p.distribution == Distribution::kNormal ? p.initial + p.deviation * random.normal() : between(low, high, random.uniform());
  // Rounding of the range's ends must not lead out of it.
  return std::clamp(std::clamp(value, low, high), p.low, p.high);
}

void applyToBody(const std::vector<Parameter>& parameters, const double* values, model::Variation& variation) {
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const Parameter& p = parameters[k];
    const double value = values[k];
    const auto multiply = [&](std::vector<double>& factors, double factor) {
      for (const int target : p.targets) factors[target] *= factor;
    };
    switch (p.effect) {
      case Effect::kStrength: multiply(variation.strength, value); break;
      case Effect::kFibreLength: multiply(variation.fibreLength, value); break;
      case Effect::kTendonSlack: multiply(variation.tendonSlack, value); break;
      case Effect::kMuscleLength:
        multiply(variation.fibreLength, value);
        multiply(variation.tendonSlack, value);
        break;
      case Effect::kMass: multiply(variation.mass, value); break;
      case Effect::kJointStiffness: multiply(variation.stiffness, value); break;
      case Effect::kJointLimits: multiply(variation.limits, value); break;
      case Effect::kLength:
        multiply(variation.length, value);
        if (!p.scalesMass) multiply(variation.mass, 1 / value);
        break;
      case Effect::kTorsion:
        for (std::size_t t = 0; t < p.targets.size(); ++t) variation.torsion[p.targets[t]] += p.signs[t] * radians(value);
        break;
      case Effect::kLoad:
        for (const int target : p.targets) variation.loads.push_back({target, p.point, value});
        break;
      case Effect::kHeight:
        variation.height *= value;
        for (double& mass : variation.mass) mass *= p.scalesMass ? 1 : 1 / (value * value * value);
        for (double& strength : variation.strength) strength *= p.scalesStrength ? value * value : 1;
        break;
      default: break;
    }
  }
}

void applyToConditions(const std::vector<Parameter>& parameters, const double* values, Conditions& conditions) {
  double pendulums = 1;  // of the cadence, by heights
  for (std::size_t k = 0; k < parameters.size(); ++k)
    if (parameters[k].effect == Effect::kHeight && parameters[k].pendulum) pendulums /= std::sqrt(values[k]);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const double value = values[k];
    switch (parameters[k].effect) {
      case Effect::kGravity: conditions.gravity *= value; break;
      case Effect::kFriction: conditions.friction *= value; break;
      case Effect::kSlope: conditions.slope += radians(value); break;
      case Effect::kCadence: conditions.cadence *= value; break;
      case Effect::kStride:
        conditions.stride *= value;
        if (parameters[k].legsFollow) conditions.legs *= value;
        break;
      case Effect::kHeight:
        if (parameters[k].pendulum) conditions.cadence /= std::sqrt(value);
        break;
      case Effect::kNoise: conditions.noise += value; break;
      case Effect::kDelay: conditions.delay += value; break;
      case Effect::kPushForce: conditions.push *= value; break;
      case Effect::kSpeed: {
        // The reference's own speed grows with the body's scale, and with the cadence of its pendulum.
        const double factor = std::sqrt(value / (parameters[k].unit * conditions.scale * pendulums));
        conditions.cadence *= factor;
        conditions.stride *= factor;
        if (parameters[k].legsFollow) conditions.legs *= factor;
        break;
      }
      default: break;
    }
  }
}

}  // namespace muscle::environment
