// One environment of a group's state, read in the task's terms.
#pragma once

#include <vector>

#include "dynamics/lane_state.hpp"

namespace muscle::environment {

class LaneView {
 public:
  // `constants`: the model's, or those of the lane's own body.
  LaneView(const model::Model& model, const model::Constants<double>& constants, const dynamics::LaneState<float>& state, int lane)
      : model_(model), constants_(constants), state_(state), lane_(lane) {}

  double at(const float* base, int feature) const { return base[feature * state_.lanes + lane_]; }
  double position(int i) const { return at(state_.position, i); }
  double coordinate(int i) const { return position(i); }  // for the paths of muscles
  double velocity(int i) const { return at(state_.velocity, i); }
  Quat<double> quaternion(int i) const { return {position(i), position(i + 1), position(i + 2), position(i + 3)}; }
  Mat3<double> rotation(int body) const;
  Vec3<double> origin(int body) const;           // relative to the root's origin, m
  Vec3<double> angularVelocity(int body) const;  // world axes, rad/s
  Vec3<double> linearVelocity(int body) const;   // of the origin, world axes, m/s
  Vec3<double> bodyAngular(int body) const;      // the same in the body's axes
  Vec3<double> bodyLinear(int body) const;
  Vec3<double> groundForce(const std::vector<int>& bodies) const;  // on these bodies in the last substep, world axes, N
  Vec3<double> rootPosition() const;                               // in the world, m
  Vec3<double> centerOfMass() const;                               // relative to the root's origin, m
  Vec3<double> centerOfMassVelocity() const;                       // m/s
  const dynamics::LaneState<float>& state() const { return state_; }
  const model::Constants<double>& constants() const { return constants_; }
  int lane() const { return lane_; }

 private:
  const model::Model& model_;
  const model::Constants<double>& constants_;
  const dynamics::LaneState<float>& state_;
  int lane_;
};

}  // namespace muscle::environment
