#include "environment/lane_bodies.hpp"

#include <algorithm>
#include <limits>

#include "environment/task.hpp"

namespace muscle::environment {

namespace {

// Of the tree's pose: the centre of mass relative to the root's origin, and its velocity.
void centerOfMass(const dynamics::ArticulatedBody<double>& tree, const model::Constants<double>& constants, Vec3<double>& position,
                  Vec3<double>& velocity) {
  position = velocity = {};
  for (std::size_t i = 0; i < constants.bodies.size(); ++i) {
    const model::Body<double>& body = constants.bodies[i];
    const dynamics::BodyWork<double>& work = tree.body(static_cast<int>(i));
    const Vec3<double> moment = work.rotation * body.firstMoment;
    position += work.position * body.mass + moment;
    velocity += work.linear * body.mass + cross(work.angular, moment);
  }
  position = position * (1 / constants.totalMass);
  velocity = velocity * (1 / constants.totalMass);
}

}  // namespace

LaneBodies::LaneBodies(std::shared_ptr<const model::Model> model, const TaskSettings& settings, int lanes, bool blends)
    : model_(std::move(model)),
      settings_(settings),
      parameters_(settings.parameters),
      values_(static_cast<std::size_t>(lanes) * parameters_.size()),
      conditions_(lanes),
      scratch_(parameters_.size()) {
  for (int lane = 0; lane < lanes; ++lane)
    for (int k = 0; k < count(); ++k) values(lane)[k].value = values(lane)[k].pin = parameters_[k].initial;
  if (settings.ownBodies() || blends)
    tree_ = std::make_unique<dynamics::ArticulatedBody<double>>(model_->constants<double>(), model_->numDofs());
  if (!settings.ownBodies()) return;
  own_.assign(lanes, model_->constants<double>());
  builder_ = std::make_unique<model::BodyBuilder>(model_);
  variation_ = std::make_unique<model::Variation>(*model_);
}

void LaneBodies::draw(int lane, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode, std::uint64_t steps) {
  for (int k = 0; k < count(); ++k) {
    ParameterValue& value = values(lane)[k];
    value.value = value.pinned ? value.pin : drawn(parameters_[k], k, seed, environment, episode, steps);
  }
}

void LaneBodies::build(int lane, dynamics::Engine<float>& engine) {
  if (!any()) return;
  for (int k = 0; k < count(); ++k) scratch_[k] = values(lane)[k].value;
  Conditions& conditions = conditions_[lane] = {};
  if (!own_.empty()) {
    variation_->clear();
    applyToBody(parameters_, scratch_.data(), *variation_);
    builder_->build(*variation_, own_[lane]);
    conditions.scale = builder_->rootHeight();
  }
  applyToConditions(parameters_, scratch_.data(), conditions);
  if (own_.empty()) return;
  engine.setBody(lane, own_[lane],
                 {dynamics::liftOf(settings_.gravity * conditions.gravity, settings_.slope + conditions.slope),
                  model_->description().contact.friction * conditions.friction});
}

float* LaneBodies::observe(int lane, bool mirrored, float* out) const {
  for (const Parameter& parameter : parameters_) {
    if (!parameter.observed) continue;
    const int source = mirrored ? parameter.counterpart : static_cast<int>(&parameter - parameters_.data());
    *out++ = static_cast<float>(parameters_[source].normalised(values(lane)[source].value));
  }
  return out;
}

void LaneBodies::writeValues(int lane, double* out) const {
  for (int k = 0; k < count(); ++k) out[k] = values(lane)[k].value;
}

void LaneBodies::moveRoot(int lane, const Reference& reference, double stride, ReferencePose& pose) const {
  if (!any() || model_->numRootDofs() != 6) return;
  const double scale = conditions_[lane].scale;
  std::vector<double>&p = pose.position, &v = pose.velocity;
  p[6] = reference.beginForward() + stride * (p[6] - reference.beginForward());
  for (int k = 4; k < 7; ++k) p[k] *= scale;
  const Mat3<double> rotation = model_->constants<double>().bodies[0].orientation * rotationMatrix(quaternionAt(p, 0));
  const Vec3<double> before = rotation * Vec3<double>{v[3], v[4], v[5]};
  const Vec3<double> after = Vec3<double>{before.x, before.y, before.z * stride} * scale;
  const Vec3<double> local = transposeTimes(rotation, after);
  v[3] = local.x, v[4] = local.y, v[5] = local.z;
  pose.centerOfMassVelocity += after - before;
}

void LaneBodies::ground(int lane, double height, double rate, ReferencePose& pose) const {
  const model::Constants<double>& body = constants(lane);
  if (model_->numRootDofs() != 6 || body.contacts.empty()) return;
  tree_->use(body);
  tree_->kinematics(pose.position.data(), pose.velocity.data());
  double lowest = std::numeric_limits<double>::infinity(), lowestRate = 0;
  for (const model::Contact<double>& contact : body.contacts) {
    const dynamics::BodyWork<double>& work = tree_->body(contact.body);
    const Vec3<double> arm = work.rotation * contact.position;
    const double at = work.position.y + arm.y - contact.radius;
    if (at >= lowest) continue;
    lowest = at;
    lowestRate = (work.linear + cross(work.angular, arm)).y;
  }
  const double scale = conditions_[lane].scale;
  pose.position[5] = scale * height - lowest;
  const Mat3<double> axes = body.bodies[0].orientation * rotationMatrix(quaternionAt(pose.position, 0));
  const Vec3<double> change = transposeTimes(axes, Vec3<double>{0, scale * rate - lowestRate, 0});
  pose.velocity[3] += change.x, pose.velocity[4] += change.y, pose.velocity[5] += change.z;
}

void LaneBodies::measure(int lane, const Reference& reference, bool isBlend, ReferencePose& pose) {
  if (!any() && !isBlend) return;
  const double cadence = conditions_[lane].cadence;
  for (double& velocity : pose.velocity) velocity *= cadence;
  pose.centerOfMassVelocity = pose.centerOfMassVelocity * cadence;
  if (own_.empty() && !isBlend) return;
  tree_->use(constants(lane));
  tree_->kinematics(pose.position.data(), pose.velocity.data());
  double* out = pose.endEffectors.data();
  for (const int end : reference.endEffectors()) {
    const Vec3<double>& origin = tree_->body(end).position;
    for (const double component : {origin.x, origin.y, origin.z}) *out++ = component;
  }
  centerOfMass(*tree_, constants(lane), pose.centerOfMass, pose.centerOfMassVelocity);
}

}  // namespace muscle::environment
