// A free joint whose velocity is that of the body, in the body's axes, as in the model. DART's free joint is the same up to 6.12;
// since 6.13 its velocity is in the axes of the joint's parent.
#pragma once

#include <dart/dynamics/FreeJoint.hpp>

namespace muscle::dart_engine {

/// Its child's joint frame must be the body's: then the Jacobian is the identity.
class BodyFreeJoint final : public ::dart::dynamics::FreeJoint {
 public:
  explicit BodyFreeJoint(const Properties& properties) : FreeJoint(properties) {}

  Eigen::Matrix6d getRelativeJacobianStatic(const Eigen::Vector6d&) const override { return Eigen::Matrix6d::Identity(); }

 protected:
  void updateRelativeJacobian(bool) const override { mJacobian.setIdentity(); }
  void updateRelativeJacobianTimeDeriv() const override { mJacobianDeriv.setZero(); }
};

}  // namespace muscle::dart_engine
