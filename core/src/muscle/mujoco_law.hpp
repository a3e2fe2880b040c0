// The muscle of MuJoCo: piecewise quadratic curves of a rigid-tendon muscle without pennation.
// Formulas: MuJoCo's documentation, "Muscle actuators", and its engine's mju_muscleGain, mju_muscleBias.
#pragma once

#include "dynamics/scalar.hpp"

namespace muscle::mujoco {

// Active force over maximal force at a fibre length (optimal lengths): 0 outside [shortest, longest], 1 at 1, and halves of parabolas
// that meet half-way.
template <class S>
S activeForceLength(S l, Element<S> shortest, Element<S> longest) {
  using T = Element<S>;
  const T below = T(0.5) * (1 - shortest), above = T(0.5) * (longest - 1);  // widths of the quadratic parts
  const auto shortened = l < S(1);
  const S inverseWidth = select(shortened, S(1 / below), S(1 / above));
  // From the end of the range, in widths: 0 at the end, 1 half-way, 2 at the optimum.
  const S x = minimum(maximum(select(shortened, l - S(shortest), S(longest) - l) * inverseWidth, S(0)), S(2));
  const S rest = S(2) - x;
  return select(x < S(1), S(T(0.5)) * x * x, S(1) - S(T(0.5)) * rest * rest);
}

// Force over isometric force at a velocity (maximal shortening velocities, positive when lengthening), and its slope.
template <class S>
void forceVelocity(S v, Element<S> largest, S& force, S& slope) {
  using T = Element<S>;
  const T rise = largest - 1;
  const auto lengthening = v > S(0);
  const S shortened = maximum(minimum(v, S(0)) + S(1), S(0));
  const S rest = maximum(S(rise) - maximum(v, S(0)), S(0));
  force = select(lengthening, S(largest) - rest * rest * S(1 / rise), shortened * shortened);
  slope = S(2) * select(lengthening, rest * S(1 / rise), shortened);
}

// Passive force over maximal force at a fibre length and its slope: quadratic from 1 to the middle of 1 and `longest`, where it is half
// of `scale`, linear beyond.
template <class S>
void passiveForceLength(S l, Element<S> longest, Element<S> scale, S& force, S& slope) {
  using T = Element<S>;
  const T width = T(0.5) * (longest - 1);
  const S x = maximum((l - S(1)) * S(1 / width), S(0));
  const S bent = minimum(x, S(1));
  force = S(scale) * (bent * (x - S(T(0.5)) * bent));
  slope = S(scale / width) * bent;
}

}  // namespace muscle::mujoco
