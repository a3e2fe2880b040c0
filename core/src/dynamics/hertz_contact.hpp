// Contact of spheres with the ground plane by Hunt and Crossley's law, as OpenSim has it: HuntCrossleyForce, and its smooth form
// SmoothSphereHalfSpaceForce (Serrancoli et al. 2019, doi 10.1109/TNSRE.2019.2937356). Linearised as in contact.hpp.
//
// Normal force: f_n = f_H(d) (1 + 3/2 c d') with Hertz's f_H = H sqrt(R) d^1.5, of depth d (m) and its rate; it acts half-way down.
// The depth at the end of the step is d - dt v_n+: f_n = f_H - (3/2 c f_H + dt f_H' (1 + 3/2 c d')) v_n+.
// Friction: mu f_n with mu = min(v / v_t, 1) (mu_d + 2 (mu_s - mu_d) / (1 + (v / v_t)^2)) + mu_v v at the sliding velocity v.
// The smooth form takes (d^2 + f_c)^0.5 for d, a logistic function of d and one of d' for the ends of the contact, and (v^2 + f_c)^0.5
// for v. Neither pulls.
#pragma once

#include "dynamics/contact.hpp"

namespace muscle::dynamics {

inline constexpr double kSmoothReach = 16;  // of the logistic function's argument, below which the ground is out of reach

// Hertz's force at the step's start and its slope.
template <class S>
struct HertzWork {
  S force, slope;
};

template <class S>
S logistic(S x) {
  return S(1) / (S(1) + exponential(S(0) - x));
}

// The sliding velocity that friction depends on.
template <class S>
S slidingSpeed(const model::HertzContact& law, const Vec3<S>& velocity) {
  const S along = tangentialSize(velocity);
  if (!law.smooth) return along;
  return squareRoot(along * along + S(static_cast<Element<S>>(law.constantForce)));
}

template <class S, class V>
S frictionCoefficient(const model::HertzContact& law, V friction, S speed) {
  using T = Element<S>;
  const S relative = speed * S(static_cast<T>(1 / law.transitionVelocity));
  const S stribeck = S(friction) * (S(1) + S(static_cast<T>(2 * law.stiction)) / (S(1) + relative * relative));
  return minimum(relative, S(1)) * stribeck + speed * S(static_cast<T>(law.viscousFriction));
}

// Linearises the force at this velocity of the point.
template <class S, class V>
void assume(const model::HertzContact& law, V friction, const Vec3<S>& velocity, Element<S> dt, const HertzWork<S>& hertz,
            ContactWork<S>& work) {
  using T = Element<S>;
  const S zero(0), c(static_cast<T>(1.5 * law.dissipation));
  work.damping = hertz.force * c + hertz.slope * S(dt) * maximum(S(1) - c * velocity.y, zero);
  const S normal = maximum(work.elastic - work.damping * velocity.y, zero);
  if (!law.smooth)
    work.pushing = select(normal > zero, S(1), zero);
  else if (law.dissipation > 0)
    work.pushing = logistic(S(static_cast<T>(2 * law.dampingSmoothing)) * (S(static_cast<T>(2 / (3 * law.dissipation))) - velocity.y));
  else
    work.pushing = S(1);
  const S speed = slidingSpeed(law, velocity);
  work.tangential = work.pushing * normal * frictionCoefficient(law, friction, speed) / maximum(speed, S(T(1e-6)));
}

// Hertz's force and its slope at this depth. The force acts half-way down.
template <class S, class V>
void load(const model::Contact<V>& contact, const model::HertzContact& law, S depth, HertzWork<S>& hertz, ContactWork<S>& work) {
  using T = Element<S>;
  const S zero(0), radius(contact.radius), modulus(static_cast<T>(law.modulus)), half(T(0.5));
  if (law.smooth) {
    const S square = depth * depth + S(static_cast<T>(law.constantForce)), size = squareRoot(square);
    const S steepness(static_cast<T>(2 * law.hertzSmoothing)), x = depth * steepness;
    const S share = logistic(x), full = modulus * squareRoot(radius * size) * size;
    const auto near = x > S(static_cast<T>(-kSmoothReach));
    hertz.force = select(near, full * share, zero);
    const S slope = full * share * (S(T(1.5)) * depth / square + steepness * (S(1) - share));
    hertz.slope = select(near, maximum(slope, zero), zero);
    work.point.y += select(near, depth, zero) * half;
  } else {
    const S deep = maximum(depth, zero), root = modulus * squareRoot(radius * deep);
    hertz.force = root * deep;
    hertz.slope = root * S(T(1.5));
    work.point.y += deep * half;
  }
  work.elastic = hertz.force;
}

// Brings the force of a linear pass to the friction at the velocity that it came to, at most.
template <class S, class V>
void bound(const model::HertzContact& law, V friction, const Vec3<S>& velocity, ContactWork<S>& work) {
  using T = Element<S>;
  const Vec3<S> force = linearForce(work, velocity);
  const S pushing = maximum(force.y, S(0));
  const S limit = pushing * frictionCoefficient(law, friction, slidingSpeed(law, velocity));
  const S share = minimum(limit / maximum(tangentialSize(force), S(T(1e-12))), S(1));
  work.bounded = {force.x * share + S(0), pushing, force.z * share + S(0)};  // as in contact.hpp
}

}  // namespace muscle::dynamics
