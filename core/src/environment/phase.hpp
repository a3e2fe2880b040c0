// The clock of an episode and the phase of its motion, whose rate actions may change.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace muscle::environment {

// The effect of the last action a on the motion's rate, for a scale s and a control period dt (s).
// kRelative: the rate is multiplied by 1 + s a, bounded to [0.1, 1.9].
// kAbsolute: s a seconds are added in a control step, which never goes back (Generative and Bidirectional GaitNet).
// kRate: the rate is multiplied by 1 + max(s a, -dt): dt times as strong as kAbsolute, with its bound (their fork).
enum class TimeWarp { kRelative, kAbsolute, kRate };

inline constexpr std::array<const char*, 3> kTimeWarpNames = {"relative", "absolute", "rate"};

inline constexpr double kMaxPhaseRate = 1;  // cycles per control step, for any action

// How the motion's phase and the clock are synchronised.
// kHard: if the clock starts a cycle first, the motion jumps to it; if the motion does, it waits at the start for the clock.
// kSoft: the clock is set to the motion's phase at each half of the motion's cycle.
enum class PhaseClipping { kNone, kHard, kSoft };

inline constexpr std::array<const char*, 3> kPhaseClippingNames = {"none", "hard", "soft"};

inline double warpedRate(TimeWarp warp, double scale, double action, double controlHz) {
  const double least = -1 / controlHz;
  switch (warp) {
    case TimeWarp::kRelative: return 1 + std::clamp(scale * action, -0.9, 0.9);
    case TimeWarp::kAbsolute: return 1 + std::max(scale * action, least) * controlHz;
    case TimeWarp::kRate: return 1 + std::max(scale * action, least);
  }
  return 1;
}

// A phase in [0, 1) and the cycles before it.
struct CyclePhase {
  double phase = 0;
  std::int64_t cycle = 0;

  void advance(double by) {
    phase += by;
    if (phase >= 1) {
      phase -= 1;
      ++cycle;
    }
  }
  // Number of completed half cycles.
  std::int64_t halves() const { return 2 * cycle + (phase >= 0.5 ? 1 : 0); }
};

// Advances both by a control step of `substeps`; rates per control step.
inline void advancePhases(CyclePhase& motion, CyclePhase& clock, double motionRate, double clockRate, int substeps,
                          PhaseClipping clipping) {
  if (clipping == PhaseClipping::kNone) {
    motion.advance(motionRate);
    clock.advance(clockRate);
    return;
  }
  for (int k = 0; k < substeps; ++k) {
    const std::int64_t halves = motion.halves();
    motion.advance(motionRate / substeps);
    clock.advance(clockRate / substeps);
    if (clipping == PhaseClipping::kSoft) {
      if (motion.halves() != halves) clock = motion;
    } else if (clock.cycle > motion.cycle) {
      motion = clock;
    } else if (clock.cycle < motion.cycle) {
      motion.phase = 0;
    }
  }
}

}  // namespace muscle::environment
