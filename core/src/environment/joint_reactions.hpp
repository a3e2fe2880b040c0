// The force and moment that each joint transmits: a Newton-Euler pass over a substep (Featherstone, Rigid Body Dynamics Algorithms,
// 2008, section 5.3), less the pull of the muscles that cross the joint.
#pragma once

#include <vector>

#include "dynamics/articulated_body.hpp"
#include "environment/lane_view.hpp"

namespace muscle::environment {

// Of one lane, in double.
class JointReactions {
 public:
  // `muscles`: whether their forces act.
  JointReactions(const model::Model& model, bool muscles);

  // Before a substep's advance(): takes the state from which it starts.
  void begin(const LaneView& view);
  // After it: on each body from its parent, about the body's origin, in the body's axes: moment N m, force N; (bodies, 6). `lift`: see
  // accelerateCarriers. NaN for a weld that muscles may cross, whose pull on it is not known. The root's is what nothing else
  // explains: zero for a free root.
  void solve(const LaneView& view, const Vec3<double>& lift, double* out);

 private:
  void accelerate(const LaneView& view, const Vec3<double>& lift);
  void subtractContacts(const LaneView& view);
  void addToParents();
  void subtractMuscles(const LaneView& view);

  const model::Model& model_;
  bool muscles_;
  dynamics::ArticulatedBody<double> tree_;
  std::vector<double> position_, velocity_, external_, rotations_, origins_, screws_, arms_;
  struct Wrench {
    Vec3<double> torque, force;
  };
  std::vector<Wrench> accelerations_, wrenches_;  // per body, about its origin, world axes; accelerations: angular, linear
};

}  // namespace muscle::environment
