// The part of ArticulatedBody for slide and custom joints, whose motion subspace S has an angular and a linear half. Included by
// articulated_body.hpp.
#pragma once

#include "dynamics/articulated_body.hpp"

namespace muscle::dynamics {

// A slide or custom joint: its rotation and its origin in the parent's frame; motion subspace, and bias of a unit rate, in the body's.
template <class S, class V>
[[gnu::flatten]] Vec3<S> ArticulatedBody<S, V>::place(int i, const T* position, Mat3<S>& rotation) {
  const model::Body<V>& body = bodies_[i];
  BodyWork<S>& w = work_[i];
  ScrewWork<S>& screw = this->screw(i);
  const S zero(0), q = load(position, body.positionIndex);
  Vec3<S> moved;
  if (body.type == model::JointType::kSlide) {
    screw.linear = broadcast<S>(body.axis);
    screw.angular = w.biasAngular = w.biasLinear = {zero, zero, zero};
    rotation = broadcast<S>(body.orientation);
    moved = screw.linear * q;
  } else {
    const JointMotion<S> motion = customMotion(*constants_, body, q);
    rotation = motion.rotation;
    if (!body.identityOrientation) rotation = broadcast<S>(body.orientation) * motion.rotation;
    screw.angular = motion.angular;
    screw.linear = motion.linear;
    w.biasAngular = motion.angularRate;
    w.biasLinear = motion.linearRate;
    screw.rotorInertia = motion.rotorInertia;
    screw.rotorRate = motion.rotorRate;
    screw.rotorDamping = motion.rotorDamping;
    moved = motion.position;
  }
  if (!body.identityOrientation) moved = broadcast<S>(body.orientation) * moved;
  return broadcast<S>(body.position) + moved;
}

// kinematics() of a slide or custom joint.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::move(int i, const T* position, const T* velocity) {
  BodyWork<S>& w = work_[i];
  ScrewWork<S>& screw = this->screw(i);
  const BodyWork<S>& parent = work_[bodies_[i].parent];
  Mat3<S> toParent;
  w.offset = parent.rotation * place(i, position, toParent);
  w.rotation = parent.rotation * toParent;
  w.position = parent.position + w.offset;
  screw.angular = w.rotation * screw.angular;
  screw.linear = w.rotation * screw.linear;
  const S rate = load(velocity, bodies_[i].dofIndex), square = rate * rate;
  const Vec3<S> jointAngular = screw.angular * rate, jointLinear = screw.linear * rate;
  w.angular = parent.angular + jointAngular;
  w.linear = parent.linear + cross(parent.angular, w.offset) + jointLinear;
  w.biasAngular = cross(w.angular, jointAngular) + w.rotation * w.biasAngular * square;
  w.biasLinear = cross(w.linear, jointAngular) + cross(w.angular, jointLinear) + w.rotation * w.biasLinear * square;
}

// What only some joints have: armature, limits with a stiffness of their own, and the rotors of a custom joint's elements with their
// inertia, its rate of change, and their damping.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::passiveCoordinate(int i, const T* position, const T* velocity, T dt) {
  const model::Body<V>& body = bodies_[i];
  const int dof = body.dofIndex;
  for (int k = 0; k < body.dofs; ++k) diagonal0_[dof + k] += S(body.armature[k]);
  if (body.ownLimits && body.dofs == 1) {
    const S q = load(position, body.positionIndex), rate = load(velocity, dof);
    const S above = maximum(q - S(body.upper[0]), S(0)), below = minimum(q - S(body.lower[0]), S(0));
    const S stiffness = select(above > S(0), S(body.limitStiffness[1]), S(body.limitStiffness[0]));
    const S damping = select(above > S(0), S(body.limitDamping[1]), S(body.limitDamping[0]));
    const S excess = above + below;
    const S coefficient = select(excess * excess > S(0), stiffness * S(dt) + damping, S(0));
    tau0_[dof] -= excess * stiffness + coefficient * rate;
    diagonal0_[dof] += coefficient * S(dt);
  }
  if (body.rotors) {
    const ScrewWork<S>& w = screw(i);
    const S rate = load(velocity, dof);
    tau0_[dof] -= (w.rotorDamping + w.rotorRate * rate) * rate;
    diagonal0_[dof] += w.rotorInertia + w.rotorDamping * S(dt);
  }
}

// I - U D^-1 U^T, and p + U D^-1 u.
template <class S, class V>
void ArticulatedBody<S, V>::subtractRankOne(Articulated<S>& from, const Vec3<S>& uAngular, const Vec3<S>& uLinear, S inverseD, S residual) {
  const Vec3<S>&a = uAngular, b = uLinear * inverseD;
  from.inertia.angular = from.inertia.angular - outer(uAngular, inverseD);
  from.inertia.coupling =
      from.inertia.coupling - Mat3<S>{{a.x * b.x, a.x * b.y, a.x * b.z, a.y * b.x, a.y * b.y, a.y * b.z, a.z * b.x, a.z * b.y, a.z * b.z}};
  from.inertia.linear = from.inertia.linear - outer(uLinear, inverseD);
  from.bias.torque += uAngular * residual;
  from.bias.force += uLinear * residual;
}

// A slide or custom joint: as a revolute one, with both halves of S.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::eliminateScrew(int i, const S* tau, const S* diagonal) {
  BodyWork<S>& w = work_[i];
  const ScrewWork<S>& screw = this->screw(i);
  const int dof = bodies_[i].dofIndex;
  const SpatialInertia<S> inertia = inertiaOf(i);
  w.uAngular = inertia.angular * screw.angular + inertia.coupling * screw.linear;
  w.uLinear = transposeTimes(inertia.coupling, screw.angular) + inertia.linear * screw.linear;
  w.inverseD.xx = S(1) / (dot(screw.angular, w.uAngular) + dot(screw.linear, w.uLinear) + diagonal[dof]);
  w.u.x = (tau[dof] - dot(screw.angular, w.bias->torque) - dot(screw.linear, w.bias->force)) * w.inverseD.xx;
  Articulated<S> reduced{inertia, *w.bias};
  subtractRankOne(reduced, w.uAngular, w.uLinear, w.inverseD.xx, w.u.x);
  addBias(w, reduced);
  addToParent(i, reduced);
}

// p + I c
template <class S, class V>
void ArticulatedBody<S, V>::addBias(const BodyWork<S>& w, Articulated<S>& to) {
  to.bias.torque += to.inertia.angular * w.biasAngular + to.inertia.coupling * w.biasLinear;
  to.bias.force += transposeTimes(to.inertia.coupling, w.biasAngular) + to.inertia.linear * w.biasLinear;
}

// A joint with S of two halves, or one of a cluster.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::propagateScrew(int i, S* acceleration) {
  BodyWork<S>& w = work_[i];
  const ScrewWork<S>& screw = this->screw(i);
  const BodyWork<S>& parent = work_[bodies_[i].parent];
  const Vec3<S>& about = parent.accelerationAngular;
  const Vec3<S> angular = about + w.biasAngular;
  const Vec3<S> linear = parent.accelerationLinear + cross(about, w.offset) + w.biasLinear;
  const int member = memberOf_[i];
  if (member >= 0 && members_[member].row == 1) solveCluster(members_[member].cluster, acceleration);
  if (member >= 0 && members_[member].coordinate < 0) {
    w.accelerationAngular = angular;
    w.accelerationLinear = linear;
    return;
  }
  S& a = acceleration[bodies_[i].dofIndex];
  if (member < 0) a = w.u.x - (dot(w.uAngular, angular) + dot(w.uLinear, linear)) * w.inverseD.xx;
  w.accelerationAngular = angular + screw.angular * a;
  w.accelerationLinear = linear + screw.linear * a;
}

}  // namespace muscle::dynamics
