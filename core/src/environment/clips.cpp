#include "environment/clips.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace muscle::environment {
namespace {

constexpr std::uint32_t kClipBlock = 0x3FFFFFFF;  // the last of an episode's random blocks for the reset

double squared(double x) { return x * x; }

constexpr int kAligned = 64;  // phases of a cycle

// Mean squared rotation angle between the joints of a frame and those of another pose, rad^2.
template <class Rotation, class Angle>
double jointDistance(const model::Model& model, const ReferencePose& frame, Rotation&& rotationAt, Angle&& angleAt) {
  double joints = 0;
  int count = 0;
  for (const model::Body<double>& body : model.constants<double>().bodies) {
    const int p = body.positionIndex;
    if (body.dofs == 0 || body.type == model::JointType::kFree) continue;
    ++count;
    if (body.type == model::JointType::kBall) {
      const Vec3<double> turn = logarithmMap(conjugate(quaternionAt(frame.position, p)) * rotationAt(p));
      joints += dot(turn, turn);
    } else {
      for (int k = 0; k < body.dofs; ++k) joints += squared(angleAt(p + k) - frame.position[p + k]);
    }
  }
  return joints / std::max(count, 1);
}

double jointDistance(const model::Model& model, const ReferencePose& frame, const ReferencePose& other) {
  const std::vector<double>& at = other.position;
  return jointDistance(model, frame, [&](int p) { return quaternionAt(at, p); }, [&](int p) { return at[p]; });
}

// `from`: poses of a cycle, or the one at the end of a clip that is none; `to`: poses of a cycle.
double leadBetween(const model::Model& model, const std::vector<ReferencePose>& from, const std::vector<ReferencePose>& to) {
  double least = std::numeric_limits<double>::infinity(), best = 0;
  const int count = static_cast<int>(from.size());
  for (int lead = 0; lead < kAligned; ++lead) {
    double sum = 0;
    for (int k = 0; k < count; ++k) sum += jointDistance(model, to[(k + lead) % kAligned], from[k]);
    if (sum < least) least = sum, best = static_cast<double>(lead) / kAligned;
  }
  return best;
}

// Squared distance of a frame from the character, see nearestPhase().
double distance(const model::Model& model, const ReferencePose& frame, const LaneView& view) {
  constexpr double kHeight = 0.5, kRate = 10;  // m, and rad/s or m/s, that count as 1 rad
  double root = 0, rates = 0;
  const double joints = jointDistance(model, frame, [&](int p) { return view.quaternion(p); }, [&](int p) { return view.position(p); });
  if (model.numRootDofs() == 6) {
    const model::Body<double>& body = model.constants<double>().bodies[0];
    const auto up = [&](const Quat<double>& q) { return transposeTimes(body.orientation * rotationMatrix(q), Vec3<double>{0, 1, 0}); };
    const Vec3<double> tilt = up(view.quaternion(0)) - up(quaternionAt(frame.position, 0));
    root = dot(tilt, tilt) + squared((view.position(5) - frame.position[5]) / kHeight);
  }
  for (int dof = 0; dof < model.numDofs(); ++dof) rates += squared((view.velocity(dof) - frame.velocity[dof]) / kRate);
  return joints + root + rates / std::max(model.numDofs(), 1);
}

}  // namespace

void alignPhases(const model::Model& model, std::span<Clip> clips) {
  std::vector<std::vector<ReferencePose>> poses;
  for (const Clip& clip : clips) {
    std::vector<ReferencePose>& of = poses.emplace_back();
    if (!clip.reference->cyclic()) of = {clip.reference->frame(clip.reference->lastFrame())};
    for (int k = 0; k < kAligned && clip.reference->cyclic(); ++k)
      clip.reference->evaluate(static_cast<double>(k) / kAligned, 0, of.emplace_back(clip.reference->makePose()));
  }
  for (std::size_t to = 0; to < clips.size(); ++to) {
    clips[to].leads.assign(clips.size(), 0);
    for (std::size_t from = 0; from < clips.size(); ++from)
      if (from != to && clips[to].reference->cyclic()) clips[to].leads[from] = leadBetween(model, poses[from], poses[to]);
  }
}

void checkWeights(std::span<const double> weights) {
  const auto fits = [](double weight) { return weight >= 0 && weight <= kMostWeight; };
  if (!std::all_of(weights.begin(), weights.end(), fits)) throw std::invalid_argument("motions: weights must be in 0 to 1e9");
  if (std::none_of(weights.begin(), weights.end(), [](double weight) { return weight > 0; }))
    throw std::invalid_argument("motions: one weight must be positive");
}

int drawnClip(std::span<const double> weights, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode) {
  if (weights.size() == 1) return 0;
  double sum = 0;
  for (const double weight : weights) sum += weight;
  Random random(seed, environment, episode, kClipBlock);
  double rest = random.uniform() * sum;
  int drawn = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (weights[k] <= 0) continue;
    drawn = static_cast<int>(k);
    rest -= weights[k];
    if (rest < 0) break;
  }
  return drawn;
}

Mat3<double> Placement::axes() const { return rotationMatrix(exponentialMap(Vec3<double>{0, turn, 0})); }

void Placement::apply(const Quat<double>& rootOrientation, ReferencePose& pose) const {
  if (!isMoved) return;
  const Quat<double> turned = exponentialMap(Vec3<double>{0, turn, 0});
  const Mat3<double> rotation = rotationMatrix(turned);
  double* p = pose.position.data();
  const Quat<double> q = normalized(conjugate(rootOrientation) * turned * rootOrientation * quaternionAt(pose.position, 0));
  const Vec3<double> at = rotation * Vec3<double>{p[4], p[5], p[6]} + Vec3<double>{x, 0, z};
  p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
  p[4] = at.x, p[5] = at.y, p[6] = at.z;
  for (std::size_t k = 0; k + 2 < pose.endEffectors.size(); k += 3) {
    double* e = pose.endEffectors.data() + k;
    const Vec3<double> end = rotation * Vec3<double>{e[0], e[1], e[2]};
    e[0] = end.x, e[1] = end.y, e[2] = end.z;
  }
  pose.centerOfMass = rotation * pose.centerOfMass;
  pose.centerOfMassVelocity = rotation * pose.centerOfMassVelocity;
}

Placement placementAt(const Quat<double>& rootOrientation, const Quat<double>& joint, const Vec3<double>& root, const ReferencePose& pose) {
  const Quat<double> inJoint = joint * conjugate(quaternionAt(pose.position, 0));
  const Quat<double> between = rootOrientation * inJoint * conjugate(rootOrientation);
  Placement placement;
  placement.isMoved = true;
  placement.turn = 2 * std::atan2(between.y, between.w);  // the turn about the vertical in it
  placement.turn = std::remainder(placement.turn, 2 * std::numbers::pi);
  const Vec3<double> at = placement.axes() * Vec3<double>{pose.position[4], pose.position[5], pose.position[6]};
  placement.x = root.x - at.x;
  placement.z = root.z - at.z;
  return placement;
}

double nearestPhase(const model::Model& model, const Reference& reference, const LaneView& view) {
  const int last = reference.lastFrame(), end = reference.cyclic() ? last : last / 2 + 1;
  double least = std::numeric_limits<double>::infinity();
  int nearest = 0;
  for (int frame = 0; frame < end; ++frame) {
    const double d = distance(model, reference.frame(frame), view);
    if (d < least) {
      least = d;
      nearest = frame;
    }
  }
  return static_cast<double>(nearest) / last;
}

}  // namespace muscle::environment
