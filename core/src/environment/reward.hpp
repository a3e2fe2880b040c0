// What a control step earned: the total and the terms that it is made of, whatever their number.
#pragma once

#include <array>

namespace muscle::environment {

inline constexpr int kMaxRewardTerms = 6;

struct Reward {
  float total = 0;
  std::array<float, kMaxRewardTerms> terms{};
};

}  // namespace muscle::environment
