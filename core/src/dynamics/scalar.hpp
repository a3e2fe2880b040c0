// The scalar functions that the templated dynamics is written in. A "scalar" is double (reference, tests) or a
// Pack of float lanes (pack.hpp), one environment per lane. Pack brings its own overloads, found by argument-dependent lookup.
#pragma once

#include <algorithm>
#include <cmath>

namespace muscle {

template <class S>
struct ScalarTraits;

// Not a scalar of the dynamics: constants that all lanes share.
template <>
struct ScalarTraits<float> {
  using Element = float;
};

template <>
struct ScalarTraits<double> {
  using Element = double;
  using Mask = bool;
  static constexpr int kWidth = 1;
  static void setLane(double& to, int, double value) { to = value; }
  static double load(const double* from) { return *from; }
  static void store(double* to, double value) { *to = value; }
};

inline double select(bool mask, double a, double b) { return mask ? a : b; }
// As for packs: the second argument if one of them is NaN.
inline double minimum(double a, double b) { return a < b ? a : b; }
inline double maximum(double a, double b) { return a > b ? a : b; }
inline double squareRoot(double x) { return std::sqrt(x); }
inline double exponential(double x) { return std::exp(x); }
inline void sineCosine(double x, double& sine, double& cosine) {
  sine = std::sin(x);
  cosine = std::cos(x);
}

// atan2(y, x) for y >= 0 and x >= 0.
inline double arcTangentQuadrant(double y, double x) { return std::atan2(y, x); }

inline bool allOf(bool mask) { return mask; }
inline bool anyOf(bool mask) { return mask; }

// The section of a table of curves (muscle/curve.hpp) in which each lane is.
struct Section {
  int index;
};
inline Section firstSection(double) { return {0}; }
template <int kStep, class T>
Section nextIfAbove(Section section, T x, T limit) {
  return {section.index + (x > limit ? kStep : 0)};
}
// Each lane's entry of a table of 16 numbers, or 32 if kWide.
template <bool kWide, class T>
T lookUp(const T* table, Section section) {
  return table[section.index];
}

template <class S>
using Element = typename ScalarTraits<S>::Element;

}  // namespace muscle
