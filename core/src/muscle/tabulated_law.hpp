// Muscles of four tabulated curves (Millard 2012, Thelen 2003, De Groote-Fregly 2016), with a rigid or an elastic tendon.
//
// Force along the tendon, of the maximal one: (a fL(l) fV(v / s(a)) + fP(l) + b v) cos(pennation), with fibres of constant width. The
// maximal velocity may fall with the activation, s(a) = s0 + (1 - s0) a; the active force at full activation is then that at the
// present maximal velocity.
#pragma once

#include "muscle/curve.hpp"
#include "muscle/fibre_result.hpp"

namespace muscle {

// The force of the fibres, of the maximal one, and its parts and derivatives; lengths are optimal fibre lengths.
template <class S>
struct FibreForce {
  S length, velocity;                     // of the fibres; maximal velocities at full activation
  S cosine, bend;                         // of the pennation, and its derivative by the projection
  S active, activeStiffness, activeRate;  // at full activation, by length, and by velocity (maximal ones)
  S passive, passiveStiffness;
};

// Lengths of the fibres' projection below which they do not shorten: near 90 degrees of pennation.
template <class S, class V>
S shortestProjection(const model::Muscle<V>& muscle) {
  using T = Element<S>;
  return maximum(S(muscle.width / muscle.optimalLength) * S(T(0.1005)), S(T(0.01)));
}

// At a projection on the tendon and its velocity (maximal ones at full activation).
template <class S, class V>
FibreForce<S> fibreForce(const model::TabulatedLaw<Element<S>>& law, const model::Muscle<V>& muscle, S projection, S moved,
                         S inverseSpeed) {
  FibreForce<S> f;
  const S width(muscle.width / muscle.optimalLength);
  f.length = maximum(squareRoot(projection * projection + width * width), S(law.shortest));
  const S inverse = S(1) / f.length;
  f.cosine = projection * inverse;
  f.bend = width * width * inverse * inverse * inverse;
  f.velocity = moved * f.cosine;
  S shape, shapeSlope, factor, factorSlope;
  evaluate(law.active, f.length, shape, shapeSlope);
  evaluate(law.velocity, f.velocity * inverseSpeed, factor, factorSlope);
  evaluate(law.passive, f.length, f.passive, f.passiveStiffness);
  f.active = shape * factor;
  f.activeStiffness = shapeSlope * factor;
  f.activeRate = shape * factorSlope * inverseSpeed;
  return f;
}

template <class S>
S inverseSpeed(const model::TabulatedLaw<Element<S>>& law, S activation) {
  using T = Element<S>;
  if (law.speedAtRest == T(1)) return S(1);
  return S(1) / (S(law.speedAtRest) + S(T(1) - law.speedAtRest) * maximum(activation, S(0)));
}

template <class S, class V>
FibreResult<S> rigidFibre(const model::TabulatedLaw<Element<S>>& law, const model::Muscle<V>& muscle, const FibreInput<S>& in) {
  using T = Element<S>;
  const S inverseOptimal(V(T(1)) / muscle.optimalLength), toVelocity = S(law.inverseMaxVelocity) * inverseOptimal;
  const S along = (in.pathLength - S(muscle.tendonSlackLength)) * inverseOptimal;
  const S projection = maximum(along, shortestProjection<S>(muscle));
  const auto slack = along < projection;  // the tendon is: the fibres do not move
  const S moved = select(slack, S(0), in.pathVelocity * toVelocity);
  const S speed = inverseSpeed(law, in.activation);
  const FibreForce<S> f = fibreForce(law, muscle, projection, moved, speed);
  const S force = f.cosine * S(muscle.maxForce);
  FibreResult<S> r;
  r.length = f.length;
  r.velocity = f.velocity * S(T(1) / law.inverseMaxVelocity);
  r.active = force * f.active;
  r.activeDamping = force * f.activeRate * f.cosine * toVelocity;
  const auto longer = S(law.shortest) < f.length;  // the shortest fibres have no force in OpenSim, nor their damper
  S passive = f.passive + f.velocity * select(longer, S(law.damping), S(0));
  if (law.pullsOnly) passive = maximum(passive, -(in.activation * f.active));
  r.passive = force * passive;
  const S damper = select(longer, S(law.damping / in.timeStep), S(0));
  r.passiveStiffness = force * f.cosine * (f.passiveStiffness * inverseOptimal + damper * toVelocity);
  r.projection = projection;
  return r;
}

// The projection of the fibres at which they balance the tendon without moving: by bisection, as the active force can fall with length.
template <class S, class V>
S equilibrium(const model::TabulatedLaw<Element<S>>& law, const model::Muscle<V>& muscle, S pathLength, S activation) {
  using T = Element<S>;
  const S inverseOptimal(V(T(1)) / muscle.optimalLength), inverseSlack(V(T(1)) / muscle.tendonSlackLength);
  S low = shortestProjection<S>(muscle);
  S high = maximum((pathLength - S(muscle.tendonSlackLength)) * inverseOptimal, low);
  for (int k = 0; k < 30; ++k) {
    const S x = (low + high) * S(T(0.5));
    const FibreForce<S> f = fibreForce(law, muscle, x, S(0), S(1));
    S tendon, slope;
    evaluate(law.tendon, (pathLength - x * S(muscle.optimalLength)) * inverseSlack, tendon, slope);
    const auto longer = (activation * f.active + f.passive) * f.cosine < tendon;
    low = select(longer, x, low);
    high = select(longer, high, x);
  }
  return (low + high) * S(T(0.5));
}

// Implicit Euler on the projection x of the fibres: tendon((L - x) / slack) = fibres(x, (x - before) / dt). Three steps of Newton's
// method come within 0.2 % of the maximal force (RMS) of an exact integration at 480 Hz.
template <class S, class V>
FibreResult<S> elasticFibre(const model::TabulatedLaw<Element<S>>& law, const model::Muscle<V>& muscle, const FibreInput<S>& in) {
  using T = Element<S>;
  constexpr int kSteps = 3;
  constexpr T kLargestStep = T(0.1);      // optimal fibre lengths
  constexpr T kLeastStiffness = T(1e-2);  // of slack fibres on a slack tendon, maximal forces by optimal length
  const S inverseSlack(V(T(1)) / muscle.tendonSlackLength), optimal(muscle.optimalLength);
  const S perLength = optimal * inverseSlack;  // slack lengths of tendon by optimal lengths of fibre
  const S speed = inverseSpeed(law, in.activation), shortest = shortestProjection<S>(muscle);
  const S rate(law.inverseMaxVelocity / in.timeStep), damping(law.damping);
  S x = maximum(in.projection, shortest);
  const S before = x;
  FibreForce<S> f;
  S tendon, tendonStiffness, stiffness;
  for (int k = 0; k < kSteps; ++k) {
    const S moved = (x - before) * rate;
    f = fibreForce(law, muscle, x, moved, speed);
    evaluate(law.tendon, (in.pathLength - x * optimal) * inverseSlack, tendon, tendonStiffness);
    tendonStiffness *= perLength;
    const S fibres = in.activation * f.active + f.passive + damping * f.velocity;
    const S byVelocity = (in.activation * f.activeRate + damping) * (f.cosine * rate + moved * f.bend);
    const S byLength = (in.activation * f.activeStiffness + f.passiveStiffness) * f.cosine;
    stiffness = (byLength + byVelocity) * f.cosine + fibres * f.bend;
    const S total = maximum(stiffness + tendonStiffness, S(kLeastStiffness));
    const S step = (tendon - fibres * f.cosine) / total;
    x = maximum(x + maximum(minimum(step, S(kLargestStep)), S(-kLargestStep)), shortest);
  }
  evaluate(law.tendon, (in.pathLength - x * optimal) * inverseSlack, tendon, tendonStiffness);
  tendonStiffness *= perLength;
  const S maxForce(muscle.maxForce), inverseOptimal(V(T(1)) / muscle.optimalLength);
  FibreResult<S> r;
  r.projection = x;
  r.length = f.length;
  r.velocity = (x - before) * f.cosine * S(T(1) / in.timeStep);
  r.active = maxForce * f.active * f.cosine;
  r.passive = maxForce * tendon - in.activation * r.active;
  r.activeDamping = S(0);
  // Of tendon and fibres in a row; the fibres' includes that of their velocity over a step.
  const S total = maximum(stiffness + tendonStiffness, S(kLeastStiffness));
  r.passiveStiffness = maximum(maxForce * inverseOptimal * (tendonStiffness * stiffness / total), S(0));
  return r;
}

// By the muscle's tendon; an elastic one whose state is not known yet begins in equilibrium.
template <class S, class V>
FibreResult<S> tabulatedFibre(const model::TabulatedLaw<Element<S>>& law, const model::Muscle<V>& muscle, FibreInput<S> in) {
  if (muscle.elasticIndex < 0) return rigidFibre<S>(law, muscle, in);
  const auto known = in.projection > S(0);
  if (!allOf(known)) in.projection = select(known, in.projection, equilibrium<S>(law, muscle, in.pathLength, in.activation));
  return elasticFibre<S>(law, muscle, in);
}

}  // namespace muscle
