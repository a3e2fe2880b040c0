// Muscle paths and their torques, over lanes. A path is a polyline through points fixed to bodies or blended over several, or a chain
// of points and wraps (wrapped_path.hpp).
// The tension acts on every body of a blended point with the point's weight, so that the torque is exactly -F dL/dq; or, if the
// character's file says so, only on the point's first body, as in MASS and its successors (torque and length are then inconsistent).
#pragma once

#include "muscle/body_frames.hpp"
#include "muscle/wrapped_path.hpp"

namespace muscle {

// Direction of a segment and its length, which is added to `length`.
template <class S>
Vec3<S> direction(const Vec3<S>& stretch, S& length) {
  const S own = maximum(norm(stretch), S(Element<S>(1e-6)));
  length += own;
  return stretch * (S(1) / own);
}

// A path without blended points, evaluated by the segments that change their length.
template <class S, class V, class Reduce>
[[gnu::flatten]] S segmentPath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames,
                               const Reduce& reduce) {
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
    reduce(joint, n, f);
  }
  return length;
}

// A path with blended points: the tension acts on every touched body, point by point. With anchorForceOnFirstBody it acts only on
// each point's first body, as in MASS and GaitNet: the moment arms are then not -dL/dq, and the velocity computed from them is not
// dL/dt.
template <class S, class V, class Reduce>
S blendedPath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames, const Reduce& reduce) {
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
    reduce(joint, n, f);
  }
  return length;
}

// Length of a muscle's path, m. `reduce(joint, moment, force)` takes, for each joint that it spans, what acts on the bodies that the
// joint carries: the moment about the root's origin and the force, per newton, world axes. A moving point's own work is added at
// momentArm[entry * stride].
template <class S, class V, class Reduce>
S computePath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames, Element<S>* momentArm,
              const Reduce& reduce) {
  if (muscle.nodeBegin != muscle.nodeEnd) return wrappedPath(constants, muscle, frames, momentArm, reduce);
  return muscle.blended ? blendedPath(constants, muscle, frames, reduce) : segmentPath(constants, muscle, frames, reduce);
}

// The same; -dL/dq of each spanned dof is stored at momentArm[entry * stride].
template <class S, class V>
S computePath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames, Element<S>* momentArm) {
  return computePath(constants, muscle, frames, momentArm,
                     [&](const model::SpannedJoint& joint, const Vec3<S>& moment, const Vec3<S>& force) {
                       storeMomentArm(constants, joint, frames, moment, force, momentArm);
                     });
}

}  // namespace muscle
