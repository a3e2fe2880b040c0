// Compliant contact of spheres with the ground plane y = 0, implicit in the end-of-step velocity.
//
// Normal force: f_n = k d - (k dt + c e) v_n+, with penetration d (m), stiffness k (N/m), damping c (N s/m) engaged by
// e = min(1, d / kFullDampingDepth), after Hunt and Crossley 1975 (doi 10.1115/1.3423596): damping fades with the depth,
// so the force starts and ends at zero. The ground never pulls: f_n >= 0. Friction: Coulomb, |f_t| <= mu f_n, regularised to
// -min(c_t, mu f_n / |v_t+|) v_t+.
//
// A pass over the tree approximates each force by f0 - C v+, linear in the end-of-step velocity, so that dt J^T C J is added to the
// articulated inertia. The set of contacts that push, and the bound of the viscous friction coefficient, are evaluated at a known
// velocity: first that of the step's start, then that of the previous pass (`assume`). The forces of the last such pass are projected
// onto the friction cone (`bound`), and one more pass applies them as constant forces. On a body that is light relative to its damper
// such a force could change the point's velocity too much, so the change of the forces is scaled down until no point's velocity
// changes by more than kLargestCorrection: only then can a force remain outside the cone.
//
// All quantities are in world axes, points relative to the origin of their body.
#pragma once

#include "dynamics/articulated_body.hpp"
#include "dynamics/surroundings.hpp"

namespace muscle::dynamics {

inline constexpr double kFullDampingDepth = 0.002;  // m
inline constexpr double kLargestCorrection = 1;     // m/s

// A body's velocity in world axes.
template <class S>
struct Twist {
  Vec3<S> angular, linear;  // of the body's origin
};

template <class S>
struct ContactWork {
  Vec3<S> point;    // lowest point of the sphere
  S elastic;        // k d, N; zero in the air
  S damping;        // k dt + c e, N s/m
  S pushing;        // 1 if the ground is assumed to push, otherwise 0
  S tangential;     // viscous friction coefficient, N s/m
  Vec3<S> bounded;  // the force of the last linear pass, projected onto the friction cone; then that of the step, N
};

template <class S>
Vec3<S> pointVelocity(const Twist<S>& twist, const Vec3<S>& point) {
  return twist.linear + cross(twist.angular, point);
}

// The velocity at the step's start.
template <class S>
Twist<S> startTwist(const BodyWork<S>& body) {
  return {body.angular, body.linear};
}

// The velocity at the end of the step just solved. Its acceleration includes `lift`.
template <class S, class V>
Twist<S> endTwist(const BodyWork<S>& body, const Vec3<V>& lift, Element<S> dt) {
  const S step(dt);
  return {body.angular + body.accelerationAngular * step, body.linear + body.accelerationLinear * step - broadcast<S>(lift * V(dt))};
}

template <class S>
S tangentialSize(const Vec3<S>& velocity) {
  return squareRoot(velocity.x * velocity.x + velocity.z * velocity.z);
}

// Linearises the force at this velocity of the point.
template <class S, class V>
void assume(const model::ContactParameters& parameters, V friction, const Vec3<S>& velocity, ContactWork<S>& work) {
  using T = Element<S>;
  const S zero(0);
  const S normal = work.elastic - work.damping * velocity.y;
  // The force is exactly 0 if the sphere is in the air, or leaves the ground faster than the compliance can follow.
  work.pushing = select((work.elastic > zero) & (normal > zero), S(1), zero);
  const S bound = normal * S(friction) / maximum(tangentialSize(velocity), S(T(1e-6)));
  work.tangential = work.pushing * minimum(S(static_cast<T>(parameters.tangentialDamping)), maximum(bound, zero));
}

// The lowest point of a contact's sphere at the step's start, and its depth (negative in the air). `rootHeight` is that of the root's
// origin, m.
template <class S, class V>
S placeContact(const model::Contact<V>& contact, S rootHeight, const BodyWork<S>& body, ContactWork<S>& work) {
  work.point = body.rotation * broadcast<S>(contact.position);
  work.point.y = work.point.y - S(contact.radius);
  work.bounded = {S(0), S(0), S(0)};
  return -(rootHeight + body.position.y + work.point.y);
}

// The spring and the damper at this depth.
template <class S>
void load(const model::ContactParameters& parameters, S depth, Element<S> dt, ContactWork<S>& work) {
  using T = Element<S>;
  const S deep = maximum(depth, S(0));
  const S engaged = minimum(deep * S(T(1 / kFullDampingDepth)), S(1));
  const S k(static_cast<T>(parameters.stiffness));
  work.elastic = k * deep;
  work.damping = k * S(dt) + engaged * S(static_cast<T>(parameters.damping));
}

// The sums over a body's contacts of f0 and of C = diag(t, n, t), as the body's origin sees them.
template <class S>
class ContactSum {
 public:
  void add(const ContactWork<S>& work) {
    const Vec3<S>& x = work.point;
    const S f = work.pushing * work.elastic, n = work.pushing * work.damping, t = work.tangential;
    const Vec3<S> tx = x * t;
    const S nx = x.x * n, nz = x.z * n;
    force_ += f;
    momentX_ += f * x.x;
    momentZ_ += f * x.z;
    t_ += t;
    n_ += n;
    tx_ += tx;
    nx_ += nx;
    nz_ += nz;
    const S yy = tx.y * x.y;
    angular_ += {nz * x.z + yy, tx.z * x.z + tx.x * x.x, yy + nx * x.x, -(tx.x * x.y), -(nx * x.z), -(tx.y * x.z)};
  }

  // Adds the sums to a pass over the tree. `ahead` is the body's end-of-step velocity without the solver's acceleration.
  template <class V>
  [[gnu::flatten]] void addTo(ArticulatedBody<S, V>& tree, int body, const Twist<S>& ahead, Element<S> dt) const {
    const S zero(0), step(dt);
    const Vec3<S>&v = ahead.linear, &w = ahead.angular;
    // coupling = [tx]x + m y^T and linear = t + (n - t) y y^T, with the world's up y
    const Vec3<S> m{tx_.z - nz_, zero, nx_ - tx_.x};
    const S extra = n_ - t_;
    const Vec3<S> torque = Vec3<S>{-momentZ_, zero, momentX_} - angular_ * w - cross(tx_, v) - m * v.y;
    const Vec3<S> force = Vec3<S>{zero, force_ - dot(m, w) - extra * v.y, zero} + cross(tx_, w) - v * t_;
    const Vec3<S> a = tx_ * step, b = m * step;
    const S t = t_ * step;
    tree.addForce(body, torque, force,
                  {angular_ * step, {{zero, b.x - a.z, a.y, a.z, zero, -a.x, -a.y, a.x + b.z, zero}}, {t, n_ * step, t, zero, zero, zero}});
  }

 private:
  S force_{0}, momentX_{0}, momentZ_{0};  // of k d: N, N m
  S t_{0}, n_{0}, nx_{0}, nz_{0};         // of C and of its moments
  Vec3<S> tx_{S(0), S(0), S(0)};
  Sym3<S> angular_{S(0), S(0), S(0), S(0), S(0), S(0)};
};

// The force of a linear pass at the velocity that it came to.
template <class S>
Vec3<S> linearForce(const ContactWork<S>& work, const Vec3<S>& velocity) {
  return {-(velocity.x * work.tangential), work.pushing * (work.elastic - work.damping * velocity.y), -(velocity.z * work.tangential)};
}

// Brings it into the friction cone.
template <class S, class V>
void bound(V friction, const Vec3<S>& velocity, ContactWork<S>& work) {
  using T = Element<S>;
  const Vec3<S> force = linearForce(work, velocity);
  const S pushing = maximum(force.y, S(0));
  const S limit = pushing * S(friction);
  const S share = minimum(limit / maximum(tangentialSize(force), S(T(1e-12))), S(1));
  // Not -0 in the air, so that a lane has the same bits whether or not others touch the ground there.
  work.bounded = {force.x * share + S(0), pushing, force.z * share + S(0)};
}

}  // namespace muscle::dynamics
