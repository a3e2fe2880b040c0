// Muscle laws that consist of four curves: descriptions, and the form that the kernels use.
#pragma once

#include <array>
#include <limits>
#include <vector>

namespace muscle::model {

// A function by sections, see CurveTable in core/readers/curve_table.py.
struct CurveDescription {
  std::vector<double> breaks;
  std::array<std::vector<double>, 6> coefficients;  // of each power, one value for each section
  bool operator==(const CurveDescription&) const = default;
};

// See LawTables in core/readers/muscle_laws.py.
struct LawDescription {
  CurveDescription active, velocity, passive, tendon;
  double maxVelocity = 10;  // optimal fibre lengths per second
  double damping = 0;       // of the maximal force at the maximal velocity
  double speedAtRest = 1;   // maximal velocity without activation, of that at full activation
  double shortest = 0;      // optimal fibre lengths
  bool pullsOnly = false;   // with a rigid tendon: the damper does not make the fibres push
  bool operator==(const LawDescription&) const = default;
};

// Throws std::invalid_argument, beginning with `where`, for tables that the kernels cannot evaluate.
void checkLaw(const LawDescription& law, const char* where);

template <class T>
struct Curve {
  static constexpr int kSections = 32;
  // One more than are used, padded with infinity; read from an offset of up to 7.
  T breaks[kSections + 8];
  T starts[kSections];           // of the sections' polynomials
  T coefficients[6][kSections];  // ascending powers
  bool wide;                     // more than 16 sections
};

template <class T>
struct TabulatedLaw {
  Curve<T> active, velocity, passive, tendon;
  T inverseMaxVelocity, damping, speedAtRest, shortest;
  bool pullsOnly;
};

template <class T>
Curve<T> resolveCurve(const CurveDescription& d) {
  Curve<T> curve{};
  const int breaks = static_cast<int>(d.breaks.size());
  for (int k = 0; k < Curve<T>::kSections + 8; ++k)
    curve.breaks[k] = k < breaks ? static_cast<T>(d.breaks[k]) : std::numeric_limits<T>::infinity();
  for (int k = 0; k <= breaks; ++k) {
    curve.starts[k] = static_cast<T>(d.breaks[k > 0 ? k - 1 : 0]);
    for (int power = 0; power < 6; ++power) curve.coefficients[power][k] = static_cast<T>(d.coefficients[power][k]);
  }
  curve.wide = breaks > 15;
  return curve;
}

template <class T>
TabulatedLaw<T> resolveLaw(const LawDescription& d) {
  return {resolveCurve<T>(d.active),     resolveCurve<T>(d.velocity),       resolveCurve<T>(d.passive),
          resolveCurve<T>(d.tendon),     static_cast<T>(1 / d.maxVelocity), static_cast<T>(d.damping),
          static_cast<T>(d.speedAtRest), static_cast<T>(d.shortest),        d.pullsOnly};
}

}  // namespace muscle::model
