// A joint of one coordinate q as a product of elementary rotations and translations, each by a function of q (as OpenSim's CustomJoint,
// Seth et al. 2010, doi 10.1007/s11071-010-9717-3, or the stacked joints of a MuJoCo body that equalities couple).
#pragma once

#include "dynamics/spatial.hpp"
#include "model/model.hpp"

namespace muscle::dynamics {

// The placement of the body in the joint's frame, the motion subspace S(q) = dX/dq and dS/dq, both in the body's frame.
template <class S>
struct JointMotion {
  Mat3<S> rotation;
  Vec3<S> position;
  Vec3<S> angular, linear;          // S
  Vec3<S> angularRate, linearRate;  // dS/dq
  S rotorInertia, rotorDamping;     // of the elements' rotors, felt by the coordinate: sum of armature f'^2 and of damping f'^2
  S rotorRate;                      // sum of armature f' f''
};

// Rotation about a unit axis (Rodrigues).
template <class S>
Mat3<S> axisRotation(const Vec3<S>& a, S angle) {
  S sine, cosine;
  sineCosine(angle, sine, cosine);
  const S versine = S(1) - cosine;
  const Vec3<S> sa = a * sine, va = a * versine;
  return {{cosine + va.x * a.x, va.x * a.y - sa.z, va.x * a.z + sa.y, va.x * a.y + sa.z, cosine + va.y * a.y, va.y * a.z - sa.x,
           va.x * a.z - sa.y, va.y * a.z + sa.x, cosine + va.z * a.z}};
}

// The values of a custom joint's functions and their first and second derivatives.
template <class S>
struct ElementAmounts {
  S value[model::kMaxElements], slope[model::kMaxElements], curvature[model::kMaxElements];
};

template <class S, class V>
void evaluateElements(const model::Constants<V>& constants, const model::Body<V>& body, S q, ElementAmounts<S>& f) {
  using T = Element<S>;
  const model::JointElement<T>* elements = constants.elements.data() + body.elementBegin;
  const int count = body.elementEnd - body.elementBegin;
  for (int e = 0; e < count; ++e) {
    const T* c = elements[e].polynomial;
    f.value[e] = S(c[0]) + q * (S(c[1]) + q * (S(c[2]) + q * (S(c[3]) + q * S(c[4]))));
    f.slope[e] = S(c[1]) + q * (S(2 * c[2]) + q * (S(3 * c[3]) + q * S(4 * c[4])));
    f.curvature[e] = S(2 * c[2]) + q * (S(6 * c[3]) + q * S(12 * c[4]));
  }
  for (int k = body.knotBegin; k < body.knotEnd; ++k) {
    const model::JointKnot<T>& knot = constants.knots[k];
    const T* weights = constants.weights.data() + knot.weightBegin;
    const S beyond = maximum(q - S(knot.at), S(0)), square = beyond * beyond;
    const bool cubic = knot.power == 3;
    const S value = cubic ? square * beyond : square;
    const S slope = cubic ? square * S(3) : beyond * S(2);
    const S curvature = cubic ? beyond * S(6) : select(beyond > S(0), S(2), S(0));
    for (int e = 0; e < count; ++e) {
      const S weight(weights[e]);
      f.value[e] += value * weight;
      f.slope[e] += slope * weight;
      f.curvature[e] += curvature * weight;
    }
  }
}

// Elements one after another: S' = Ad^-1 S + a f', and dS'/dq = Ad^-1 dS/dq + (Ad^-1 S) x a f' + a f'', with Ad the element's own motion.
template <class S, class V>
[[gnu::flatten]] JointMotion<S> customMotion(const model::Constants<V>& constants, const model::Body<V>& body, S q) {
  ElementAmounts<S> f;
  evaluateElements(constants, body, q, f);
  const Vec3<S> zero{S(0), S(0), S(0)};
  JointMotion<S> m{{{S(1), S(0), S(0), S(0), S(1), S(0), S(0), S(0), S(1)}}, zero, zero, zero, zero, zero, S(0), S(0), S(0)};
  for (int e = body.elementBegin, k = 0; e < body.elementEnd; ++e, ++k) {
    const auto& element = constants.elements[e];
    const Vec3<S> axis{S(element.axis.x), S(element.axis.y), S(element.axis.z)};
    if (body.rotors) {
      const S inertia = f.slope[k] * S(element.armature);
      m.rotorInertia += inertia * f.slope[k];
      m.rotorRate += inertia * f.curvature[k];
      m.rotorDamping += f.slope[k] * f.slope[k] * S(element.damping);
    }
    const Vec3<S> speed = axis * f.slope[k], acceleration = axis * f.curvature[k];
    if (element.rotation) {
      const Mat3<S> turn = axisRotation(axis, f.value[k]);
      m.rotation = m.rotation * turn;
      m.angular = transposeTimes(turn, m.angular);
      m.linear = transposeTimes(turn, m.linear);
      m.angularRate = transposeTimes(turn, m.angularRate) + cross(m.angular, speed) + acceleration;
      m.linearRate = transposeTimes(turn, m.linearRate) + cross(m.linear, speed);
      m.angular += speed;
    } else {
      const Vec3<S> shift = axis * f.value[k];
      m.position += m.rotation * shift;
      m.linear += cross(m.angular, shift);
      m.linearRate += cross(m.angularRate, shift) + cross(m.angular, speed) + acceleration;
      m.linear += speed;
    }
  }
  return m;
}

}  // namespace muscle::dynamics
