// Fitting of the initial pose and velocities of an episode to the ground and the reference, as in the GaitNets.
#include "environment/group.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace muscle::environment {

// Height of the lowest contact point above the ground, m; 0 without contact points.
double Group::lowestContact(int lane) {
  reference_->pose().position = pose_.position;
  const LaneView view = reference_->show(0, bodies_.constants(lane));
  double lowest = std::numeric_limits<double>::infinity();
  for (const model::Contact<double>& contact : view.constants().contacts)
    lowest = std::min(lowest, (view.origin(contact.body) + view.rotation(contact.body) * contact.position).y - contact.radius);
  return scene_->model->numContacts() > 0 ? view.rootPosition().y + lowest : 0;
}

// The initial pose of an episode, raised to stand on the ground and put within the joint limits.
void Group::fitPose(int lane) {
  constexpr double kClearance = 1e-3;  // m
  const double lowest = lowestContact(lane);
  for (const model::Body<double>& body : bodies_.constants(lane).bodies) {
    double* p = pose_.position.data() + body.positionIndex;
    if (body.type == model::JointType::kFree && scene_->model->numContacts() > 0) p[5] += kClearance - lowest;
    if (!body.limited && !body.ownLimits) continue;
    if (body.dofs == 1) p[0] = std::clamp(p[0], body.lower[0], body.upper[0]);
    if (body.type != model::JointType::kBall) continue;
    const Vec3<double> r = logarithmMap(Quat<double>{p[0], p[1], p[2], p[3]});
    const Vec3<double> within{std::clamp(r.x, body.lower[0], body.upper[0]), std::clamp(r.y, body.lower[1], body.upper[1]),
                              std::clamp(r.z, body.lower[2], body.upper[2])};
    const Quat<double> q = exponentialMap(within);
    p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
  }
}

// The velocities that lead from the reference's pose to its pose one control step later; the root's translation as in the step after.
void Group::differenceAhead(int lane) {
  const Episode& episode = episodes_[lane];
  const double rate = scene_->settings.controlHz / cadence(lane);
  const auto evaluate = [&](int ahead) { evaluateReference(lane, episode.phase + ahead * phaseStep(lane), 0, ahead_); };
  evaluate(1);
  Vec3<double> root{};
  for (const model::Body<double>& body : scene_->model->constants<double>().bodies) {
    const double *here = pose_.position.data() + body.positionIndex, *there = ahead_.position.data() + body.positionIndex;
    double* velocity = pose_.velocity.data() + body.dofIndex;
    if (body.dofs == 1) velocity[0] = (there[0] - here[0]) * rate;
    if (body.dofs < 3) continue;
    const Quat<double> from{here[0], here[1], here[2], here[3]}, to{there[0], there[1], there[2], there[3]};
    const Vec3<double> turn = logarithmMap(conjugate(from) * to) * rate;
    velocity[0] = turn.x, velocity[1] = turn.y, velocity[2] = turn.z;
    if (body.type == model::JointType::kFree) root = {there[4], there[5], there[6]};
  }
  if (scene_->model->numRootDofs() != 6) return;
  evaluate(2);
  const double* there = ahead_.position.data() + 4;
  const Vec3<double> moved = (Vec3<double>{there[0], there[1], there[2]} - root) * rate;
  const Vec3<double> local =
      transposeTimes(scene_->model->constants<double>().bodies[0].orientation * rotationMatrix(quaternionAt(pose_.position, 0)), moved);
  pose_.velocity[3] = local.x, pose_.velocity[4] = local.y, pose_.velocity[5] = local.z;
}

}  // namespace muscle::environment
