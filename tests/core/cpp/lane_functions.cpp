// The lanes' transcendental functions against the C library's in double, over dense grids; built once for each instruction set
// by test_lane_functions.py, with MUSCLE_ISA naming it. Prints the largest error of each, as JSON.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "dynamics/pack.hpp"
#include "lanes/activation.hpp"

using muscle::MUSCLE_ISA::Pack;
constexpr int kWidth = muscle::MUSCLE_ISA::kPackWidth;
constexpr int kSteps = 1 << 20;

// The largest of error(x, lane of function(x)) over [low, high].
template <class Function, class Error>
double largest(double low, double high, Function&& function, Error&& error) {
  double most = 0;
  for (int begin = 0; begin < kSteps; begin += kWidth) {
    float x[kWidth], y[kWidth];
    for (int k = 0; k < kWidth; ++k) x[k] = static_cast<float>(low + (high - low) * (begin + k) / (kSteps - 1));
    muscle::ScalarTraits<Pack>::store(y, function(muscle::ScalarTraits<Pack>::load(x)));
    for (int k = 0; k < kWidth; ++k) most = std::max(most, error(static_cast<double>(x[k]), static_cast<double>(y[k])));
  }
  return most;
}

int main() {
  const auto sine = [](Pack x) {
    Pack s, c;
    sineCosine(x, s, c);
    return s;
  };
  const auto cosine = [](Pack x) {
    Pack s, c;
    sineCosine(x, s, c);
    return c;
  };
  // Points of the quarter circle, from its angle's tangent on either side of one.
  const auto flat = [](Pack t) { return arcTangentQuadrant(t, Pack(1.0f)); };
  const auto steep = [](Pack t) { return arcTangentQuadrant(Pack(1.0f), t); };
  const double exponential = largest(
      -87, 88, [](Pack x) { return muscle::MUSCLE_ISA::exponential(x); }, [](double x, double y) { return std::abs(y / std::exp(x) - 1); });
  const double sines = largest(-100, 100, sine, [](double x, double y) { return std::abs(y - std::sin(x)); });
  const double cosines = largest(-100, 100, cosine, [](double x, double y) { return std::abs(y - std::cos(x)); });
  const double flats = largest(0, 1, flat, [](double t, double y) { return std::abs(y - std::atan2(t, 1)); });
  const double steeps = largest(0, 1, steep, [](double t, double y) { return std::abs(y - std::atan2(1, t)); });
  const double activations = largest(
      -10, 10, [](Pack x) { return muscle::lanes::activation(x); },
      [](double x, double y) { return std::abs(y - std::max(std::tanh(x), 0.0)); });
  std::printf("{\"exponential\": %.3g, \"sine\": %.3g, \"cosine\": %.3g, \"arc tangent\": %.3g, \"activation\": %.3g}\n", exponential,
              sines, cosines, std::max(flats, steeps), activations);
}
