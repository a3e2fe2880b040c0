#include "environment/transition.hpp"

#include <cmath>

namespace muscle::environment {
namespace {

Vec3<double> imaginary(const Quat<double>& q) { return {q.x, q.y, q.z}; }

double dot(const Quat<double>& a, const Quat<double>& b) { return a.w * b.w + a.x * b.x + a.y * b.y + a.z * b.z; }

Quat<double> sum(const Quat<double>& a, double i, const Quat<double>& b, double j) {
  return {i * a.w + j * b.w, i * a.x + j * b.x, i * a.y + j * b.y, i * a.z + j * b.z};
}

// The derivative of a rotation that turns with this velocity in its own axes, rad/s.
Quat<double> derivative(const Quat<double>& q, const Vec3<double>& velocity) {
  return q * Quat<double>{0, velocity.x / 2, velocity.y / 2, velocity.z / 2};
}

Vec3<double> vectorAt(const std::vector<double>& values, int i) { return {values[i], values[i + 1], values[i + 2]}; }

void put(const Vec3<double>& v, std::vector<double>& values, int i) { values[i] = v.x, values[i + 1] = v.y, values[i + 2] = v.z; }

// A quantity of both clips and its velocity.
struct Blend {
  double share, shareRate;
  const Paces& paces;

  template <class T>
  T value(const T& left, const T& next) const {
    return left * (1 - share) + next * share;
  }
  template <class T>
  T velocity(const T& left, const T& leftVelocity, const T& next, const T& nextVelocity) const {
    return leftVelocity * ((1 - share) * paces.left) + nextVelocity * (share * paces.next) + (next - left) * shareRate;
  }
};

void blendRotations(const Blend& blend, const ReferencePose& left, int p, int v, ReferencePose& next) {
  const Quat<double> a = quaternionAt(left.position, p);
  Quat<double> b = quaternionAt(next.position, p);
  if (dot(a, b) < 0) b = {-b.w, -b.x, -b.y, -b.z};
  const Quat<double> between = sum(a, 1 - blend.share, b, blend.share);
  const Quat<double> moves = sum(derivative(a, vectorAt(left.velocity, v)), (1 - blend.share) * blend.paces.left,
                                 derivative(b, vectorAt(next.velocity, v)), blend.share * blend.paces.next);
  const Quat<double> rate = sum(moves, 1, sum(b, 1, a, -1), blend.shareRate);
  const Quat<double> q = normalized(between);
  // The change of its length adds nothing to the imaginary part.
  put(imaginary(conjugate(q) * rate) * (2 / std::sqrt(dot(between, between))), next.velocity, v);
  next.position[p] = q.w, next.position[p + 1] = q.x, next.position[p + 2] = q.y, next.position[p + 3] = q.z;
}

}  // namespace

Paces pacesBetween(const Reference& left, const Reference& next, bool isPending, double share) {
  constexpr double kSimilar = 3;     // a walk's cycle is about twice as long as a run's
  constexpr double kWaiting = 1e-3;  // not 0: by the phase's rate the reference is evaluated ahead
  constexpr double kBegins = 0.9;    // share from which on a motion that is no cycle begins
  if (isPending) return {1, kWaiting};
  const double leftPace = left.cyclic() ? 1 : 0;
  if (!next.cyclic()) return {leftPace, std::max(kWaiting, (share - kBegins) / (1 - kBegins))};
  const double ratio = left.duration() / next.duration();
  if (!left.cyclic() || ratio > kSimilar || ratio < 1 / kSimilar) return {leftPace, 1};
  return {1 + share * (ratio - 1), (1 + share * (ratio - 1)) / ratio};
}

void blendPoses(const model::Model& model, const ReferencePose& left, double share, double shareRate, const Paces& paces,
                ReferencePose& next) {
  const Blend blend{share, shareRate, paces};
  next.lowestRate = blend.velocity(left.lowest, left.lowestRate, next.lowest, next.lowestRate);
  next.lowest = blend.value(left.lowest, next.lowest);
  for (const model::Body<double>& body : model.constants<double>().bodies) {
    const int p = body.positionIndex, v = body.dofIndex;
    if (body.dofs == 1) {
      const double a = left.position[p], b = next.position[p];
      next.velocity[v] = blend.velocity(a, left.velocity[v], b, next.velocity[v]);
      next.position[p] = blend.value(a, b);
    } else if (body.type == model::JointType::kBall) {
      blendRotations(blend, left, p, v, next);
    } else if (body.type == model::JointType::kFree) {
      const auto axes = [&](const ReferencePose& pose) { return body.orientation * rotationMatrix(quaternionAt(pose.position, p)); };
      const Vec3<double> from = vectorAt(left.position, p + 4), to = vectorAt(next.position, p + 4);
      const Vec3<double> velocity =
          blend.velocity(from, axes(left) * vectorAt(left.velocity, v + 3), to, axes(next) * vectorAt(next.velocity, v + 3));
      blendRotations(blend, left, p, v, next);
      put(blend.value(from, to), next.position, p + 4);
      put(transposeTimes(axes(next), velocity), next.velocity, v + 3);
    }
  }
}

}  // namespace muscle::environment
