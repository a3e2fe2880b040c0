// First-order activation dynamics: the activation follows the excitation, implicit over a time step.
#pragma once

#include "dynamics/scalar.hpp"
#include "model/description.hpp"

namespace muscle::lanes {

// The activation a after a step at excitation u. The rate depends on the activation (Thelen 2003, doi 10.1115/1.1531112); with smoothing
// the two time constants pass into each other (De Groote et al. 2016, doi 10.1007/s10439-016-1591-9, eqs. 1 and 2).
template <class S>
S followed(const model::ActivationDynamics& dynamics, S u, S a, Element<S> dt) {
  using T = Element<S>;
  if (dynamics.lowest > 0) a = select(a < S(T(dynamics.lowest)), S(T(dynamics.lowest)), a);
  const S shape = S(T(0.5)) + S(T(1.5)) * a;
  if (dynamics.smoothing > 0) {
    const S rise = S(1) - S(1) / (exponential((u - a) * S(T(2 * dynamics.smoothing))) + S(1));  // (1 + tanh) / 2
    const S rate = rise / (shape * S(T(dynamics.activation))) + (S(1) - rise) * shape * S(T(1 / dynamics.deactivation));
    return a + (u - a) * (S(dt) * rate / (S(1) + S(dt) * rate));
  }
  const S tau = select(u > a, shape * S(T(dynamics.activation)), S(T(dynamics.deactivation)) / shape);
  const S ratio = S(dt) / (tau + S(dt));
  return a + (u - a) * ratio;
}

}  // namespace muscle::lanes
