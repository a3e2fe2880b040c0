// The model as DART's own objects: a skeleton that can touch the ground, and the ground.
#pragma once

#include <dart/dynamics/BodyNode.hpp>
#include <dart/dynamics/ShapeNode.hpp>
#include <dart/dynamics/Skeleton.hpp>

#include <vector>

#include "model/model.hpp"

namespace muscle::dart_engine {

// A contact shape of a body: a sphere, or a box with eight of the model's contacts at its corners.
struct ContactShape {
  dart::dynamics::ShapeNode* frame;
  dart::dynamics::BodyNode* body;
  int first, count;  // index of the first, and number, of the model's contacts
};

struct Skeleton {
  dart::dynamics::SkeletonPtr skeleton;
  std::vector<dart::dynamics::BodyNode*> bodies;  // in the model's order
  std::vector<ContactShape> contacts;
};

// Dofs in the model's order; joint limits off (the substep's spring-dampers are the limits), no self-collision.
Skeleton makeSkeleton(const model::Model& model, bool limits);

// Gives the skeleton other constants of the model's structure.
void change(Skeleton& skeleton, const model::Constants<double>& constants, double friction, bool limits);

// A body's inertia about its centre of mass, kg m^2.
Eigen::Matrix3d centralInertia(const model::Body<double>& body);

// A fixed plate, with its top at y = 0.
dart::dynamics::SkeletonPtr makeGround(double friction);

inline Eigen::Vector3d toEigen(const Vec3<double>& v) { return {v.x, v.y, v.z}; }

}  // namespace muscle::dart_engine
