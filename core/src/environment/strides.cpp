#include "environment/strides.hpp"

#include <algorithm>
#include <cmath>

#include "environment/legs.hpp"

namespace muscle::environment {
namespace {

constexpr double kLeast = 0.4, kGreatest = 1.8;  // factors of a stride beyond which legs do not follow
constexpr double kSpacing = 0.1;                 // of the factors between which poses are blended

void blend(const std::vector<double>& other, double t, std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += t * (other[i] - values[i]);
}

// The range of the factors of stride with legs that follow; bodies may be as small or large as their parameters let them.
std::pair<double, double> range(const std::vector<Parameter>& parameters) {
  double low = 1, high = 1, small = 1, large = 1;
  for (const Parameter& p : parameters)
    if (p.effect == Effect::kHeight || p.effect == Effect::kLength) small *= std::min(p.low, 1.0), large *= std::max(p.high, 1.0);
  for (const Parameter& p : parameters) {
    if (!p.legsFollow) continue;
    if (p.effect == Effect::kStride) low *= p.low, high *= p.high;
    if (p.effect == Effect::kSpeed) low *= std::sqrt(p.low / (p.unit * large)), high *= std::sqrt(p.high / (p.unit * small));
  }
  return {std::clamp(low, kLeast, 1.0), std::clamp(high, 1.0, kGreatest)};
}

}  // namespace

MotionDescription withStride(const std::shared_ptr<const model::Model>& model, const MotionDescription& motion, double factor) {
  MotionDescription out = motion;
  out.cycleTranslation.z *= factor;
  std::vector<std::vector<double>> poses;
  for (const std::vector<double>& frame : motion.frames) {
    poses.emplace_back(model->numPositions());
    model->toInternal(frame.data(), poses.back().data());
  }
  Legs legs(model, poses);
  const std::vector<std::vector<double>> footholds = legs.footholds(poses, motion.cycleTranslation.z);
  const double begin = poses.front()[6];
  std::vector<double> shifts(footholds.size());
  for (std::size_t f = 0; f < poses.size(); ++f) {
    std::transform(footholds.begin(), footholds.end(), shifts.begin(), [&](const auto& leg) { return (factor - 1) * leg[f]; });
    if (legs.any()) legs.shift(shifts, poses[f]);
    poses[f][6] = begin + factor * (poses[f][6] - begin);
    model->toGeneralised(poses[f].data(), out.frames[f].data());
  }
  return out;
}

Strides::Strides(const std::shared_ptr<const model::Model>& model, const MotionDescription& motion,
                 const std::vector<Parameter>& parameters)
    : model_(model) {
  const auto [low, high] = range(parameters);
  const int below = static_cast<int>(std::ceil((1 - low) / kSpacing - 1e-9)),
            above = static_cast<int>(std::ceil((high - 1) / kSpacing - 1e-9));
  for (int k = -below; k <= above; ++k) {
    factors_.push_back(1 + kSpacing * k);
    references_.emplace_back(model, k == 0 ? motion : withStride(model, motion, factors_.back()));
  }
}

double Strides::evaluate(double factor, double phase, long cycle, ReferencePose& pose, ReferencePose& scratch) const {
  const double at = std::clamp(factor, factors_.front(), factors_.back());
  const auto next = std::upper_bound(factors_.begin(), factors_.end() - 1, at);
  const auto index = static_cast<std::size_t>(std::max<std::ptrdiff_t>(next - factors_.begin() - 1, 0));
  references_[index].evaluate(phase, cycle, pose);
  const double t = index + 1 < factors_.size() ? (at - factors_[index]) / (factors_[index + 1] - factors_[index]) : 0;
  if (t <= 0) return at;
  references_[index + 1].evaluate(phase, cycle, scratch);
  for (const auto& body : model_->constants<double>().bodies) {
    if (body.type != model::JointType::kFree && body.type != model::JointType::kBall) continue;
    const double* p = pose.position.data() + body.positionIndex;
    double* q = scratch.position.data() + body.positionIndex;  // the opposite quaternion is the same rotation
    if (p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3] < 0)
      for (int k = 0; k < 4; ++k) q[k] = -q[k];
  }
  blend(scratch.position, t, pose.position);
  blend(scratch.velocity, t, pose.velocity);
  blend(scratch.endEffectors, t, pose.endEffectors);
  pose.centerOfMass += (scratch.centerOfMass - pose.centerOfMass) * t;
  pose.centerOfMassVelocity += (scratch.centerOfMassVelocity - pose.centerOfMassVelocity) * t;
  for (const auto& body : model_->constants<double>().bodies) {
    if (body.type != model::JointType::kFree && body.type != model::JointType::kBall) continue;
    double* p = pose.position.data() + body.positionIndex;
    const Quat<double> q = normalized(Quat<double>{p[0], p[1], p[2], p[3]});
    p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
  }
  return at;
}

}  // namespace muscle::environment
