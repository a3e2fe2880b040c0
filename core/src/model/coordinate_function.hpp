// Functions of one coordinate: polynomials, and piecewise cubics with a continuous derivative as polynomials with truncated powers.
#pragma once

#include <array>
#include <vector>

#include "dynamics/scalar.hpp"

namespace muscle::model {

// f(q) = sum_k polynomial[k] q^k + sum_j weight_j (q - knot_j)+^power_j
struct FunctionDescription {
  static constexpr int kCoefficients = 5;

  struct TruncatedPower {
    double knot = 0;
    int power = 3;  // 2 or 3
    double weight = 0;
  };
  std::array<double, kCoefficients> polynomial{};
  std::vector<TruncatedPower> powers;
};

// The same with its numbers in an array that many functions share: the coefficients, then knots and weights of squares, then of cubes.
struct PackedFunction {
  int begin, squares, cubes, end;
};

template <class T>
PackedFunction pack(const FunctionDescription& function, std::vector<T>& numbers) {
  const auto size = [&] { return static_cast<int>(numbers.size()); };
  const auto putPowers = [&](int power) {
    for (const FunctionDescription::TruncatedPower& p : function.powers) {
      if (p.power != power) continue;
      numbers.push_back(static_cast<T>(p.knot));
      numbers.push_back(static_cast<T>(p.weight));
    }
  };
  PackedFunction packed{};
  packed.begin = size();
  int degree = FunctionDescription::kCoefficients - 1;
  while (degree > 0 && function.polynomial[degree] == 0) --degree;
  for (int k = 0; k <= degree; ++k) numbers.push_back(static_cast<T>(function.polynomial[k]));
  packed.squares = size();
  putPowers(2);
  packed.cubes = size();
  putPowers(3);
  packed.end = size();
  return packed;
}

// Value of a function at q and its slope.
template <class S>
void evaluate(const PackedFunction& function, const Element<S>* numbers, S q, S& value, S& slope) {
  value = slope = S(0);
  for (int k = function.squares - 1; k >= function.begin; --k) {
    slope = slope * q + value;
    value = value * q + S(numbers[k]);
  }
  for (int k = function.squares; k < function.end; k += 2) {
    const S beyond = maximum(q - S(numbers[k]), S(0));
    const S weighted = beyond * S(numbers[k + 1]);
    const bool square = k < function.cubes;
    value += square ? weighted * beyond : weighted * beyond * beyond;
    slope += square ? weighted * S(2) : weighted * beyond * S(3);
  }
}

}  // namespace muscle::model
