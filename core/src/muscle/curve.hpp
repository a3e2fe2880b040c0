// Curves of muscles and tendons as tables of quintic polynomials, over lanes (core/readers/curve_table.py makes the tables).
#pragma once

#include "dynamics/scalar.hpp"
#include "model/law_description.hpp"

namespace muscle {

// The sections are found by halving; kWide: of 32 instead of 16.
template <bool kWide, class S>
void evaluateSections(const model::Curve<Element<S>>& curve, S x, S& value, S& slope) {
  auto section = firstSection(x);
  if constexpr (kWide) section = nextIfAbove<16>(section, x, S(curve.breaks[15]));
  section = nextIfAbove<8>(section, x, lookUp<kWide>(curve.breaks + 7, section));
  section = nextIfAbove<4>(section, x, lookUp<kWide>(curve.breaks + 3, section));
  section = nextIfAbove<2>(section, x, lookUp<kWide>(curve.breaks + 1, section));
  section = nextIfAbove<1>(section, x, lookUp<kWide>(curve.breaks, section));
  const S t = x - lookUp<kWide>(curve.starts, section);
  S y = lookUp<kWide>(curve.coefficients[5], section);
  S first = y;
  for (int power = 4; power > 0; --power) {
    y = y * t + lookUp<kWide>(curve.coefficients[power], section);
    first = first * t + y;
  }
  value = y * t + lookUp<kWide>(curve.coefficients[0], section);
  slope = first;
}

// A curve's value and slope.
template <class S>
void evaluate(const model::Curve<Element<S>>& curve, S x, S& value, S& slope) {
  if (curve.wide)
    evaluateSections<true>(curve, x, value, slope);
  else
    evaluateSections<false>(curve, x, value, slope);
}

}  // namespace muscle
