// What a muscle's path is computed from, the bodies' transforms, and what its forces are reduced to, moment arms.
#pragma once

#include "dynamics/articulated_body.hpp"

namespace muscle {

// The bodies' transforms as arrays over lanes: rotations (bodies, 9) and origins (bodies, 3), relative to the root's; and the internal
// positions, on which conditional and moving points depend.
template <class S>
struct BodyFrames {
  using T = Element<S>;
  const T* rotations;
  const T* origins;
  const T* positions;
  const T* screws;  // of the custom joints
  static constexpr int stride = dynamics::kStride<S>;

  S coordinate(int position) const { return ScalarTraits<S>::load(positions + position * stride); }

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

}  // namespace muscle
