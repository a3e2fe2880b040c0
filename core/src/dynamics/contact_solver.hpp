// The contact forces of a step, over the lanes of one pack: the passes over the tree that contact.hpp describes.
#pragma once

#include <span>
#include <vector>

#include "dynamics/contact.hpp"
#include "dynamics/engine.hpp"
#include "dynamics/hertz_contact.hpp"

namespace muscle::dynamics {

// V: the type of the constants, as in ArticulatedBody.
template <class S, class V = Element<S>>
class ContactSolver {
 public:
  using T = Element<S>;
  using Tree = ArticulatedBody<S, V>;

  // `constants` and `surroundings` must outlive the solver.
  ContactSolver(const model::Model& model, const model::Constants<V>& constants, const Surroundings<V>& surroundings,
                const EngineSettings& settings)
      : contacts_(constants.contacts.data()),
        parameters_(&model.description().contact),
        hertz_(parameters_->hertz ? &*parameters_->hertz : nullptr),
        surroundings_(&surroundings),
        dt_(static_cast<T>(settings.timeStep)),
        work_(model.numContacts()),
        hertzWork_(hertz_ ? model.numContacts() : 0) {
    const int count = settings.ground ? model.numContacts() : 0;
    for (int c = 0; c < count; ++c) {
      if (groups_.empty() || groups_.back().body != contacts_[c].body) groups_.push_back({contacts_[c].body, c, c, 0, 0});
      groups_.back().end = c + 1;
    }
    twists_.resize(groups_.size());
    loaded_.resize(count);
  }

  // The contacts at the step's start. `rootHeight` is that of the root's origin, m.
  [[gnu::flatten]] void begin(const Tree& tree, S rootHeight) {
    int loaded = 0;
    for (Group& group : groups_) {
      const BodyWork<S>& body = tree.body(group.body);
      const Twist<S> twist = startTwist(body);
      group.loadedBegin = loaded;
      for (int c = group.begin; c < group.end; ++c) {
        const S depth = placeContact(contacts_[c], rootHeight, body, work_[c]);
        hertz_ ? load(contacts_[c], *hertz_, depth, hertzWork_[c], work_[c]) : load(*parameters_, depth, dt_, work_[c]);
        if (!anyOf(work_[c].elastic > S(0))) continue;
        loaded_[loaded++] = c;
        hertz_ ? assume(*hertz_, surroundings_->friction, pointVelocity(twist, work_[c].point), dt_, hertzWork_[c], work_[c])
               : assume(*parameters_, surroundings_->friction, pointVelocity(twist, work_[c].point), work_[c]);
      }
      group.loadedEnd = loaded;
    }
  }

  // Linearises the forces again, at the velocity that the last pass computed.
  [[gnu::flatten]] void refine(const Tree& tree) {
    for (const Group& group : groups_) {
      const Twist<S> twist = endTwist(tree.body(group.body), surroundings_->lift, dt_);
      for (int c : loaded(group)) {
        hertz_ ? assume(*hertz_, surroundings_->friction, pointVelocity(twist, work_[c].point), dt_, hertzWork_[c], work_[c])
               : assume(*parameters_, surroundings_->friction, pointVelocity(twist, work_[c].point), work_[c]);
      }
    }
  }

  // The accelerations of the bodies that carry contacts, with the linearised forces. After tree.reduceBranches().
  void solveLinear(Tree& tree, const S* tau, const S* diagonal, S* acceleration) const {
    tree.beginContacts();
    for (const Group& group : groups_) addLinear(tree, group);
    tree.reduceCarriers(tau, diagonal);
    tree.accelerateCarriers(tau, surroundings_->lift, acceleration);
  }

  // The same after solveLinear(), with its forces projected onto the friction cone: the accelerations and forces of the step.
  void solveBounded(Tree& tree, const S* tau, const S* diagonal, S* acceleration) {
    tree.keepCarriers(acceleration);
    tree.beginContacts();
    for (std::size_t g = 0; g < groups_.size(); ++g) addBounded(tree, groups_[g], twists_[g]);
    tree.reduceCarriers(tau, diagonal);
    tree.accelerateCarriers(tau, surroundings_->lift, acceleration);
    // Accelerations are linear in the forces, so both are blended with the same share.
    const S share = linearShare(tree);
    tree.mixCarriers(share, acceleration);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      for (int c : loaded(groups_[g])) {
        const Vec3<S> linear = linearForce(work_[c], pointVelocity(twists_[g], work_[c].point));
        work_[c].bounded += (linear - work_[c].bounded) * share;
      }
    }
  }

  // The point of a contact's sphere that the ground pushes, relative to its body's origin, and the force on it: world axes, m and N.
  const Vec3<S>& point(int contact) const { return work_[contact].point; }
  const Vec3<S>& force(int contact) const { return work_[contact].bounded; }

 private:
  // The contacts of one body, and where those that carry a load begin and end in `loaded_`.
  struct Group {
    int body, begin, end, loadedBegin, loadedEnd;
  };

  std::span<const int> loaded(const Group& group) const { return {loaded_.data() + group.loadedBegin, loaded_.data() + group.loadedEnd}; }

  // In registers alone, apart from the passes over the tree: a sum that is passed to them would be stored for each contact.
  [[gnu::flatten]] void addLinear(Tree& tree, const Group& group) const {
    ContactSum<S> sum;
    for (int c : loaded(group)) sum.add(work_[c]);
    Twist<S> ahead = startTwist(tree.body(group.body));
    ahead.linear -= broadcast<S>(surroundings_->lift * V(dt_));
    sum.addTo(tree, group.body, ahead, dt_);
  }

  [[gnu::flatten]] void addBounded(Tree& tree, const Group& group, Twist<S>& twist) {
    twist = endTwist(tree.body(group.body), surroundings_->lift, dt_);
    Vec3<S> torque{S(0), S(0), S(0)}, force = torque;
    for (int c : loaded(group)) {
      const Vec3<S> velocity = pointVelocity(twist, work_[c].point);
      hertz_ ? bound(*hertz_, surroundings_->friction, velocity, work_[c]) : bound(surroundings_->friction, velocity, work_[c]);
      torque += cross(work_[c].point, work_[c].bounded);
      force += work_[c].bounded;
    }
    tree.addWrench(group.body, torque, force);
  }

  // The share of the linear forces in the result, 0 to 1: 0 if the bounded forces change no point's velocity too much.
  [[gnu::flatten]] S linearShare(const Tree& tree) const {
    S change(0);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      Twist<S> twist = endTwist(tree.body(groups_[g].body), surroundings_->lift, dt_);
      twist.angular -= twists_[g].angular;
      twist.linear -= twists_[g].linear;
      for (int c : loaded(groups_[g])) {
        const Vec3<S> difference = pointVelocity(twist, work_[c].point);
        change = maximum(change, work_[c].pushing * dot(difference, difference));
      }
    }
    const S limit(static_cast<T>(kLargestCorrection));
    return S(1) - limit / maximum(squareRoot(change), limit);
  }

  const model::Contact<V>* contacts_;
  const model::ContactParameters* parameters_;
  const model::HertzContact* hertz_;  // null: the law of contact.hpp
  const Surroundings<V>* surroundings_;
  T dt_;
  std::vector<Group> groups_;
  std::vector<int> loaded_;  // contacts that carry a load in some lane; on the others no force acts
  std::vector<ContactWork<S>> work_;
  std::vector<HertzWork<S>> hertzWork_;
  std::vector<Twist<S>> twists_;  // per group: velocity after the last linear pass
};

}  // namespace muscle::dynamics
