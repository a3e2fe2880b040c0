// The model's joints as DART's.
#pragma once

#include <dart/dynamics/BodyNode.hpp>
#include <dart/dynamics/Skeleton.hpp>

#include <string>

#include "model/model.hpp"

namespace muscle::dart_engine {

// Adds a body and its joint, whose frame in the parent is `at`, to a skeleton. `damped`: the joint's implicit damping resists the
// impulses of contacts, too; otherwise it is DART's own.
dart::dynamics::BodyNode* attach(const dart::dynamics::SkeletonPtr& skeleton, dart::dynamics::BodyNode* parent,
                                 const dart::dynamics::BodyNode::Properties& body, const model::JointDescription& joint,
                                 const std::string& name, const Eigen::Isometry3d& at, bool damped);

}  // namespace muscle::dart_engine
