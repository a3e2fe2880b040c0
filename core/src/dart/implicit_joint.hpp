// A joint of DART whose implicit damping resists contact impulses, too. DART's joints solve forces with M + dt D, but impulses with
// M: if D is large relative to the inertia, as at the toes, a foot at rest would creep.
#pragma once

#include <dart/dynamics/Skeleton.hpp>

namespace muscle::dart_engine {

template <class Joint>
class ImplicitJoint final : public Joint {
 public:
  explicit ImplicitJoint(const typename Joint::Properties& properties) : Joint(properties) {}

 protected:
  void updateInvProjArtInertia(const Eigen::Matrix6d& articulated) override {
    this->updateInvProjArtInertiaImplicit(articulated, this->getSkeleton()->getTimeStep());
    this->mInvProjArtInertia = this->mInvProjArtInertiaImplicit;
  }
};

}  // namespace muscle::dart_engine
