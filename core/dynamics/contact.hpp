// Compliant contact of spheres with the ground plane y = 0, implicit in the end-of-step velocity.
//
// Normal force: f_n = k d - (k dt + c e) v_n+, with penetration d (m), stiffness k (N/m), damping c (N s/m) engaged by
// e = min(1, d / kFullDampingDepth), after Hunt and Crossley 1975 (doi 10.1115/1.3423596): damping fades with the depth,
// so the force starts and ends at zero. The ground never pulls: f_n >= 0. Friction: Coulomb, |f_t| <= mu f_n, regularised to
// -min(c_t, mu f_n / |v_t|) v_t+.
//
// A step solves twice. The first pass takes each force as f0 - C v+, linear in the end-of-step velocity, so that dt J^T C J joins
// the articulated inertia and no iteration is needed; the bounds are those of the velocity at the step's start. Its forces are then
// brought into the friction cone of that same step, and the second pass lets them act as they are. On a body that is light beside
// its damper such a force could throw the point about, so the change of the forces is cut to the share by which no point's
// velocity changes by more than kLargestCorrection: only there can a force remain outside the cone.
#pragma once

#include "dynamics/articulated_body.hpp"

namespace muscle::dynamics {

inline constexpr double kFullDampingDepth = 0.002;  // m
inline constexpr double kLargestCorrection = 1;     // m/s

template <class S>
struct ContactWork {
  Vec3<S> point;     // of contact, body frame
  Vec3<S> normal;    // world up, body frame
  Vec3<S> ahead;     // the point's velocity less dt lift, body frame: v+ without the solver's acceleration
  S active;          // 1 where the ground pushes, 0 where not
  S elastic;         // k d, N
  S resistance;      // k dt + c e, N s/m
  S tangential;      // C = tangential (1 - n n^T) + resistance n n^T, N s/m
  Vec3<S> velocity;  // v+ of the first pass
  Vec3<S> linear;    // the force of the first pass, body frame, N
  Vec3<S> bounded;   // the same brought into the friction cone
};

// The contact at the step's start and what its force is taken to be.
template <class S>
void beginContact(const model::Contact<Element<S>>& contact, const model::ContactParameters& parameters, S rootHeight, Element<S> dt,
                  const Vec3<Element<S>>& lift, const BodyWork<S>& body, ContactWork<S>& work) {
  using T = Element<S>;
  const S zero(0);
  const Vec3<S> n{body.rotation.m[3], body.rotation.m[4], body.rotation.m[5]};
  const Vec3<S> x = broadcast<S>(contact.position) - n * S(contact.radius);
  const S depth = maximum(-(rootHeight + body.position.y + dot(n, x)), zero);
  const Vec3<S> velocity = body.linear + cross(body.angular, x);
  const S normalSpeed = dot(velocity, n);
  const S engaged = minimum(depth * S(T(1 / kFullDampingDepth)), S(1));
  const S k(static_cast<T>(parameters.stiffness));
  work.point = x;
  work.normal = n;
  // Gravity acts within the step, and the accelerations of the solver do not contain it.
  work.ahead = velocity - transposeTimes(body.rotation, broadcast<S>(lift * dt));
  const S resistance = k * S(dt) + engaged * S(static_cast<T>(parameters.damping));
  const S predicted = k * depth - resistance * normalSpeed;
  // Bitwise nothing acts where the sphere is in the air, or leaves faster than the force could follow.
  work.active = select((depth > zero) & (predicted > zero), S(1), zero);
  work.elastic = work.active * k * depth;
  work.resistance = work.active * resistance;
  const S ct = minimum(S(static_cast<T>(parameters.tangentialDamping)),
                       predicted * S(static_cast<T>(parameters.friction)) / maximum(norm(velocity - n * normalSpeed), S(T(1e-6))));
  work.tangential = work.active * maximum(ct, zero);
}

// f0 and C to the first pass.
template <class S>
void addContact(const ContactWork<S>& work, Element<S> dt, int body, ArticulatedBody<S>& tree) {
  const S extra = work.resistance - work.tangential;
  tree.addForce(body, work.point, work.normal * (work.elastic - extra * dot(work.normal, work.ahead)) - work.ahead * work.tangential);
  tree.addImplicit(body, work.point, work.normal, work.tangential * S(dt), extra * S(dt));
}

// Velocity of the point at the end of the step just solved, body frame.
template <class S>
Vec3<S> endVelocity(const ContactWork<S>& work, const BodyWork<S>& body, Element<S> dt) {
  return work.ahead + (body.accelerationLinear + cross(body.accelerationAngular, work.point)) * S(dt);
}

// The force of the first pass, as it came out and brought into the friction cone.
template <class S>
void boundForce(const model::ContactParameters& parameters, const BodyWork<S>& body, Element<S> dt, ContactWork<S>& work) {
  using T = Element<S>;
  work.velocity = endVelocity(work, body, dt);
  const S speed = dot(work.velocity, work.normal);
  const S normal = work.elastic - work.resistance * speed;
  const Vec3<S> friction = (work.velocity - work.normal * speed) * -work.tangential;
  const S pushing = maximum(normal, S(0));
  const S share = minimum(pushing * S(static_cast<T>(parameters.friction)) / maximum(norm(friction), S(T(1e-12))), S(1));
  work.linear = work.normal * normal + friction;
  work.bounded = work.normal * pushing + friction * share;
}

}  // namespace muscle::dynamics
