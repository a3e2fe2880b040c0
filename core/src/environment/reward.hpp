// The reward of a control step: the total and its terms.
#pragma once

#include <array>

namespace muscle::environment {

inline constexpr int kMaxRewardTerms = 8;

struct Reward {
  float total = 0;
  std::array<float, kMaxRewardTerms> terms{};
};

}  // namespace muscle::environment
