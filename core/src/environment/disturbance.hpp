// Random pushes: horizontal forces on one body at random times, with which a policy learns to keep its balance.
#pragma once

#include <cstdint>

#include "dynamics/spatial.hpp"

namespace muscle::environment {

struct DisturbanceSettings {
  int body = -1;                            // pushed at its centre of mass; -1: no pushes
  double minForce = 0, maxForce = 0;        // N
  double minInterval = 0, maxInterval = 0;  // s from a push's end (or the reset) to the start of the next push
  double duration = 0;                      // s

  bool on() const { return body >= 0; }
};

// The push that acts now or next. Plain data: part of the episode.
struct Push {
  std::int64_t begin = 0, end = 0;  // control steps since the reset: [begin, end)
  std::uint32_t number = 0;         // of the episode, from 1
  Vec3<double> force{};             // N, world axes
};

// The push after `previous` (default-constructed at the start of an episode). Its size, direction and time depend on seed, environment,
// episode and number alone; times are rounded to control steps, and a push lasts at least one.
Push nextPush(const DisturbanceSettings& settings, int controlHz, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode,
              const Push& previous);

}  // namespace muscle::environment
