// Compliant contact of spheres with the ground plane y = 0, implicit in the end-of-step velocity.
//
// Normal force: k d - (k dt + c e) v_n+, with penetration d (m), stiffness k (N/m), damping c (N s/m) engaged by
// e = min(1, d / kFullDampingDepth), after Hunt and Crossley 1975 (doi 10.1115/1.3423596): damping fades with the depth,
// so the force starts and ends at zero. Friction: Coulomb, regularised to -min(c_t, mu f_n / |v_t|) v_t+.
// Both are f = f0 - C v+, so dt J^T C J joins the articulated inertia and no iteration is needed.
#pragma once

#include "dynamics/articulated_body.hpp"

namespace muscle::dynamics {

inline constexpr double kFullDampingDepth = 0.002;  // m

template <class S>
struct ContactWork {
  Vec3<S> point;   // of contact, body frame
  Vec3<S> normal;  // world up, body frame
  Vec3<S> explicitForce;
  S tangential;  // C = tangential (1 - n n^T) + (tangential + extra) n n^T
  S extra;
};

template <class S>
void applyContact(const model::Contact<Element<S>>& contact, const model::ContactParameters& parameters, S rootHeight, Element<S> dt,
                  const Vec3<Element<S>>& lift, BodyWork<S>& body, ContactWork<S>& work) {
  using T = Element<S>;
  const S zero(0);
  const Vec3<S> n{body.rotation.m[3], body.rotation.m[4], body.rotation.m[5]};
  const Vec3<S> center = broadcast<S>(contact.position);
  const Vec3<S> x = center - n * S(contact.radius);
  const S depth = maximum(-(rootHeight + body.position.y + dot(n, x)), zero);
  const Vec3<S> velocity = body.linear + cross(body.angular, x);
  const S normalSpeed = dot(velocity, n);
  const Vec3<S> sliding = velocity - n * normalSpeed;
  const S engaged = minimum(depth * S(T(1 / kFullDampingDepth)), S(1));
  const S k(static_cast<T>(parameters.stiffness));
  const S cn = k * S(dt) + engaged * S(static_cast<T>(parameters.damping));
  const S predicted = k * depth - cn * normalSpeed;
  // Bitwise nothing acts where the sphere is in the air, or leaves faster than the force could follow.
  const S active = select((depth > zero) & (predicted > zero), S(1), zero);
  const S ct = minimum(S(static_cast<T>(parameters.tangentialDamping)),
                       predicted * S(static_cast<T>(parameters.friction)) / maximum(norm(sliding), S(T(1e-6))));
  work.point = x;
  work.normal = n;
  work.tangential = active * maximum(ct, zero);
  work.extra = active * cn - work.tangential;
  // f0 - C (v + dt g): gravity acts within the step, and the accelerations of the solver do not contain it.
  const Vec3<S> ahead = velocity - transposeTimes(body.rotation, broadcast<S>(lift * dt));
  work.explicitForce = n * (active * k * depth - work.extra * dot(n, ahead)) - ahead * work.tangential;
  const S t = work.tangential * S(dt), e = work.extra * S(dt);
  const Vec3<S> m = cross(x, n);
  const S xx = dot(x, x);
  const Vec3<S> em = m * e;
  const Vec3<S> tx = x * t;
  SpatialInertia<S>& base = body.base;
  base.angular += Sym3<S>{t * (xx - x.x * x.x) + em.x * m.x, t * (xx - x.y * x.y) + em.y * m.y, t * (xx - x.z * x.z) + em.z * m.z,
                          em.x * m.y - tx.x * x.y,           em.x * m.z - tx.x * x.z,           em.y * m.z - tx.y * x.z};
  base.coupling += Mat3<S>{{em.x * n.x, em.x * n.y - tx.z, em.x * n.z + tx.y, em.y * n.x + tx.z, em.y * n.y, em.y * n.z - tx.x,
                            em.z * n.x - tx.y, em.z * n.y + tx.x, em.z * n.z}};
  base.linear += Sym3<S>{t + e * n.x * n.x, t + e * n.y * n.y, t + e * n.z * n.z, e * n.x * n.y, e * n.x * n.z, e * n.y * n.z};
  body.baseTorque -= cross(x, work.explicitForce);
  body.baseForce -= work.explicitForce;
}

// The force of the step just solved, world axes, N.
template <class S>
Vec3<S> contactForce(const ContactWork<S>& work, const BodyWork<S>& body, Element<S> dt) {
  const Vec3<S> a = (body.accelerationLinear + cross(body.accelerationAngular, work.point)) * S(dt);
  const Vec3<S> f = work.explicitForce - a * work.tangential - work.normal * (work.extra * dot(work.normal, a));
  return body.rotation * f;
}

}  // namespace muscle::dynamics
