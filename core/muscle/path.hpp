// Muscle paths and their torques, over lanes. A path is a polyline through points fixed to bodies or blended over several.
// The tension pulls on every body of a blended point with the point's weight, so that the torque is -F dL/dq exactly; where
// the character says so, on the point's first body alone, as in MASS and its successors (torque and length then disagree).
#pragma once

#include "dynamics/articulated_body.hpp"
#include "muscle/hill.hpp"

namespace muscle {

template <class S>
struct PathResult {
  S length;    // m
  S velocity;  // m/s
};

// Length and velocity of a muscle's path; the torque of a unit tension at each spanned dof (-dL/dq) is stored at
// momentArm[entry * stride].
template <class S>
PathResult<S> computePath(const model::Constants<Element<S>>& constants, const model::Muscle<Element<S>>& muscle,
                          const dynamics::ArticulatedBody<S>& tree, Element<S>* momentArm, int stride) {
  using T = Element<S>;
  using Traits = ScalarTraits<S>;
  const S zero(0);
  const int points = muscle.pointEnd - muscle.pointBegin;
  const int touched = muscle.bodyEnd - muscle.bodyBegin;
  const int* bodies = constants.touchedBodies.data() + muscle.bodyBegin;
  const int* offsets = constants.attachmentOffsets.data() + muscle.pointBegin;
  const model::PathAttachment<T>* attachments = constants.attachments.data();

  Vec3<S> arms[2 * model::kMaxMuscleBodies];  // from the root's origin to the attachments of this point and the next
  Vec3<S> torque[model::kMaxMuscleBodies], force[model::kMaxMuscleBodies];
  for (int k = 0; k < touched; ++k) torque[k] = force[k] = {zero, zero, zero};

  const auto locate = [&](int point, Vec3<S>* where, Vec3<S>& position, Vec3<S>& velocity) {
    position = velocity = {zero, zero, zero};
    for (int a = offsets[point]; a < offsets[point + 1]; ++a) {
      const dynamics::BodyWork<S>& body = tree.body(bodies[attachments[a].slot]);
      const Vec3<S> arm = body.rotation * dynamics::broadcast<S>(attachments[a].position);
      const Vec3<S> at = body.position + arm;
      const Vec3<S> moving = body.worldLinear + cross(body.worldAngular, arm);
      where[a - offsets[point]] = at;
      if (offsets[point + 1] - offsets[point] == 1) {
        position = at;
        velocity = moving;
      } else {
        const S weight(attachments[a].weight);
        position += at * weight;
        velocity += moving * weight;
      }
    }
  };
  const auto pull = [&](int point, const Vec3<S>* where, const Vec3<S>& position, const Vec3<S>& direction) {
    if (constants.anchorForceOnFirstBody) {
      const int slot = attachments[offsets[point]].slot;
      force[slot] += direction;
      torque[slot] += cross(position, direction);
      return;
    }
    for (int a = offsets[point]; a < offsets[point + 1]; ++a) {
      const int slot = attachments[a].slot;
      const Vec3<S> f = direction * S(attachments[a].weight);
      force[slot] += f;
      torque[slot] += cross(where[a - offsets[point]], f);
    }
  };

  PathResult<S> result{zero, zero};
  Vec3<S> position, velocity, incoming{zero, zero, zero};
  Vec3<S>* where = arms;
  locate(0, where, position, velocity);
  for (int p = 1; p < points; ++p) {
    Vec3<S> nextPosition, nextVelocity;
    Vec3<S>* nextWhere = arms + (p % 2) * model::kMaxMuscleBodies;
    locate(p, nextWhere, nextPosition, nextVelocity);
    const Vec3<S> segment = nextPosition - position;
    const S length = maximum(norm(segment), S(T(1e-6)));
    const Vec3<S> unit = segment * (S(1) / length);
    result.length += length;
    result.velocity += dot(unit, nextVelocity - velocity);
    pull(p - 1, where, position, unit - incoming);
    incoming = unit;
    where = nextWhere;
    position = nextPosition;
    velocity = nextVelocity;
  }
  pull(points - 1, where, position, -incoming);

  for (int j = muscle.jointBegin; j < muscle.jointEnd; ++j) {
    const model::SpannedJoint& joint = constants.spannedJoints[j];
    Vec3<S> n{zero, zero, zero}, f{zero, zero, zero};
    for (int k = 0; k < touched; ++k) {
      if (!(joint.slots >> k & 1u)) continue;
      n += torque[k];
      f += force[k];
    }
    const dynamics::BodyWork<S>& body = tree.body(joint.body);
    const Vec3<S> local = transposeTimes(body.rotation, n - cross(body.position, f));
    T* arm = momentArm + joint.entry * stride;
    if (joint.type == model::JointType::kRevolute) {
      Traits::store(arm, dot(dynamics::broadcast<S>(constants.bodies[joint.body].axis), local));
    } else {
      Traits::store(arm, local.x);
      Traits::store(arm + stride, local.y);
      Traits::store(arm + 2 * stride, local.z);
    }
  }
  return result;
}

// Fibre state and forces of a muscle with a rigid tendon.
template <class S>
struct FibreResult {
  S length, velocity;  // optimal fibre lengths, and per second
  S active, passive;   // along the tendon at full activation, N
  S activeDamping;     // d active / d path velocity, N s/m
  S passiveStiffness;  // d passive / d path length, N/m
};

template <class S>
FibreResult<S> computeFibre(const model::HillConstants<Element<S>>& law, const model::Muscle<Element<S>>& muscle,
                            const PathResult<S>& path) {
  using T = Element<S>;
  FibreResult<S> r;
  const S along = path.length - S(muscle.tendonSlackLength);  // fibre's projection on the tendon
  S cosine(muscle.cosPennation), length;
  if (law.constantWidth) {
    // Millard et al. 2013 (doi 10.1115/1.4023390): the fibres keep their width, so pennation grows as they shorten.
    const S positive = maximum(along, S(muscle.optimalLength * T(0.01)));
    length = squareRoot(positive * positive + S(muscle.width * muscle.width));
    cosine = positive / length;
  } else {
    length = along / cosine;
  }
  const S inverseOptimal(T(1) / muscle.optimalLength);
  r.length = length * inverseOptimal;
  r.velocity = path.velocity * cosine * inverseOptimal;
  const S force = cosine * S(muscle.maxForce);
  const S isometric = force * hill::activeForceLength(r.length, law.forceLengthWidth);
  S velocityFactor(1), velocitySlope(0);
  if (law.forceVelocity) hill::forceVelocity(r.velocity * S(law.inverseMaxVelocity), velocityFactor, velocitySlope);
  r.active = isometric * velocityFactor;
  r.activeDamping = isometric * velocitySlope * cosine * inverseOptimal * S(law.inverseMaxVelocity);
  S passive, passiveSlope;
  hill::passiveForceLength(r.length, law.passiveExponent, law.passiveStrain, law.passiveDenominator, passive, passiveSlope);
  r.passive = force * passive;
  r.passiveStiffness = force * passiveSlope * cosine * inverseOptimal;
  return r;
}

}  // namespace muscle
