// The state of a group of environments, as arrays over lanes: element (feature, lane) lies at [feature * lanes + lane].
// The layout does not depend on the instruction set; the engine works on it, the task reads it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/model.hpp"

namespace muscle::dynamics {

inline constexpr int kGroupLanes = 16;  // environments of a group of the lanes engine

// From a feature to the next in a state's arrays, for an engine over S: the lanes of a group, or one environment.
template <class S>
inline constexpr int kStride = ScalarTraits<S>::kWidth == 1 ? 1 : kGroupLanes;

template <class T>
struct LaneState {
  LaneState(const model::Model& model, int lanes);

  int lanes;
  int activationCount, elasticCount;

  // The state that a simulation continues from.
  T* position;         // (positions) internal: quaternions, angles, root translation in the world
  T* velocity;         // (dofs)
  T* activation;       // (muscles) in [0, 1]
  T* externalForce;    // (bodies, 6) world axes: torque about the body's origin N m, force N
  T* fibreStart;       // (elastic tendons) fibres' projection on the tendon after the last step, optimal lengths; 0: not known yet
  T* constraintForce;  // (dofs) of the last step's contacts, for engines whose stable PD needs them
  T* offset;           // (dofs) of the last action to the PD target, rad; of actions that are interpolated alone

  // Inputs of a control step.
  T* target;              // (positions) PD target pose, advanced by both rates each substep; the root's is not used
  T* targetVelocity;      // (dofs) of the PD target, which the derivative term follows
  T* targetAcceleration;  // (dofs) rate of targetVelocity, rad/s^2
  T* offsetRate;          // (dofs) of interpolated actions, which the derivative term does not follow, rad/s
  T* excitation;          // (muscles) the network's output
  T* directTorque;        // (dofs) added to the joints: the torque actuator's action

  // Results. Body positions are relative to the root's origin, in world axes, so that floats stay accurate far from the origin.
  T* bodyRotation;    // (bodies, 9) body to world
  T* bodyPosition;    // (bodies, 3)
  T* bodyVelocity;    // (bodies, 6) body frame: angular, linear of the origin
  T* jointScrew;      // (custom joints, 6) motion per unit of the coordinate's rate, body frame: angular, linear of the origin
  T* muscleLength;    // (muscles) m
  T* muscleVelocity;  // (muscles) m/s
  T* fibreLength;     // (muscles) optimal fibre lengths
  T* fibreVelocity;   // (muscles) optimal fibre lengths per second
  T* fibreEnd;        // (elastic tendons) as fibreStart, for the present path
  T* activeForce;     // (muscles) along the tendon at full activation, N
  T* passiveForce;    // (muscles) N
  T* jacobian;        // (entries) torque at full activation, N m: the reduced JtA
  T* momentArm;       // (entries) -dL/dq, m
  T* passiveTorque;   // (dofs) JtP
  T* desiredTorque;   // (dofs) stable PD
  T* muscleTorque;    // (dofs) JtA a + JtP
  T* appliedTorque;   // (dofs)
  T* jointMoment;     // (dofs) that acted in the step: applied, the joint's own, and what of both is implicit in the step's end
  T* acceleration;    // (dofs)
  T* networkInput;    // (network entries + joint dofs) [JtA / 200, (desired - JtP) / 200]; entries that are no input go to the last row
  T* contactForce;    // (contacts, 3) on the character, world axes, N

  // Lets the fibres of elastic tendons begin in equilibrium with the path, as after a pose has been set.
  void loseFibres(int lane) {
    for (int k = 0; k < elasticCount; ++k) fibreStart[k * lanes + lane] = T(0);
  }

  std::size_t bytes() const { return buffer_.size() * sizeof(T); }

  // Everything above of one lane: copied out to, and back from, laneSize() values.
  std::size_t laneSize() const { return features_; }
  void copyLane(int lane, T* out) const;
  void setLane(int lane, const T* values);

 private:
  std::vector<T> buffer_;
  std::size_t features_ = 0;  // of all fields, padding included
};

extern template struct LaneState<float>;
extern template struct LaneState<double>;

}  // namespace muscle::dynamics
