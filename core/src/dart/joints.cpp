#include "dart/joints.hpp"

#include <stdexcept>

#include <dart/dynamics/BallJoint.hpp>
#include <dart/dynamics/RevoluteJoint.hpp>
#include <dart/dynamics/WeldJoint.hpp>

#include "dart/body_free_joint.hpp"
#include "dart/implicit_joint.hpp"
#include "dart/skeleton.hpp"

// libdart has these; to instantiate them here, too, takes the compiler most of a minute.
extern template class dart::dynamics::GenericJoint<dart::math::R1Space>;
extern template class dart::dynamics::GenericJoint<dart::math::SO3Space>;
extern template class dart::dynamics::GenericJoint<dart::math::SE3Space>;

namespace muscle::dart_engine {
namespace {

namespace dd = ::dart::dynamics;

template <class Properties>
Properties placed(const std::string& name, const Eigen::Isometry3d& at) {
  Properties properties;
  properties.mName = name;
  properties.mT_ParentBodyToJoint = at;
  properties.mIsPositionLimitEnforced = false;
  return properties;
}

}  // namespace

dd::BodyNode* attach(const dd::SkeletonPtr& skeleton, dd::BodyNode* parent, const dd::BodyNode::Properties& body,
                     const model::JointDescription& joint, const std::string& name, const Eigen::Isometry3d& at, bool damped) {
  const auto add = [&]<class Joint>(const typename Joint::Properties& properties) {
    return skeleton->createJointAndBodyNodePair<Joint>(parent, properties, body).second;
  };
  const auto addDamped = [&]<class Joint>(const typename Joint::Properties& properties) {
    return damped ? add.template operator()<ImplicitJoint<Joint>>(properties) : add.template operator()<Joint>(properties);
  };
  switch (joint.type) {
    case model::JointType::kFree: return add.operator()<BodyFreeJoint>(placed<BodyFreeJoint::Properties>(name, at));
    case model::JointType::kBall: return addDamped.operator()<dd::BallJoint>(placed<dd::BallJoint::Properties>(name, at));
    case model::JointType::kRevolute: {
      auto properties = placed<dd::RevoluteJoint::Properties>(name, at);
      properties.mAxis = toEigen(joint.axis);
      return addDamped.operator()<dd::RevoluteJoint>(properties);
    }
    case model::JointType::kWeld: return add.operator()<dd::WeldJoint>(placed<dd::WeldJoint::Properties>(name, at));
    case model::JointType::kSlide:
    case model::JointType::kCustom: break;
  }
  throw std::logic_error("joint type: check() refuses it");
}

}  // namespace muscle::dart_engine
