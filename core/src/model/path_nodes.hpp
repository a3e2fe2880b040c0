// A muscle's path as a chain of nodes: points and wraps, in the form that the kernel of wrapped paths uses.
#pragma once

#include "dynamics/spatial.hpp"
#include "model/path_description.hpp"

namespace muscle::model {

inline constexpr int kArcPoints = 9;  // that draw a wrap, whether or not the path touches it

enum class NodeType { kPoint, kCylinder, kSphere };

// The part of a node that is the same in every environment.
struct PathNodeStructure {
  NodeType type;
  int body;
  int slot;       // of the body among the muscle's touched ones
  bool begins;    // no segment leads here from the node before: a branch begins, or the part between them is rigid
  bool rigid;     // the latter
  bool isolated;  // nor does one lead on: the node has no influence
  bool absent;    // may be absent: a wrap or a conditional point. The path then goes straight from the node before to the next one
  bool sided, byChord, inside;
  int condition;               // internal position of a conditional point's coordinate, or -1
  int motionBegin, motionEnd;  // into pathMotions
  double lower, upper;         // range of the condition
  double share;                // 1 / divisor of the pulley: of the segment that begins here, and of the wrap's arc
};

template <class T>
struct PathNode : PathNodeStructure {
  Vec3<T> position;    // of the point, or the surface's centre; body frame, m
  Vec3<T> axis, side;  // unit: a cylinder's axis, and the side (without one: any direction across the axis); body frame
  T radius;
};

// Number of points that draw a node: a path through the inside touches in one.
inline int drawnPoints(const PathNodeStructure& node) { return node.type == NodeType::kPoint || node.inside ? 1 : kArcPoints; }

// A component of a moving point's position: direction * f(q), with q held within [lower, upper].
template <class T>
struct PathMotion {
  Vec3<T> direction;  // body frame
  int coordinate;     // internal position
  int dof;
  int entry;  // of the muscle and the dof in the reduced Jacobian
  PackedFunction function;
  double lower, upper;
};

}  // namespace muscle::model
