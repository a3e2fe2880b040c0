#include "environment/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "dynamics/engine.hpp"

namespace muscle::environment {
namespace {

bool isRotation(model::JointType type) { return type == model::JointType::kFree || type == model::JointType::kBall; }

void blend(const std::vector<double>& a, const std::vector<double>& b, double t, std::vector<double>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] + (b[i] - a[i]) * t;
}

Vec3<double> blend(const Vec3<double>& a, const Vec3<double>& b, double t) { return a + (b - a) * t; }

}  // namespace

Reference::Reference(std::shared_ptr<const model::Model> model, const MotionDescription& motion)
    : model_(std::move(model)),
      motion_(motion),
      cyclic_(motion.cyclic),
      frameTime_(motion.frameTime),
      translation_(motion.cycleTranslation) {
  if (motion.frames.size() < 2) throw std::invalid_argument("frames: a motion needs at least two frames");
  if (!(frameTime_ > 0) || !std::isfinite(frameTime_)) throw std::invalid_argument("frame_time: must be positive");
  std::vector<int> children(model_->numBodies(), 0);
  for (const auto& body : model_->constants<double>().bodies)
    if (body.parent >= 0) ++children[body.parent];
  for (int i = 0; i < model_->numBodies(); ++i)
    if (children[i] == 0) endEffectors_.push_back(i);

  for (std::size_t f = 0; f < motion.frames.size(); ++f) {
    const std::vector<double>& frame = motion.frames[f];
    if (static_cast<int>(frame.size()) != model_->numDofs())
      throw std::invalid_argument("frames[" + std::to_string(f) + "]: has " + std::to_string(frame.size()) +
                                  " coordinates, the character has " + std::to_string(model_->numDofs()));
    if (!std::all_of(frame.begin(), frame.end(), [](double x) { return std::isfinite(x); }))
      throw std::invalid_argument("frames[" + std::to_string(f) + "]: must be finite");
    frames_.push_back(makePose());
    model_->toInternal(frame.data(), frames_.back().position.data());
  }
  if (cyclic_) {
    frames_.push_back(frames_.front());
    if (model_->numRootDofs() == 6) {
      frames_.back().position[4] += translation_.x;
      frames_.back().position[5] += translation_.y;
      frames_.back().position[6] += translation_.z;
    }
  }
  duration_ = frameTime_ * static_cast<double>(frames_.size() - 1);
  measureTurns();
  differentiate();
  measure();
}

ReferencePose Reference::makePose() const {
  ReferencePose pose{};
  pose.position.assign(model_->numPositions(), 0);
  pose.velocity.assign(model_->numDofs(), 0);
  pose.endEffectors.assign(3 * endEffectors_.size(), 0);
  return pose;
}

void Reference::measureTurns() {
  for (std::size_t f = 0; f + 1 < frames_.size(); ++f)
    for (const auto& body : model_->constants<double>().bodies)
      if (const int p = body.positionIndex; isRotation(body.type))
        turns_.push_back(logarithmMap(conjugate(quaternionAt(frames_[f].position, p)) * quaternionAt(frames_[f + 1].position, p)));
  turnsPerFrame_ = turns_.size() / (frames_.size() - 1);
}

// Velocities by central differences on the manifold (one-sided at the ends of a motion that is not cyclic).
void Reference::differentiate() {
  const int last = static_cast<int>(frames_.size()) - 1;
  for (int f = 0; f <= last; ++f) {
    const bool wrapsBack = cyclic_ && f == 0, wrapsOn = cyclic_ && f == last;
    const ReferencePose& before = wrapsBack ? frames_[last - 1] : frames_[std::max(f - 1, 0)];
    const ReferencePose& after = wrapsOn ? frames_[1] : frames_[std::min(f + 1, last)];
    const double span = frameTime_ * (cyclic_ || (f > 0 && f < last) ? 2 : 1);
    for (const auto& body : model_->constants<double>().bodies) {
      const int p = body.positionIndex, v = body.dofIndex;
      std::vector<double>& velocity = frames_[f].velocity;
      if (body.dofs == 1) velocity[v] = (after.position[p] - before.position[p]) / span;
      if (!isRotation(body.type)) continue;
      const Vec3<double> w = logarithmMap(conjugate(quaternionAt(before.position, p)) * quaternionAt(after.position, p)) * (1 / span);
      velocity[v] = w.x, velocity[v + 1] = w.y, velocity[v + 2] = w.z;
      if (body.type != model::JointType::kFree) continue;
      Vec3<double> moved{after.position[4] - before.position[4], after.position[5] - before.position[5],
                         after.position[6] - before.position[6]};
      if (wrapsBack || wrapsOn) moved += translation_;
      const Mat3<double> rotation = body.orientation * rotationMatrix(quaternionAt(frames_[f].position, p));
      const Vec3<double> local = transposeTimes(rotation, moved * (1 / span));
      velocity[v + 3] = local.x, velocity[v + 4] = local.y, velocity[v + 5] = local.z;
    }
  }
}

// End effectors and centre of mass of every frame, by the reference engine.
void Reference::measure() {
  dynamics::LaneState<double> state(*model_, 1);
  const auto engine = dynamics::makeReferenceEngine(model_, {}, state);
  for (ReferencePose& frame : frames_) {
    std::copy(frame.position.begin(), frame.position.end(), state.position);
    std::copy(frame.velocity.begin(), frame.velocity.end(), state.velocity);
    engine->kinematics();
    for (std::size_t e = 0; e < endEffectors_.size(); ++e)
      std::copy_n(state.bodyPosition + 3 * endEffectors_[e], 3, frame.endEffectors.data() + 3 * e);
    frame.centerOfMass = frame.centerOfMassVelocity = {};
    for (int i = 0; i < model_->numBodies(); ++i) {
      const model::Body<double>& body = model_->constants<double>().bodies[i];
      Mat3<double> rotation;
      std::copy_n(state.bodyRotation + 9 * i, 9, rotation.m);
      const double* p = state.bodyPosition + 3 * i;
      const double* v = state.bodyVelocity + 6 * i;
      frame.centerOfMass += Vec3<double>{p[0], p[1], p[2]} * body.mass + rotation * body.firstMoment;
      const Vec3<double> angular{v[0], v[1], v[2]}, linear{v[3], v[4], v[5]};
      frame.centerOfMassVelocity += rotation * (linear * body.mass + cross(angular, body.firstMoment));
    }
    frame.centerOfMass = frame.centerOfMass * (1 / model_->totalMass());
    frame.centerOfMassVelocity = frame.centerOfMassVelocity * (1 / model_->totalMass());
    if (model_->numRootDofs() != 6 || model_->numContacts() == 0) continue;
    double lowest = std::numeric_limits<double>::infinity();
    for (const model::Contact<double>& contact : model_->constants<double>().contacts) {
      Mat3<double> rotation;
      std::copy_n(state.bodyRotation + 9 * contact.body, 9, rotation.m);
      lowest = std::min(lowest, state.bodyPosition[3 * contact.body + 1] + (rotation * contact.position).y - contact.radius);
    }
    frame.lowest = frame.position[5] + lowest;
  }
}

Vec3<double> Reference::centerOfMass(int body, double phase) const {
  ReferencePose pose = makePose();
  evaluate(phase, 0, pose);
  dynamics::LaneState<double> state(*model_, 1);
  std::copy(pose.position.begin(), pose.position.end(), state.position);
  dynamics::makeReferenceEngine(model_, {}, state)->kinematics();
  const model::Body<double>& b = model_->constants<double>().bodies[body];
  Mat3<double> rotation;
  std::copy_n(state.bodyRotation + 9 * body, 9, rotation.m);
  const double* p = state.bodyPosition + 3 * body;
  const Vec3<double> inBody = b.centerOfMass();
  Vec3<double> root = model_->constants<double>().bodies[0].position;
  if (model_->numRootDofs() == 6) root = {pose.position[4], pose.position[5], pose.position[6]};
  return root + Vec3<double>{p[0], p[1], p[2]} + rotation * inBody;
}

void Reference::evaluate(double phase, long cycle, ReferencePose& pose) const {
  const int last = static_cast<int>(frames_.size()) - 1;
  // A NaN phase becomes 0: std::clamp would pass it on to the index.
  const double at = (phase > 0 ? std::min(phase, 1.0) : 0.0) * last;
  const int index = std::min(static_cast<int>(at), last - 1);
  const double t = at - index;
  const ReferencePose& a = frames_[index];
  const ReferencePose& b = frames_[index + 1];
  blend(a.position, b.position, t, pose.position);
  blend(a.velocity, b.velocity, t, pose.velocity);
  blend(a.endEffectors, b.endEffectors, t, pose.endEffectors);
  pose.centerOfMass = blend(a.centerOfMass, b.centerOfMass, t);
  pose.centerOfMassVelocity = blend(a.centerOfMassVelocity, b.centerOfMassVelocity, t);
  pose.lowest = a.lowest + (b.lowest - a.lowest) * t;
  pose.lowestRate = (b.lowest - a.lowest) / frameTime_;
  const Vec3<double>* turn = turns_.data() + index * turnsPerFrame_;
  for (const auto& body : model_->constants<double>().bodies) {
    if (!isRotation(body.type)) continue;
    const int p = body.positionIndex;
    const Quat<double> turned = normalized(quaternionAt(a.position, p) * exponentialMap(*turn++ * t));
    pose.position[p] = turned.w, pose.position[p + 1] = turned.x, pose.position[p + 2] = turned.y, pose.position[p + 3] = turned.z;
    if (body.type == model::JointType::kFree) {
      pose.position[p + 4] += translation_.x * static_cast<double>(cycle);
      pose.position[p + 5] += translation_.y * static_cast<double>(cycle);
      pose.position[p + 6] += translation_.z * static_cast<double>(cycle);
    }
  }
}

}  // namespace muscle::environment
