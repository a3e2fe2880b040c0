#include "dart/skeleton.hpp"

#include <dart/dynamics/BoxShape.hpp>
#include <dart/dynamics/ShapeNode.hpp>
#include <dart/dynamics/SphereShape.hpp>

#include "dart/joints.hpp"

namespace muscle::dart_engine {
namespace {

namespace dd = ::dart::dynamics;

Eigen::Matrix3d toEigen(const Mat3<double>& a) { return Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(a.m); }

void limit(dd::Joint* joint, const model::JointDescription& described) {
  for (std::size_t k = 0; k < described.lower.size(); ++k) {
    joint->setPositionLowerLimit(k, described.lower[k]);
    joint->setPositionUpperLimit(k, described.upper[k]);
  }
  joint->setLimitEnforcement(true);
}

dd::ShapeNode* addShape(dd::BodyNode* body, const dd::ShapePtr& shape, double friction) {
  dd::ShapeNode* node = body->createShapeNodeWith<dd::CollisionAspect, dd::DynamicsAspect>(shape);
  node->getDynamicsAspect()->setFrictionCoeff(friction);
  node->getDynamicsAspect()->setRestitutionCoeff(0);
  return node;
}

}  // namespace

Skeleton makeSkeleton(const model::Model& model, bool limits) {
  const model::CharacterDescription& description = model.description();
  Skeleton made;
  int next = 0;  // contact
  made.skeleton = dd::Skeleton::create(description.name.empty() ? "character" : description.name);
  made.skeleton->disableSelfCollisionCheck();
  for (int i = 0; i < model.numBodies(); ++i) {
    const model::BodyDescription& d = description.bodies[i];
    const model::Body<double>& resolved = model.constants<double>().bodies[i];
    Eigen::Isometry3d at = Eigen::Isometry3d::Identity();
    at.linear() = toEigen(resolved.orientation);
    // A free joint's translation is in world coordinates; the position of its joint frame does not matter.
    if (d.joint.type != model::JointType::kFree) at.translation() = dart_engine::toEigen(d.joint.position);
    dd::BodyNode::Properties body;
    body.mName = d.name;
    const Sym3<double>& inertia = d.inertia;
    Eigen::Matrix3d moment;
    moment << inertia.xx, inertia.xy, inertia.xz, inertia.xy, inertia.yy, inertia.yz, inertia.xz, inertia.yz, inertia.zz;
    body.mInertia = dd::Inertia(d.mass, dart_engine::toEigen(d.com), moment);
    dd::BodyNode* parent = d.parent < 0 ? nullptr : made.bodies[d.parent];
    dd::BodyNode* node = attach(made.skeleton, parent, body, d.joint, d.name + " joint", at, !limits);
    if (limits && resolved.limited) limit(node->getParentJoint(), d.joint);
    made.bodies.push_back(node);
    const double friction = description.contact.friction;
    for (const model::ContactDescription& contact : d.contacts) {
      dd::ShapeNode* shape = addShape(node, std::make_shared<dd::SphereShape>(contact.radius), friction);
      shape->setRelativeTranslation(dart_engine::toEigen(contact.position));
      made.contacts.push_back({shape, node, next++, 1});
    }
    for (const model::ContactBoxDescription& box : d.contactBoxes) {
      dd::ShapeNode* shape = addShape(node, std::make_shared<dd::BoxShape>(dart_engine::toEigen(box.size)), friction);
      Eigen::Isometry3d placement = Eigen::Isometry3d::Identity();
      placement.linear() = toEigen(rotationMatrix(normalized(box.orientation)));
      placement.translation() = dart_engine::toEigen(box.position);
      shape->setRelativeTransform(placement);
      made.contacts.push_back({shape, node, next, model::ContactBoxDescription::kCorners});
      next += model::ContactBoxDescription::kCorners;
    }
  }
  return made;
}

Eigen::Matrix3d centralInertia(const model::Body<double>& body) {
  const Sym3<double>& i = body.inertia;
  Eigen::Matrix3d moment;
  moment << i.xx, i.xy, i.xz, i.xy, i.yy, i.yz, i.xz, i.yz, i.zz;
  const Eigen::Vector3d com = dart_engine::toEigen(body.firstMoment) / body.mass;  // parallel axes
  return moment - body.mass * (com.squaredNorm() * Eigen::Matrix3d::Identity() - com * com.transpose());
}

void change(Skeleton& skeleton, const model::Constants<double>& constants, double friction, bool limits) {
  for (std::size_t i = 0; i < constants.bodies.size(); ++i) {
    const model::Body<double>& body = constants.bodies[i];
    dd::BodyNode* node = skeleton.bodies[i];
    dd::Joint* joint = node->getParentJoint();
    node->setInertia(dd::Inertia(body.mass, dart_engine::toEigen(body.firstMoment) / body.mass, centralInertia(body)));
    if (body.type != model::JointType::kFree) {
      Eigen::Isometry3d at = Eigen::Isometry3d::Identity();
      at.linear() = toEigen(body.orientation);
      at.translation() = dart_engine::toEigen(body.position);
      joint->setTransformFromParentBodyNode(at);
    }
    for (int k = 0; limits && body.limited && k < body.dofs; ++k) {
      joint->setPositionLowerLimit(k, body.lower[k]);
      joint->setPositionUpperLimit(k, body.upper[k]);
    }
  }
  for (const ContactShape& shape : skeleton.contacts) {
    const model::Contact<double>* contact = constants.contacts.data() + shape.first;
    shape.frame->getDynamicsAspect()->setFrictionCoeff(friction);
    if (shape.count == 1) {
      std::static_pointer_cast<dd::SphereShape>(shape.frame->getShape())->setRadius(contact->radius);
      shape.frame->setRelativeTranslation(dart_engine::toEigen(contact->position));
      continue;
    }
    // Corners 1, 2 and 4 are those next to corner 0, and 7 is opposite to it, see ContactBoxDescription.
    Eigen::Isometry3d placement = Eigen::Isometry3d::Identity();
    Eigen::Vector3d size;
    for (int axis = 0; axis < 3; ++axis) {
      const Eigen::Vector3d edge = dart_engine::toEigen(contact[1 << axis].position - contact[0].position);
      size[axis] = edge.norm();
      placement.linear().col(axis) = edge / size[axis];
    }
    placement.translation() = dart_engine::toEigen((contact[0].position + contact[7].position) * 0.5);
    std::static_pointer_cast<dd::BoxShape>(shape.frame->getShape())->setSize(size);
    shape.frame->setRelativeTransform(placement);
  }
}

dd::SkeletonPtr makeGround(double friction) {
  constexpr double kWidth = 40, kDepth = 10;  // m; the character stays over its middle
  const dd::SkeletonPtr ground = dd::Skeleton::create("ground");
  Eigen::Isometry3d at = Eigen::Isometry3d::Identity();
  at.translation() = Eigen::Vector3d(0, -kDepth / 2, 0);
  const model::JointDescription weld;
  dd::BodyNode* body = attach(ground, nullptr, {}, weld, "ground joint", at, false);
  addShape(body, std::make_shared<dd::BoxShape>(Eigen::Vector3d(kWidth, kDepth, kWidth)), friction);
  ground->setMobile(false);
  return ground;
}

}  // namespace muscle::dart_engine
