// A muscle's fibre and its forces from the length of its path, over lanes.
#pragma once

#include "muscle/fibre_result.hpp"
#include "muscle/hill.hpp"
#include "muscle/mujoco_law.hpp"
#include "muscle/tabulated_law.hpp"

namespace muscle {

template <class S, class V>
FibreResult<S> hillFibre(const model::HillConstants<Element<S>>& law, const model::Muscle<V>& muscle, S pathLength, S pathVelocity) {
  using T = Element<S>;
  FibreResult<S> r;
  const S along = pathLength - S(muscle.tendonSlackLength);  // fibre's projection on the tendon
  S cosine(muscle.cosPennation), length;
  if (law.constantWidth) {
    // Millard et al. 2013 (doi 10.1115/1.4023390): the fibres keep their width, so pennation grows as they shorten.
    const S positive = maximum(along, S(muscle.optimalLength * V(T(0.01))));
    length = squareRoot(positive * positive + S(muscle.width * muscle.width));
    cosine = positive / length;
  } else {
    length = along / cosine;
  }
  const S inverseOptimal(V(T(1)) / muscle.optimalLength);
  r.length = length * inverseOptimal;
  r.velocity = pathVelocity * cosine * inverseOptimal;
  const S force = cosine * S(muscle.maxForce);
  const S isometric = force * hill::activeForceLength(law, r.length);
  S velocityFactor(1), velocitySlope(0);
  if (law.forceVelocity) hill::forceVelocity(r.velocity * S(law.inverseMaxVelocity), velocityFactor, velocitySlope);
  r.active = isometric * velocityFactor;
  r.activeDamping = isometric * velocitySlope * cosine * inverseOptimal * S(law.inverseMaxVelocity);
  S passive, passiveSlope;
  hill::passiveForceLength(law, r.length, passive, passiveSlope);
  r.passive = force * passive;
  r.passiveStiffness = force * passiveSlope * cosine * inverseOptimal;
  return r;
}

template <class S, class V>
FibreResult<S> mujocoFibre(const model::MujocoConstants<Element<S>>& law, const model::Muscle<V>& muscle, S pathLength, S pathVelocity) {
  using T = Element<S>;
  FibreResult<S> r;
  const S inverseOptimal(V(T(1)) / muscle.optimalLength), force(muscle.maxForce);
  r.length = (pathLength - S(muscle.tendonSlackLength)) * inverseOptimal;
  r.velocity = pathVelocity * inverseOptimal;
  const S isometric = force * mujoco::activeForceLength(r.length, law.shortest, law.longest);
  S velocityFactor, velocitySlope, passive, passiveSlope;
  mujoco::forceVelocity(r.velocity * S(law.inverseMaxVelocity), law.lengtheningForce, velocityFactor, velocitySlope);
  const S stretched = r.length * S(law.passiveScale) + S(law.passiveOffset);
  mujoco::passiveForceLength(stretched, law.passiveLongest, law.passiveForce, passive, passiveSlope);
  r.active = isometric * velocityFactor;
  r.activeDamping = isometric * velocitySlope * inverseOptimal * S(law.inverseMaxVelocity);
  r.passive = force * passive;
  r.passiveStiffness = force * passiveSlope * inverseOptimal * S(law.passiveScale);
  return r;
}

// By the muscle's own curves.
template <class S, class V>
FibreResult<S> computeFibre(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const FibreInput<S>& in) {
  switch (muscle.curves) {
    case model::CurveType::kMujoco:
      return mujocoFibre<S>(constants.mujocoCurves[muscle.curveIndex], muscle, in.pathLength, in.pathVelocity);
    case model::CurveType::kTabulated: return tabulatedFibre<S>(constants.laws[muscle.curveIndex], muscle, in);
    case model::CurveType::kHill: break;
  }
  return hillFibre<S>(constants.hill, muscle, in.pathLength, in.pathVelocity);
}

}  // namespace muscle
