// Featherstone's articulated-body algorithm (Rigid Body Dynamics Algorithms, 2008, chapter 7) in world axes, each body's quantities about
// its own origin: nothing is turned between a body and its parent, and shifted by as much as floats bear.
// Joint-space terms that are implicit in the end-of-step velocity (damping, limits, stable PD) are added to the joint-space diagonal,
// and implicit forces on bodies (contact) to the articulated inertia, so that one O(n) pass includes all of them.
// Contact forces change the articulated inertia only of the bodies between a contact and the root (the carriers): if nothing else
// changes, the pass is repeated over these bodies only.
#pragma once

#include <algorithm>
#include <vector>

#include "dynamics/custom_joint.hpp"
#include "dynamics/lane_state.hpp"
#include "dynamics/spatial.hpp"
#include "model/model.hpp"

namespace muscle::dynamics {

// A spatial inertia as blocks: [angular coupling; coupling^T linear], about the body's origin.
template <class S>
struct SpatialInertia {
  Sym3<S> angular;
  Mat3<S> coupling;
  Sym3<S> linear;
};

template <class S>
struct Wrench {
  Vec3<S> torque, force;
};

// A body's inertia and bias force, including those of its descendants and of the ground.
template <class S>
struct Articulated {
  SpatialInertia<S> inertia;
  Wrench<S> bias;
};

template <class S>
struct BodyWork {
  Mat3<S> rotation;                                 // body to world
  Vec3<S> position;                                 // of the origin relative to the root's origin
  Vec3<S> offset;                                   // of the origin relative to the parent's
  Vec3<S> axis;                                     // of a revolute joint
  Vec3<S> angular, linear;                          // velocity
  Vec3<S> biasAngular, biasLinear;                  // velocity-product acceleration c
  Sym3<S> rotational;                               // inertia of the body without its descendants
  Vec3<S> firstMoment;                              // likewise
  Wrench<S> rigid;                                  // bias force likewise
  Articulated<S> branched;                          // with the branches that carry no contact
  Articulated<S> whole;                             // with all descendants, in the present pass
  const SpatialInertia<S>* inertia;                 // the pass's present sum: of `branched` or `whole`; null: of the body alone
  const Wrench<S>* bias;                            // likewise: of `branched`, `whole` or `rigid`
  Vec3<S> u;                                        // joint-space residual, before and after the division
  Sym3<S> inverseD;                                 // (S^T I S + diagonal)^-1; xx alone for a joint of one coordinate
  Vec3<S> uAngular, uLinear;                        // I S of a joint of one coordinate
  Vec3<S> accelerationAngular, accelerationLinear;  // gravity's negative included
  Vec3<S> keptAngular, keptLinear;                  // the same, of a stored pass
};

// What a joint needs whose motion subspace S has two halves, or that belongs to a cluster.
template <class S>
struct ScrewWork {
  Vec3<S> angular, linear;                  // S
  S rotorInertia, rotorRate, rotorDamping;  // see JointMotion
};

// The coordinates of a model::Cluster, eliminated together: a constraint embedding (Jain 2012, doi 10.1007/s11044-011-9264-4) in which each
// body has, beside the inertia of what it carries, the wrenches on it by unit accelerations of the coordinates.
template <class S>
struct ClusterWork {
  std::vector<S> d;               // S^T I S, lower triangle row by row; after the elimination D^-1, and L beside the diagonal
  std::vector<S> u;               // residuals; after the elimination D^-1 L^-1 of them
  std::vector<Wrench<S>> wrench;  // of the base, then of the bodies, each coordinate's; the base's after the elimination L^-1 of them
  Wrench<S>* at(int row) { return wrench.data() + row * static_cast<int>(u.size()); }
  S& entry(int i, int j) { return d[(i > j ? i : j) * static_cast<int>(u.size()) + (i > j ? j : i)]; }
};

// Of a body in a cluster.
struct ClusterMember {
  int cluster, row, parentRow;
  int coordinate;          // of its joint; -1 for a weld
  std::vector<int> below;  // coordinates of the bodies of the cluster that it carries
};

// A constant for all lanes; of constants with a number for each lane a copy.
template <class S, class V>
Vec3<S> broadcast(const Vec3<V>& v) {
  return {S(v.x), S(v.y), S(v.z)};
}
template <class S, class V>
Mat3<S> broadcast(const Mat3<V>& a) {
  Mat3<S> r;
  for (int i = 0; i < 9; ++i) r.m[i] = S(a.m[i]);
  return r;
}
template <class S, class V>
Sym3<S> broadcast(const Sym3<V>& a) {
  return {S(a.xx), S(a.yy), S(a.zz), S(a.xy), S(a.xz), S(a.yz)};
}

// V: the type of the constants; one number for all lanes, or S, with one for each lane.
template <class S, class V = Element<S>>
class ArticulatedBody {
 public:
  using T = Element<S>;

  ArticulatedBody(const model::Constants<V>& constants, int dofs);

  // Takes other constants of the same structure, or the same ones after a change.
  void use(const model::Constants<V>& constants);

  int count() const { return count_; }
  BodyWork<S>& body(int i) { return work_[i]; }
  const BodyWork<S>& body(int i) const { return work_[i]; }
  // Of a slide or custom joint.
  const ScrewWork<S>& screwOf(int body) const { return screws_[screwOf_[body]]; }
  // Joint torque and implicit diagonal of every pass: passive damping and limits.
  S* passiveTorque() { return tau0_.data(); }
  S* passiveDiagonal() { return diagonal0_.data(); }

  // position: internal positions, velocity: dofs; both read at [feature * kStride<S>].
  void kinematics(const T* position, const T* velocity);

  // Velocity-product forces and external wrenches (world axes, about the body's origin).
  void beginStep(const T* externalForce);

  // Passive joint damping, springs and limits, linearised in the end-of-step velocity.
  void passiveJoints(const T* position, const T* velocity, T dt, T limitStiffness, T limitDamping);

  // A pass computes acceleration(dofs) from tau(dofs), with `diagonal` (dofs) added to the joint-space inertia's diagonal, in these
  // parts: reduceBranches; then, repeated if the contact forces change, beginContacts, addWrench or addForce for each body with
  // contacts, reduceCarriers, accelerateCarriers; at the end accelerateBranches.
  void reduceBranches(const S* tau, const S* diagonal);
  void beginContacts();
  // Adds a load on a body, about its origin: a wrench minus inertia times acceleration.
  void addWrench(int body, const Vec3<S>& torque, const Vec3<S>& force);
  void addForce(int body, const Vec3<S>& torque, const Vec3<S>& force, const SpatialInertia<S>& inertia);
  void reduceCarriers(const S* tau, const S* diagonal);
  // `lift` (m/s^2, world) is the negative of gravity's acceleration.
  void accelerateCarriers(const S* tau, const Vec3<V>& lift, S* acceleration);
  // Stores the carriers' accelerations, to blend them with those of a later pass: kept * share + later * (1 - share). A body's own
  // accelerations are blended only if a branch leaves it.
  void keepCarriers(const S* acceleration);
  void mixCarriers(S share, S* acceleration);
  void accelerateBranches(const Vec3<V>& lift, S* acceleration);

 private:
  static S load(const T* base, int feature) { return ScalarTraits<S>::load(base + feature * kStride<S>); }
  void jointRotation(const model::Body<V>& body, const T* position, Mat3<S>& rotation) const;
  void layOutClusters();
  ScrewWork<S>& screw(int i) { return screws_[screwOf_[i]]; }
  Vec3<S> place(int i, const T* position, Mat3<S>& rotation);
  void move(int i, const T* position, const T* velocity);
  void turn(int i, const T* position, const T* velocity);
  void passiveCoordinate(int i, const T* position, const T* velocity, T dt);
  void eliminateRevolute(int i, S tau, S diagonal);
  void eliminateBall(int i, const S* tau, const S* diagonal);
  void eliminateWeld(int i);
  void eliminateScrew(int i, const S* tau, const S* diagonal);
  void eliminateClustered(int i, const S* tau, const S* diagonal);
  void eliminateCluster(int cluster, Articulated<S>& base);
  void solveCluster(int cluster, S* acceleration);
  void reduce(int i, const S* tau, const S* diagonal);
  static void subtractRankOne(Articulated<S>& from, const Vec3<S>& uAngular, const Vec3<S>& uLinear, S inverseD, S residual);
  static void addBias(const BodyWork<S>& w, Articulated<S>& to);
  SpatialInertia<S> inertiaOf(int i) const;
  void addInertia(int i, const SpatialInertia<S>& added, SpatialInertia<S>& to);
  void addToParent(int i, const Articulated<S>& reduced);
  void solveRoot(BodyWork<S>& root, const S* tau, S* acceleration) const;
  void propagate(int i, const Vec3<V>& lift, S* acceleration);
  void propagateScrew(int i, S* acceleration);
  void accelerate(int i, const Vec3<V>& lift, S* acceleration);

  const model::Constants<V>* constants_;
  const model::Body<V>* bodies_;
  int count_;
  std::vector<BodyWork<S>> work_;
  std::vector<S> tau0_, diagonal0_, kept_;
  std::vector<int> carriers_, branches_;  // the root and the bodies between it and a contact; the others; parents first
  std::vector<int> forks_;                // the carriers at which branches start
  std::vector<unsigned char> carries_;    // per body: whether it is a carrier
  std::vector<int> carrierDofs_;
  std::vector<ClusterWork<S>> clusters_;
  std::vector<ClusterMember> members_;
  std::vector<int> coordinates_;  // the joints with armature, limits of their own, or rotors
  std::vector<ScrewWork<S>> screws_;
  std::vector<int> memberOf_, screwOf_;  // per body: into members_ and screws_, or -1
};

template <class S, class V>
ArticulatedBody<S, V>::ArticulatedBody(const model::Constants<V>& constants, int dofs)
    : constants_(&constants),
      bodies_(constants.bodies.data()),
      count_(static_cast<int>(constants.bodies.size())),
      work_(count_),
      tau0_(dofs),
      diagonal0_(dofs),
      kept_(dofs) {
  carries_.assign(count_, false);
  carries_[0] = true;
  for (const model::Contact<V>& contact : constants.contacts)
    for (int i = contact.body; i >= 0; i = bodies_[i].parent) carries_[i] = true;
  layOutClusters();
  screwOf_.assign(count_, -1);
  for (int i = 0, next = 0; i < count_; ++i)
    if (bodies_[i].moves() || memberOf_[i] >= 0) screwOf_[i] = next++;
  screws_.resize(count_ - std::count(screwOf_.begin(), screwOf_.end(), -1));
  for (int i = 0; i < count_; ++i)
    if (bodies_[i].rotors || bodies_[i].hasArmature || bodies_[i].ownLimits) coordinates_.push_back(i);
  std::vector<bool> forks(count_, false);
  for (int i = 0; i < count_; ++i) {
    if (bodies_[i].massless) continue;
    (carries_[i] ? carriers_ : branches_).push_back(i);
    for (int k = 0; carries_[i] && k < bodies_[i].dofs; ++k) carrierDofs_.push_back(bodies_[i].dofIndex + k);
    if (!carries_[i] && carries_[bodies_[i].parent]) forks[bodies_[i].parent] = true;
  }
  for (int i = 0; i < count_; ++i)
    if (forks[i]) forks_.push_back(i);
  use(constants);
}

template <class S, class V>
void ArticulatedBody<S, V>::use(const model::Constants<V>& constants) {
  constants_ = &constants;
  bodies_ = constants.bodies.data();
}

// The present sum of the pass.
template <class S, class V>
SpatialInertia<S> ArticulatedBody<S, V>::inertiaOf(int i) const {
  const BodyWork<S>& w = work_[i];
  if (w.inertia) return *w.inertia;
  const Vec3<S>& h = w.firstMoment;
  const S mass(bodies_[i].mass), zero(0);
  return {w.rotational, {{zero, -h.z, h.y, h.z, zero, -h.x, -h.y, h.x, zero}}, {mass, mass, mass, zero, zero, zero}};
}

// Adds an inertia to the present sum, which is then in `to`.
template <class S, class V>
void ArticulatedBody<S, V>::addInertia(int i, const SpatialInertia<S>& added, SpatialInertia<S>& to) {
  BodyWork<S>& w = work_[i];
  if (w.inertia) {
    to.linear = w.inertia->linear + added.linear;
    to.coupling = w.inertia->coupling + added.coupling;
    to.angular = w.inertia->angular + added.angular;
  } else {
    const S mass(bodies_[i].mass);
    const Vec3<S>& h = w.firstMoment;
    const Sym3<S>& l = added.linear;
    const S* c = added.coupling.m;
    to.linear = {l.xx + mass, l.yy + mass, l.zz + mass, l.xy, l.xz, l.yz};
    to.coupling = {{c[0], c[1] - h.z, c[2] + h.y, c[3] + h.z, c[4], c[5] - h.x, c[6] - h.y, c[7] + h.x, c[8]}};
    to.angular = w.rotational + added.angular;
  }
  w.inertia = &to;
}

template <class S, class V>
void ArticulatedBody<S, V>::jointRotation(const model::Body<V>& body, const T* position, Mat3<S>& rotation) const {
  const int p = body.positionIndex;
  switch (body.type) {
    case model::JointType::kFree:
    case model::JointType::kBall:
      rotation = rotationMatrix(Quat<S>{load(position, p), load(position, p + 1), load(position, p + 2), load(position, p + 3)});
      break;
    case model::JointType::kRevolute: rotation = axisRotation(broadcast<S>(body.axis), load(position, p)); break;
    case model::JointType::kSlide:
    case model::JointType::kCustom: break;  // see place()
    case model::JointType::kWeld: rotation = {{S(1), S(0), S(0), S(0), S(1), S(0), S(0), S(0), S(1)}}; break;
  }
  if (!body.identityOrientation) rotation = broadcast<S>(body.orientation) * rotation;
}

template <class S, class V>
void ArticulatedBody<S, V>::kinematics(const T* position, const T* velocity) {
  for (int i = 0; i < count_; ++i) bodies_[i].moves() ? move(i, position, velocity) : turn(i, position, velocity);
}

// kinematics() of the other joints.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::turn(int i, const T* position, const T* velocity) {
  const S zero(0);
  const model::Body<V>& body = bodies_[i];
  BodyWork<S>& w = work_[i];
  Mat3<S> toParent;
  jointRotation(body, position, toParent);
  if (body.parent < 0) {
    w.rotation = toParent;
    w.position = w.offset = w.angular = w.linear = {zero, zero, zero};
  } else {
    const BodyWork<S>& parent = work_[body.parent];
    w.rotation = parent.rotation * toParent;
    w.offset = parent.rotation * broadcast<S>(body.position);
    w.position = parent.position + w.offset;
    w.angular = parent.angular;
    w.linear = parent.linear + cross(parent.angular, w.offset);
  }
  Vec3<S> jointAngular{zero, zero, zero};
  const int v = body.dofIndex;
  const auto rates = [&](int first) { return Vec3<S>{load(velocity, first), load(velocity, first + 1), load(velocity, first + 2)}; };
  if (body.type == model::JointType::kRevolute) {
    w.axis = w.rotation * broadcast<S>(body.axis);
    jointAngular = w.axis * load(velocity, v);
  } else if (body.dofs >= 3) {
    jointAngular = w.rotation * rates(v);
  }
  w.angular += jointAngular;
  if (body.type == model::JointType::kFree) w.linear = w.rotation * rates(v + 3);
  w.biasAngular = cross(w.angular, jointAngular);
  w.biasLinear = cross(w.linear, jointAngular);
  if (body.type == model::JointType::kFree) w.biasAngular = w.biasLinear = {zero, zero, zero};
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::beginStep(const T* externalForce) {
  for (int i = 0; i < count_; ++i) {
    const model::Body<V>& body = bodies_[i];
    BodyWork<S>& w = work_[i];
    w.rotational = rotate(w.rotation, broadcast<S>(body.inertia));
    w.firstMoment = w.rotation * broadcast<S>(body.firstMoment);
    const Vec3<S>& h = w.firstMoment;
    const S mass(body.mass);
    const Vec3<S> angularMomentum = w.rotational * w.angular + cross(h, w.linear);
    const Vec3<S> linearMomentum = w.linear * mass - cross(h, w.angular);
    const int e = 6 * i;
    const Vec3<S> externalTorque{load(externalForce, e), load(externalForce, e + 1), load(externalForce, e + 2)};
    const Vec3<S> external{load(externalForce, e + 3), load(externalForce, e + 4), load(externalForce, e + 5)};
    w.rigid.torque = cross(w.angular, angularMomentum) + cross(w.linear, linearMomentum) - externalTorque;
    w.rigid.force = cross(w.angular, linearMomentum) - external;
  }
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::passiveJoints(const T* position, const T* velocity, T dt, T limitStiffness, T limitDamping) {
  for (int i = 0; i < count_; ++i) {
    const model::Body<V>& body = bodies_[i];
    S angle[3] = {S(0), S(0), S(0)};
    if (body.limited || body.sprung) {
      const int p = body.positionIndex;
      if (body.dofs == 1) {
        angle[0] = load(position, p);
      } else {
        const Vec3<S> r = logarithmMap(Quat<S>{load(position, p), load(position, p + 1), load(position, p + 2), load(position, p + 3)});
        angle[0] = r.x, angle[1] = r.y, angle[2] = r.z;
      }
    }
    const bool free = body.type == model::JointType::kFree;
    for (int k = 0; k < body.dofs; ++k) {
      const int dof = body.dofIndex + k;
      const S rate = load(velocity, dof);
      S coefficient(free ? V(T(0)) : body.damping[k]);
      S torque(0);
      if (body.limited) {
        const S excess = maximum(angle[k] - S(body.upper[k]), S(0)) + minimum(angle[k] - S(body.lower[k]), S(0));
        torque = -excess * S(limitStiffness);
        const auto outside = excess * excess > S(0);
        coefficient += select(outside, S(limitStiffness * dt + limitDamping), S(0));
      }
      if (body.sprung) {
        torque -= (angle[k] - S(body.rest[k])) * S(body.stiffness[k]);
        coefficient += S(body.stiffness[k] * V(dt));
      }
      tau0_[dof] = torque - coefficient * rate;
      diagonal0_[dof] = coefficient * S(dt);
    }
  }
  for (const int i : coordinates_) passiveCoordinate(i, position, velocity, dt);
}

template <class S, class V>
void ArticulatedBody<S, V>::addToParent(int i, const Articulated<S>& reduced) {
  const Vec3<S>& r = work_[i].offset;
  BodyWork<S>& parent = work_[bodies_[i].parent];
  const auto& [angular, coupling, linear] = reduced.inertia;
  const Mat3<S> shifted = coupling + crossLeft(r, full(linear));
  // angular - coupling [r]x + [r]x shifted^T, of which only the symmetric half is formed
  const Mat3<S> a = crossLeft(r, transpose(coupling));  // (-coupling [r]x)^T
  const Mat3<S> b = crossLeft(r, transpose(shifted));
  const Sym3<S> moved{angular.xx + a.m[0] + b.m[0], angular.yy + a.m[4] + b.m[4], angular.zz + a.m[8] + b.m[8],
                      angular.xy + a.m[3] + b.m[1], angular.xz + a.m[6] + b.m[2], angular.yz + a.m[7] + b.m[5]};
  Articulated<S>& after = carries_[i] ? parent.whole : parent.branched;
  addInertia(bodies_[i].parent, {moved, shifted, linear}, after.inertia);
  after.bias = {parent.bias->torque + reduced.bias.torque + cross(r, reduced.bias.force), parent.bias->force + reduced.bias.force};
  parent.bias = &after.bias;
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::eliminateRevolute(int i, S tau, S diagonal) {
  BodyWork<S>& w = work_[i];
  SpatialInertia<S> own;
  if (!w.inertia) own = inertiaOf(i);
  const SpatialInertia<S>& inertia = w.inertia ? *w.inertia : own;
  const Vec3<S> uAngular = inertia.angular * w.axis, uLinear = transposeTimes(inertia.coupling, w.axis);
  const S inverseD = S(1) / (dot(w.axis, uAngular) + diagonal);
  const S u = (tau - dot(w.axis, w.bias->torque)) * inverseD;
  w.uAngular = uAngular;
  w.uLinear = uLinear;
  w.inverseD.xx = inverseD;
  w.u.x = u;
  if (bodies_[i].parent < 0) return;
  Articulated<S> reduced{inertia, *w.bias};
  subtractRankOne(reduced, uAngular, uLinear, inverseD, u);
  addBias(w, reduced);
  addToParent(i, reduced);
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::eliminateBall(int i, const S* tau, const S* diagonal) {
  BodyWork<S>& w = work_[i];
  SpatialInertia<S> own;
  if (!w.inertia) own = inertiaOf(i);
  const SpatialInertia<S>& inertia = w.inertia ? *w.inertia : own;
  const Sym3<S> k = rotate(w.rotation, Vec3<S>{diagonal[0], diagonal[1], diagonal[2]});
  const Sym3<S> inverseD = inverse(inertia.angular + k);
  const Vec3<S> u = inverseD * (w.rotation * Vec3<S>{tau[0], tau[1], tau[2]} - w.bias->torque);
  w.inverseD = inverseD;
  w.u = u;
  if (bodies_[i].parent < 0) return;
  // With K the diagonal and D = A + K: A - A D^-1 A = A D^-1 K and H - A D^-1 H = K D^-1 H. No difference, so nothing cancels.
  const Mat3<S> dh = full(inverseD) * inertia.coupling;  // D^-1 H
  const Mat3<S> hdh = transpose(inertia.coupling) * dh;
  const Mat3<S> dk = full(inverseD) * full(k);  // D^-1 K
  const Mat3<S> adk = full(inertia.angular) * dk;
  Articulated<S> reduced{{{adk.m[0], adk.m[4], adk.m[8], adk.m[1], adk.m[2], adk.m[5]},
                          transpose(dk) * inertia.coupling,
                          inertia.linear - Sym3<S>{hdh.m[0], hdh.m[4], hdh.m[8], hdh.m[1], hdh.m[2], hdh.m[5]}},
                         {w.bias->torque + inertia.angular * u, w.bias->force + transposeTimes(inertia.coupling, u)}};
  addBias(w, reduced);
  addToParent(i, reduced);
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::eliminateWeld(int i) {
  if (bodies_[i].parent < 0) return;
  Articulated<S> reduced{inertiaOf(i), *work_[i].bias};
  addBias(work_[i], reduced);
  addToParent(i, reduced);
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::solveRoot(BodyWork<S>& root, const S* tau, S* acceleration) const {
  const SpatialInertia<S> inertia = inertiaOf(0);
  const Sym3<S> inverseLinear = inverse(inertia.linear);
  const Mat3<S> hm = inertia.coupling * full(inverseLinear);  // H M^-1
  const Mat3<S> hmh = hm * transpose(inertia.coupling);
  const Sym3<S> schur = inertia.angular - Sym3<S>{hmh.m[0], hmh.m[4], hmh.m[8], hmh.m[1], hmh.m[2], hmh.m[5]};
  const Vec3<S> n = root.rotation * Vec3<S>{tau[0], tau[1], tau[2]} - root.bias->torque;
  const Vec3<S> f = root.rotation * Vec3<S>{tau[3], tau[4], tau[5]} - root.bias->force;
  root.accelerationAngular = inverse(schur) * (n - hm * f);
  root.accelerationLinear = inverseLinear * (f - transposeTimes(inertia.coupling, root.accelerationAngular));
  const Vec3<S> a = transposeTimes(root.rotation, root.accelerationAngular);
  acceleration[0] = a.x;
  acceleration[1] = a.y;
  acceleration[2] = a.z;
}

template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::propagate(int i, const Vec3<V>& lift, S* acceleration) {
  const model::Body<V>& body = bodies_[i];
  BodyWork<S>& w = work_[i];
  Vec3<S> angular, linear;
  if (body.parent < 0) {
    angular = {S(0), S(0), S(0)};
    linear = broadcast<S>(lift);
  } else {
    const BodyWork<S>& parent = work_[body.parent];
    angular = parent.accelerationAngular;
    linear = parent.accelerationLinear + cross(parent.accelerationAngular, w.offset);
  }
  angular += w.biasAngular;
  linear += w.biasLinear;
  const int dof = body.dofIndex;
  if (body.type == model::JointType::kRevolute) {
    const S a = w.u.x - (dot(w.uAngular, angular) + dot(w.uLinear, linear)) * w.inverseD.xx;
    acceleration[dof] = a;
    angular += w.axis * a;
  } else if (body.type == model::JointType::kBall) {
    const Vec3<S> moment =
        w.inertia ? w.inertia->angular * angular + w.inertia->coupling * linear : w.rotational * angular + cross(w.firstMoment, linear);
    const Vec3<S> relative = w.u - w.inverseD * moment;
    const Vec3<S> a = transposeTimes(w.rotation, relative);
    acceleration[dof] = a.x;
    acceleration[dof + 1] = a.y;
    acceleration[dof + 2] = a.z;
    angular += relative;
  }
  w.accelerationAngular = angular;
  w.accelerationLinear = linear;
}

template <class S, class V>
void ArticulatedBody<S, V>::reduce(int i, const S* tau, const S* diagonal) {
  const int dof = bodies_[i].dofIndex;
  if (screwOf_[i] >= 0)
    memberOf_[i] < 0 ? eliminateScrew(i, tau, diagonal) : eliminateClustered(i, tau, diagonal);
  else if (bodies_[i].type == model::JointType::kRevolute)
    eliminateRevolute(i, tau[dof], diagonal[dof]);
  else if (bodies_[i].type == model::JointType::kBall)
    eliminateBall(i, tau + dof, diagonal + dof);
  else
    eliminateWeld(i);
}

template <class S, class V>
void ArticulatedBody<S, V>::accelerate(int i, const Vec3<V>& lift, S* acceleration) {
  if (screwOf_[i] < 0)
    propagate(i, lift, acceleration);
  else
    propagateScrew(i, acceleration);
}

template <class S, class V>
void ArticulatedBody<S, V>::reduceBranches(const S* tau, const S* diagonal) {
  for (BodyWork<S>& w : work_) w.inertia = nullptr, w.bias = &w.rigid;
  for (auto i = branches_.rbegin(); i != branches_.rend(); ++i) reduce(*i, tau, diagonal);
}

template <class S, class V>
void ArticulatedBody<S, V>::beginContacts() {
  for (const int i : carriers_) work_[i].inertia = nullptr, work_[i].bias = &work_[i].rigid;
  for (const int i : forks_) work_[i].inertia = &work_[i].branched.inertia, work_[i].bias = &work_[i].branched.bias;
}

template <class S, class V>
void ArticulatedBody<S, V>::addWrench(int body, const Vec3<S>& torque, const Vec3<S>& force) {
  BodyWork<S>& w = work_[body];
  w.whole.bias = {w.bias->torque - torque, w.bias->force - force};
  w.bias = &w.whole.bias;
}

template <class S, class V>
void ArticulatedBody<S, V>::addForce(int body, const Vec3<S>& torque, const Vec3<S>& force, const SpatialInertia<S>& inertia) {
  addInertia(body, inertia, work_[body].whole.inertia);
  addWrench(body, torque, force);
}

template <class S, class V>
void ArticulatedBody<S, V>::reduceCarriers(const S* tau, const S* diagonal) {
  const bool freeRoot = bodies_[0].type == model::JointType::kFree;
  for (auto i = carriers_.rbegin(); i != carriers_.rend(); ++i)
    if (*i > 0 || !freeRoot) reduce(*i, tau, diagonal);
}

template <class S, class V>
void ArticulatedBody<S, V>::accelerateCarriers(const S* tau, const Vec3<V>& lift, S* acceleration) {
  const bool freeRoot = bodies_[0].type == model::JointType::kFree;
  if (freeRoot) {
    BodyWork<S>& root = work_[0];
    solveRoot(root, tau, acceleration);
    // The accelerations include the negative of gravity; the root's generalised acceleration does not.
    const Vec3<S> a = transposeTimes(root.rotation, root.accelerationLinear - broadcast<S>(lift));
    acceleration[3] = a.x;
    acceleration[4] = a.y;
    acceleration[5] = a.z;
  }
  for (const int i : carriers_)
    if (i > 0 || !freeRoot) accelerate(i, lift, acceleration);
}

template <class S, class V>
void ArticulatedBody<S, V>::keepCarriers(const S* acceleration) {
  for (const int i : forks_) {
    work_[i].keptAngular = work_[i].accelerationAngular;
    work_[i].keptLinear = work_[i].accelerationLinear;
  }
  for (const int dof : carrierDofs_) kept_[dof] = acceleration[dof];
}

template <class S, class V>
void ArticulatedBody<S, V>::mixCarriers(S share, S* acceleration) {
  for (const int i : forks_) {
    BodyWork<S>& w = work_[i];
    w.accelerationAngular += (w.keptAngular - w.accelerationAngular) * share;
    w.accelerationLinear += (w.keptLinear - w.accelerationLinear) * share;
  }
  for (const int dof : carrierDofs_) acceleration[dof] += (kept_[dof] - acceleration[dof]) * share;
}

template <class S, class V>
void ArticulatedBody<S, V>::accelerateBranches(const Vec3<V>& lift, S* acceleration) {
  for (const int i : branches_) accelerate(i, lift, acceleration);
}

}  // namespace muscle::dynamics

#include "dynamics/clusters.hpp"
#include "dynamics/screw_joints.hpp"
