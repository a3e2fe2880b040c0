// What differs from one environment of a group to the next: parameters, the reference that they move, and the senses.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "environment/group.hpp"

namespace muscle::environment {
namespace {

constexpr std::uint32_t kNoiseBlocks = 0xA0000000;  // of an episode's random blocks, beyond those of the pushes

}  // namespace

void Group::evaluateClip(int lane, int clip, const Placement& placement, double phase, std::int64_t cycle, ReferencePose& pose) const {
  const Conditions& conditions = bodies_.conditions(lane);
  const Reference& reference = *scene_->clips[clip].reference;
  const double cycles = reference.cyclic() && phase >= 1 ? std::floor(phase) : 0;
  phase -= cycles, cycle += static_cast<std::int64_t>(cycles);
  double rest = conditions.stride;  // what the pose's stride lacks
  if (const Strides* strides = scene_->clips[clip].strides.get())
    rest /= strides->evaluate(conditions.legs, phase, cycle, pose, blended_);
  else
    reference.evaluate(phase, cycle, pose);
  bodies_.moveRoot(lane, reference, rest, pose);
  placement.apply(scene_->model->rootOrientation(), pose);
}

void Group::evaluateReference(int lane, double phase, std::int64_t cycle, ReferencePose& pose) const {
  const Episode& episode = episodes_[lane];
  const Transition& transition = episode.transition;
  evaluateClip(lane, episode.clip, episode.placement, phase, cycle, pose);
  if (!transition.isOn()) return;
  const double ahead = episode.phaseRate > 0 ? (phase - episode.phase) / episode.phaseRate : 0;
  evaluateClip(lane, transition.clip, transition.placement, transition.motion.phase + ahead * transition.rate, transition.motion.cycle,
               left_);
  const double rate = transition.shareRate(ahead) * scene_->settings.controlHz / cadence(lane);
  blendPoses(*scene_->model, left_, transition.share(ahead), rate, paces(lane, ahead), pose);
  bodies_.ground(lane, pose.lowest, pose.lowestRate, pose);
}

void Group::checkParameters(const double* values, const bool* mask) const {
  const std::vector<Parameter>& parameters = bodies_.parameters();
  eachChosen(mask, [&](int lane) {
    for (int k = 0; k < bodies_.count(); ++k) {
      const Parameter& p = parameters[k];
      const double value = values[static_cast<std::size_t>(first_ + lane) * bodies_.count() + k];
      if (std::isnan(value) || (value >= p.low && value <= p.high)) continue;
      throw std::invalid_argument("parameters: " + p.name + " of environment " + std::to_string(first_ + lane) + ": " +
                                  std::to_string(value) + " given, " + std::to_string(p.low) + " to " + std::to_string(p.high) +
                                  " expected");
    }
  });
}

void Group::setParameters(const double* values, const bool* mask, bool atOnce, const Outputs& out) {
  checkParameters(values, mask);
  if (atOnce && episodes_.front().number == 0) throw StateError("set_parameters: no episode has begun; call reset first");
  eachChosen(mask, [&](int lane) {
    const double* given = values + static_cast<std::size_t>(first_ + lane) * bodies_.count();
    for (int k = 0; k < bodies_.count(); ++k) {
      ParameterValue& value = bodies_.values(lane)[k];
      value.pinned = !std::isnan(given[k]);
      if (value.pinned) value.pin = given[k];
      if (value.pinned && atOnce) value.value = given[k];
    }
    if (atOnce) bodies_.build(lane, *engine_);
  });
  if (!atOnce) return;
  prepareObservation();
  eachChosen(mask, [&](int lane) { writeEpisode(lane, out); });
}

// Noise of the senses; the same whenever the observation of this control step is written.
void Group::addNoise(int lane, float* out, int count) const {
  const double deviation = bodies_.conditions(lane).noise;
  if (!(deviation > 0)) return;
  const Episode& episode = episodes_[lane];
  const auto blocks = static_cast<std::uint32_t>(count + 1) / 2;  // of four numbers, which make two normal ones
  Random random(keys_[lane].seed, keys_[lane].environment, episode.number,
                kNoiseBlocks + static_cast<std::uint32_t>(episode.step) * blocks);
  for (int i = 0; i < count; ++i) out[i] += static_cast<float>(deviation * random.normal());
}

float* Group::sensed(int lane, std::int64_t step) const {
  const int slots = scene_->settings.maxDelay() + 1;
  return sensed_.data() + (static_cast<std::size_t>(lane) * slots + step % slots) * scene_->observationSize();
}

void Group::writeObservation(int lane, float* out) const {
  if (sensed_.empty()) return sense(lane, out);
  const std::int64_t step = episodes_[lane].step;
  const std::int64_t delay = std::lround(bodies_.conditions(lane).delay * scene_->settings.controlHz);
  sense(lane, sensed(lane, step));
  std::copy_n(sensed(lane, std::max<std::int64_t>(step - delay, 0)), scene_->observationSize(), out);
  bodies_.observe(lane, false, out + scene_->observationSize() - scene_->observedParameters());
}

}  // namespace muscle::environment
