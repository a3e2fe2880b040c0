#include "environment/joint_reactions.hpp"

#include <algorithm>
#include <limits>

#include "muscle/path.hpp"

namespace muscle::environment {

JointReactions::JointReactions(const model::Model& model, bool muscles)
    : model_(model),
      muscles_(muscles && model.numMuscles() > 0),
      tree_(model.constants<double>(), model.numDofs()),
      position_(model.numPositions()),
      velocity_(model.numDofs()),
      external_(6 * static_cast<std::size_t>(model.numBodies())),
      rotations_(9 * static_cast<std::size_t>(model.numBodies())),
      origins_(3 * static_cast<std::size_t>(model.numBodies())),
      screws_(6 * static_cast<std::size_t>(model.numScrews())),
      arms_(model.numEntries()),
      accelerations_(model.numBodies()),
      wrenches_(model.numBodies()) {}

void JointReactions::begin(const LaneView& view) {
  for (std::size_t i = 0; i < position_.size(); ++i) position_[i] = view.position(static_cast<int>(i));
  for (std::size_t i = 0; i < velocity_.size(); ++i) velocity_[i] = view.velocity(static_cast<int>(i));
  tree_.use(view.constants());
  tree_.kinematics(position_.data(), velocity_.data());
}

void JointReactions::solve(const LaneView& view, const Vec3<double>& lift, double* out) {
  for (std::size_t i = 0; i < external_.size(); ++i) external_[i] = view.at(view.state().externalForce, static_cast<int>(i));
  tree_.beginStep(external_.data());
  accelerate(view, lift);
  for (int i = 0; i < model_.numBodies(); ++i) {
    const auto& [angular, linear] = accelerations_[i];
    const dynamics::BodyWork<double>& w = tree_.body(i);
    wrenches_[i] = {w.rotational * angular + cross(w.firstMoment, linear) + w.rigid.torque,
                    linear * view.constants().bodies[i].mass - cross(w.firstMoment, angular) + w.rigid.force};
  }
  subtractContacts(view);
  addToParents();
  if (muscles_) subtractMuscles(view);
  for (int i = 0; i < model_.numBodies(); ++i) {
    const Mat3<double>& rotation = tree_.body(i).rotation;
    const Vec3<double> torque = transposeTimes(rotation, wrenches_[i].torque), force = transposeTimes(rotation, wrenches_[i].force);
    const double values[6] = {torque.x, torque.y, torque.z, force.x, force.y, force.z};
    std::copy_n(values, 6, out + 6 * i);
    if (muscles_ && i > 0 && view.constants().bodies[i].dofs == 0) std::fill_n(out + 6 * i, 6, std::numeric_limits<double>::quiet_NaN());
  }
}

// The bodies' accelerations, gravity's negative included, from the joints' that the engine has found.
void JointReactions::accelerate(const LaneView& view, const Vec3<double>& lift) {
  for (int i = 0; i < model_.numBodies(); ++i) {
    const model::Body<double>& body = view.constants().bodies[i];
    const dynamics::BodyWork<double>& w = tree_.body(i);
    auto& [angular, linear] = accelerations_[i];
    if (body.parent < 0) {
      angular = {};
      linear = lift;
    } else {
      const auto& [parentAngular, parentLinear] = accelerations_[body.parent];
      angular = parentAngular;
      linear = parentLinear + cross(parentAngular, w.offset);
    }
    angular += w.biasAngular;
    linear += w.biasLinear;
    const auto joint = [&](int k) { return view.at(view.state().acceleration, body.dofIndex + k); };
    if (body.moves()) {
      angular += tree_.screwOf(i).angular * joint(0);
      linear += tree_.screwOf(i).linear * joint(0);
    } else if (body.dofs == 1) {
      angular += w.axis * joint(0);
    } else if (body.dofs >= 3) {
      angular += w.rotation * Vec3<double>{joint(0), joint(1), joint(2)};
      if (body.type == model::JointType::kFree) linear += w.rotation * Vec3<double>{joint(3), joint(4), joint(5)};
    }
  }
}

void JointReactions::subtractContacts(const LaneView& view) {
  const std::vector<model::Contact<double>>& contacts = view.constants().contacts;
  const double root = model_.numRootDofs() == 6 ? position_[5] : view.constants().bodies[0].position.y;
  for (std::size_t c = 0; c < contacts.size(); ++c) {
    const int i = static_cast<int>(3 * c);
    const float* forces = view.state().contactForce;
    const Vec3<double> force{view.at(forces, i), view.at(forces, i + 1), view.at(forces, i + 2)};
    const dynamics::BodyWork<double>& body = tree_.body(contacts[c].body);
    Vec3<double> point = body.rotation * contacts[c].position - Vec3<double>{0, contacts[c].radius, 0};
    if (model_.description().contact.hertz) point.y -= 0.5 * std::min(root + body.position.y + point.y, 0.0);
    Wrench& wrench = wrenches_[contacts[c].body];
    wrench.torque = wrench.torque - cross(point, force);
    wrench.force = wrench.force - force;
  }
}

void JointReactions::addToParents() {
  for (int i = model_.numBodies() - 1; i > 0; --i) {
    const dynamics::BodyWork<double>& w = tree_.body(i);
    Wrench& parent = wrenches_[model_.constants<double>().bodies[i].parent];
    parent.torque += wrenches_[i].torque + cross(w.offset, wrenches_[i].force);
    parent.force += wrenches_[i].force;
  }
}

void JointReactions::subtractMuscles(const LaneView& view) {
  for (int i = 0; i < model_.numBodies(); ++i) {
    const dynamics::BodyWork<double>& w = tree_.body(i);
    std::copy_n(w.rotation.m, 9, rotations_.begin() + 9 * i);
    const double origin[3] = {w.position.x, w.position.y, w.position.z};
    std::copy_n(origin, 3, origins_.begin() + 3 * i);
    const model::Body<double>& body = view.constants().bodies[i];
    if (body.type != model::JointType::kCustom) continue;
    const Vec3<double> a = transposeTimes(w.rotation, tree_.screwOf(i).angular), l = transposeTimes(w.rotation, tree_.screwOf(i).linear);
    const double screw[6] = {a.x, a.y, a.z, l.x, l.y, l.z};
    std::copy_n(screw, 6, screws_.begin() + 6 * body.screwIndex);
  }
  const BodyFrames<double> frames{rotations_.data(), origins_.data(), position_.data(), screws_.data()};
  const dynamics::LaneState<float>& state = view.state();
  for (int m = 0; m < model_.numMuscles(); ++m) {
    const double tension = view.at(state.activeForce, m) * view.at(state.activation, m) + view.at(state.passiveForce, m);
    const auto subtract = [&](const model::SpannedJoint& joint, const Vec3<double>& moment, const Vec3<double>& force) {
      Wrench& wrench = wrenches_[joint.body];
      const Vec3<double> about = moment - cross(tree_.body(joint.body).position, force);
      wrench.torque = wrench.torque - about * tension;
      wrench.force = wrench.force - force * tension;
    };
    computePath<double>(view.constants(), view.constants().muscles[m], frames, arms_.data(), subtract);
  }
}

}  // namespace muscle::environment
