// Muscle paths and their torques, over lanes. A path is a polyline through points fixed to bodies or blended over several.
// The tension acts on every body of a blended point with the point's weight, so that the torque is exactly -F dL/dq; or, if the
// character's file says so, only on the point's first body, as in MASS and its successors (torque and length are then inconsistent).
#pragma once

#include "dynamics/articulated_body.hpp"
#include "muscle/hill.hpp"

namespace muscle {

// The bodies' transforms as arrays over lanes: rotations (bodies, 9) and origins (bodies, 3), relative to the root's.
template <class S>
struct BodyFrames {
  using T = Element<S>;
  const T* rotations;
  const T* origins;
  int stride;
  const T* screws;  // of the custom joints

  Mat3<S> rotation(int body) const {
    Mat3<S> r;
    for (int k = 0; k < 9; ++k) r.m[k] = ScalarTraits<S>::load(rotations + (9 * body + k) * stride);
    return r;
  }
  Vec3<S> origin(int body) const {
    const T* o = origins + 3 * body * stride;
    return {ScalarTraits<S>::load(o), ScalarTraits<S>::load(o + stride), ScalarTraits<S>::load(o + 2 * stride)};
  }
  Vec3<S> screw(int joint, int half) const {  // half 0: angular, 1: linear
    const T* s = screws + (6 * joint + 3 * half) * stride;
    return {ScalarTraits<S>::load(s), ScalarTraits<S>::load(s + stride), ScalarTraits<S>::load(s + 2 * stride)};
  }
  // From the root's origin to a point of a body.
  template <class V>
  Vec3<S> point(int body, const Vec3<V>& at) const {
    return origin(body) + rotation(body) * dynamics::broadcast<S>(at);
  }
};

// V, here and below: the type of the constants, as in ArticulatedBody.
//
// Stores -dL/dq of a joint's dofs from the force on the bodies that it carries: moment about the root's origin and force, per newton.
template <class S, class V>
void storeMomentArm(const model::Constants<V>& constants, const model::SpannedJoint& joint, const BodyFrames<S>& frames,
                    const Vec3<S>& moment, const Vec3<S>& force, Element<S>* momentArm) {
  using Traits = ScalarTraits<S>;
  const Vec3<S> local = transposeTimes(frames.rotation(joint.body), moment - cross(frames.origin(joint.body), force));
  Element<S>* arm = momentArm + joint.entry * frames.stride;
  if (joint.type == model::JointType::kRevolute) {
    Traits::store(arm, dot(dynamics::broadcast<S>(constants.bodies[joint.body].axis), local));
  } else if (joint.type == model::JointType::kSlide || joint.type == model::JointType::kCustom) {
    const model::Body<V>& body = constants.bodies[joint.body];
    const Vec3<S> pull = transposeTimes(frames.rotation(joint.body), force);
    const bool slide = joint.type == model::JointType::kSlide;
    S own = slide ? dot(dynamics::broadcast<S>(body.axis), pull)
                  : dot(frames.screw(body.screwIndex, 0), local) + dot(frames.screw(body.screwIndex, 1), pull);
    if (joint.adds) own += Traits::load(arm);
    Traits::store(arm, own);
  } else {
    Traits::store(arm, local.x);
    Traits::store(arm + frames.stride, local.y);
    Traits::store(arm + 2 * frames.stride, local.z);
  }
}

// Direction of a segment and its length, which is added to `length`.
template <class S>
Vec3<S> direction(const Vec3<S>& stretch, S& length) {
  const S own = maximum(norm(stretch), S(Element<S>(1e-6)));
  length += own;
  return stretch * (S(1) / own);
}

// A path without blended points, evaluated by the segments that change their length.
template <class S, class V>
[[gnu::flatten]] S segmentPath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames,
                               Element<S>* momentArm) {
  Vec3<S> force[model::kMaxPathPoints], moment[model::kMaxPathPoints];  // on the segment's beginning, per newton
  S length(muscle.rigidLength);
  Vec3<S> start{S(0), S(0), S(0)}, end = start;
  for (int k = muscle.segmentBegin; k < muscle.segmentEnd; ++k) {
    const model::PathSegment<V>& segment = constants.segments[k];
    start = segment.continues ? end : frames.point(segment.from, segment.start);
    end = frames.point(segment.to, segment.end);
    const Vec3<S> unit = direction(end - start, length);
    force[k - muscle.segmentBegin] = unit;
    moment[k - muscle.segmentBegin] = cross(start, unit);
  }
  for (int j = muscle.jointBegin; j < muscle.jointEnd; ++j) {
    const model::SpannedJoint& joint = constants.spannedJoints[j];
    const model::Crossing* crossing = constants.crossings.data() + joint.crossingBegin;
    S sign(crossing->sign);
    Vec3<S> n = moment[crossing->segment] * sign, f = force[crossing->segment] * sign;
    for (int k = joint.crossingBegin + 1; k < joint.crossingEnd; ++k) {
      sign = S((++crossing)->sign);
      n += moment[crossing->segment] * sign;
      f += force[crossing->segment] * sign;
    }
    storeMomentArm(constants, joint, frames, n, f, momentArm);
  }
  return length;
}

// A path with blended points: the tension acts on every touched body, point by point. With anchorForceOnFirstBody it acts only on
// each point's first body, as in MASS and GaitNet: the moment arms are then not -dL/dq, and the velocity computed from them is not
// dL/dt.
template <class S, class V>
S blendedPath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames, Element<S>* momentArm) {
  const S zero(0);
  const int points = muscle.pointEnd - muscle.pointBegin;
  const int touched = muscle.bodyEnd - muscle.bodyBegin;
  const int* bodies = constants.touchedBodies.data() + muscle.bodyBegin;
  const int* offsets = constants.attachmentOffsets.data() + muscle.pointBegin;
  const model::PathAttachment<V>* attachments = constants.attachments.data();

  Vec3<S> arms[2 * model::kMaxMuscleBodies];  // from the root's origin to the attachments of this point and the next
  Vec3<S> torque[model::kMaxMuscleBodies], force[model::kMaxMuscleBodies];
  for (int k = 0; k < touched; ++k) torque[k] = force[k] = {zero, zero, zero};

  const auto locate = [&](int point, Vec3<S>* where) {
    Vec3<S> position{zero, zero, zero};
    for (int a = offsets[point]; a < offsets[point + 1]; ++a) {
      const Vec3<S> at = frames.point(bodies[attachments[a].slot], attachments[a].position);
      where[a - offsets[point]] = at;
      position += at * S(attachments[a].weight);
    }
    return offsets[point + 1] - offsets[point] == 1 ? where[0] : position;
  };
  const auto apply = [&](int point, const Vec3<S>* where, const Vec3<S>& position, const Vec3<S>& tension) {
    if (constants.anchorForceOnFirstBody) {
      const int slot = attachments[offsets[point]].slot;
      force[slot] += tension;
      torque[slot] += cross(position, tension);
      return;
    }
    for (int a = offsets[point]; a < offsets[point + 1]; ++a) {
      const int slot = attachments[a].slot;
      const Vec3<S> f = tension * S(attachments[a].weight);
      force[slot] += f;
      torque[slot] += cross(where[a - offsets[point]], f);
    }
  };

  S length = zero;
  Vec3<S> incoming{zero, zero, zero};
  Vec3<S>* where = arms;
  Vec3<S> position = locate(0, where);
  for (int p = 1; p < points; ++p) {
    Vec3<S>* nextWhere = arms + (p % 2) * model::kMaxMuscleBodies;
    const Vec3<S> next = locate(p, nextWhere);
    const Vec3<S> unit = direction(next - position, length);
    apply(p - 1, where, position, unit - incoming);
    incoming = unit;
    where = nextWhere;
    position = next;
  }
  apply(points - 1, where, position, -incoming);

  for (int j = muscle.jointBegin; j < muscle.jointEnd; ++j) {
    const model::SpannedJoint& joint = constants.spannedJoints[j];
    Vec3<S> n{zero, zero, zero}, f{zero, zero, zero};
    for (int k = 0; k < touched; ++k) {
      if (!(joint.slots >> k & 1u)) continue;
      n += torque[k];
      f += force[k];
    }
    storeMomentArm(constants, joint, frames, n, f, momentArm);
  }
  return length;
}

// Length of a muscle's path, m; -dL/dq of each spanned dof is stored at momentArm[entry * stride].
template <class S, class V>
S computePath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames, Element<S>* momentArm) {
  return muscle.blended ? blendedPath(constants, muscle, frames, momentArm) : segmentPath(constants, muscle, frames, momentArm);
}

// Fibre state and forces of a muscle with a rigid tendon.
template <class S>
struct FibreResult {
  S length, velocity;  // optimal fibre lengths, and per second
  S active, passive;   // along the tendon at full activation, N
  S activeDamping;     // d active / d path velocity, N s/m
  S passiveStiffness;  // d passive / d path length, N/m
};

template <class S, class V>
FibreResult<S> computeFibre(const model::HillConstants<Element<S>>& law, const model::Muscle<V>& muscle, S pathLength, S pathVelocity) {
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
  const S isometric = force * hill::activeForceLength(r.length, law.forceLengthWidth);
  S velocityFactor(1), velocitySlope(0);
  if (law.forceVelocity) hill::forceVelocity(r.velocity * S(law.inverseMaxVelocity), velocityFactor, velocitySlope);
  r.active = isometric * velocityFactor;
  r.activeDamping = isometric * velocitySlope * cosine * inverseOptimal * S(law.inverseMaxVelocity);
  S passive, passiveSlope;
  hill::passiveForceLength(r.length, law.passiveExponent, law.passiveStrain, law.passiveDenominator, law.passiveCap, passive, passiveSlope);
  r.passive = force * passive;
  r.passiveStiffness = force * passiveSlope * cosine * inverseOptimal;
  return r;
}

}  // namespace muscle
