// Hill curves of a muscle with a rigid tendon, as pure functions over any scalar.
// Force-length and passive curves: Thelen 2003 (doi 10.1115/1.1531112) with the constants that MASS and GaitNet use;
// force-velocity: Hill's hyperbola, concentric curvature 0.25, eccentric plateau 1.6 (GaitNet's constants).
#pragma once

#include "dynamics/scalar.hpp"
#include "model/model.hpp"

namespace muscle::hill {

// Active force over maximal isometric force, at fibre length l (optimal fibre lengths): exp(-(l - 1)^2 / width).
template <class S>
S activeForceLength(const model::HillConstants<Element<S>>& law, S l) {
  const S x = l - S(1);
  return exponential(-(x * x) * S(law.inverseWidth));
}

// Passive force over maximal isometric force and its slope: (exp(k (l - 1) / e) - 1) / (exp(k) - 1) beyond l = 1, else 0, with
// k (l - 1) / e at most the law's cap.
template <class S>
void passiveForceLength(const model::HillConstants<Element<S>>& law, S l, S& force, S& slope) {
  const auto slack = l < S(1);
  const S x = minimum((l - S(1)) * S(law.passiveRate), S(law.passiveCap));
  const S e = exponential(x);
  force = select(slack, S(0), (e - S(1)) * S(law.passiveScale));
  slope = select(slack, S(0), e * S(law.passiveStiffness));
}

// Force over isometric force at fibre velocity v (maximal shortening velocities, positive when lengthening), and its slope.
template <class S>
void forceVelocity(S v, S& force, S& slope) {
  using T = Element<S>;
  const auto lengthening = v > S(0);
  const S shortened = maximum(minimum(v, S(0)), S(-1));
  const S lengthened = maximum(v, S(0));
  const S inverse = S(1) / select(lengthening, S(1) + lengthened * S(T(1) / T(0.06)), S(1) - shortened * S(4));
  force = select(lengthening, S(1) + lengthened * S(T(1.6) / T(0.06)), S(1) + shortened) * inverse;
  slope = select(lengthening, S(T(0.6) / T(0.06)), S(5)) * inverse * inverse;
  slope = select(v < S(-1), S(0), slope);
}

}  // namespace muscle::hill
