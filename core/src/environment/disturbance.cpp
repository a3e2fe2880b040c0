#include "environment/disturbance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "environment/random.hpp"

namespace muscle::environment {
namespace {

constexpr std::uint32_t kPushBlocks = 0x80000000;  // the upper half of an episode's random blocks; the reset uses the lower half

double between(double low, double high, double uniform) { return low + (high - low) * uniform; }

}  // namespace

Push nextPush(const DisturbanceSettings& s, int controlHz, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode,
              const Push& previous) {
  // One block of four random numbers for each push.
  Random random(seed, environment, episode, kPushBlocks + previous.number);
  const double pause = between(s.minInterval, s.maxInterval, random.uniform());
  const double size = between(s.minForce, s.maxForce, random.uniform());
  const double direction = 2 * std::numbers::pi * random.uniform();
  Push push;
  push.begin = previous.end + std::llround(pause * controlHz);
  push.end = push.begin + std::max<std::int64_t>(std::llround(s.duration * controlHz), 1);
  push.number = previous.number + 1;
  push.force = {size * std::sin(direction), 0, size * std::cos(direction)};
  return push;
}

}  // namespace muscle::environment
