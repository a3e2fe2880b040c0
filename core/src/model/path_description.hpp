// The description of a muscle's path: points on bodies, and the surfaces that the path bends round between them.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "dynamics/spatial.hpp"
#include "model/coordinate_function.hpp"

namespace muscle::model {

// A point of a muscle's path: x = sum_k weight_k * T_body_k * position_k.
struct Attachment {
  int body = 0;
  double weight = 1;
  Vec3<double> position{};
};
using PathPoint = std::vector<Attachment>;

enum class WrapType { kCylinder, kSphere };

// A surface of a body that paths bend round. A cylinder's axis is the z axis of its frame, its length is not limited.
struct WrapDescription {
  std::string name;
  WrapType type = WrapType::kCylinder;
  int body = 0;
  Vec3<double> position{};               // centre, body frame, m
  Quat<double> orientation{1, 0, 0, 0};  // of the surface's frame in the body's
  double radius = 0;                     // m
};

// A wrap on a path: it acts on the straight line between the point with the index `after` and the next one that exists. Several after
// the same point act in their order.
//
// With a side, a vector in the surface's frame, the path passes on this side of the centre, even where the straight line would miss the
// surface on the other side; without one it takes the shorter way wherever the straight line would cut the surface. The side is that of
// the arc's middle; with `byChord`, as in MuJoCo, that of the middle between the touching points, which lies opposite after more than half
// a turn. With `inside` the path runs through the surface, as through a ring, and touches it at one point.
struct PathWrap {
  int after = 0;
  int wrap = 0;  // index into the character's wraps
  bool sided = false;
  Vec3<double> side{};
  bool byChord = false;
  bool inside = false;
};

// A conditional point: it exists only while a coordinate is in [lower, upper].
struct PointRange {
  int point = 0;
  int dof = 0;
  double lower = 0, upper = 0;
};

// A component of a moving point: `function` of a coordinate is added to the point's position along an axis of its body. Beyond
// [lower, upper] the point is held.
struct PointMotion {
  int point = 0;
  int axis = 0;  // 0, 1, 2: x, y, z
  int dof = 0;
  FunctionDescription function;
  double lower = -std::numeric_limits<double>::infinity(), upper = std::numeric_limits<double>::infinity();
};

// A pulley before a point: the path continues there as a separate branch, and all lengths up to the next pulley are divided.
struct Pulley {
  int before = 0;
  double divisor = 1;
};

}  // namespace muscle::model
