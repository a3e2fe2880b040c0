// Paths as chains of points and wraps, over lanes.
//
// Every node has a place where the path enters it and one where it leaves; for a point they are the same. A wrap's arc is fixed to its
// body to first order, as a shortest path does not change its length with its touching points: the tension acts on the surface there,
// and moment arms need the straight segments alone. A node that is absent in a lane (a conditional point out of its range, a wrap that
// the straight line misses) is placed on the straight line between its neighbours, where the tensions on it cancel.
#pragma once

#include "muscle/body_frames.hpp"
#include "muscle/geodesic.hpp"

namespace muscle {

template <class S>
struct PlacedNode {
  Vec3<S> entry, exit;  // relative to the root's origin, m
  S arc;                // length between them, m
  typename ScalarTraits<S>::Mask present;
};

template <class S>
Vec3<S> choose(typename ScalarTraits<S>::Mask mask, const Vec3<S>& a, const Vec3<S>& b) {
  return {select(mask, a.x, b.x), select(mask, a.y, b.y), select(mask, a.z, b.z)};
}

// How far a moving point has moved along its direction, and the slope by its coordinate: none beyond the range, where it is held.
template <class S, class V, class Frames>
void evaluateMotion(const model::Constants<V>& constants, const model::PathMotion<V>& motion, const Frames& frames, S& value, S& slope) {
  using T = Element<S>;
  const S q = frames.coordinate(motion.coordinate), lower(static_cast<T>(motion.lower)), upper(static_cast<T>(motion.upper));
  model::evaluate(motion.function, constants.functionNumbers.data(), minimum(maximum(q, lower), upper), value, slope);
  slope = select((q < lower) | (q > upper), S(0), slope);
}

// A point's place, and whether it exists.
template <class S, class V, class Frames>
void placePoint(const model::Constants<V>& constants, const model::PathNode<V>& node, const Frames& frames, PlacedNode<S>& placed) {
  using T = Element<S>;
  Vec3<S> at = dynamics::broadcast<S>(node.position);
  for (int m = node.motionBegin; m < node.motionEnd; ++m) {
    const model::PathMotion<V>& motion = constants.pathMotions[m];
    S value, slope;
    evaluateMotion(constants, motion, frames, value, slope);
    at += dynamics::broadcast<S>(motion.direction) * value;
  }
  placed.entry = placed.exit = frames.origin(node.body) + frames.rotation(node.body) * at;
  placed.arc = S(0);
  if (node.condition >= 0) {
    const S q = frames.coordinate(node.condition);
    placed.present = (q > S(static_cast<T>(node.lower))) & (q < S(static_cast<T>(node.upper)));
  }
}

// A surface's centre and the axes across which the circle problem is solved.
template <class S>
struct PlacedSurface {
  Vec3<S> center, x, y, axis;  // x: the side
};

template <class S, class V, class Frames>
PlacedSurface<S> placeSurface(const model::PathNode<V>& node, const Frames& frames) {
  const Mat3<S> rotation = frames.rotation(node.body);
  PlacedSurface<S> surface;
  surface.center = frames.origin(node.body) + rotation * dynamics::broadcast<S>(node.position);
  surface.x = rotation * dynamics::broadcast<S>(node.side);
  if (node.type == model::NodeType::kCylinder) {
    surface.axis = rotation * dynamics::broadcast<S>(node.axis);
    surface.y = cross(surface.axis, surface.x);
  }
  return surface;
}

inline geodesic::SideRule sideRule(const model::PathNodeStructure& node) {
  if (!node.sided) return geodesic::SideRule::kShorter;
  return node.byChord ? geodesic::SideRule::kChord : geodesic::SideRule::kArc;
}

template <class S>
geodesic::CirclePath<S> wrapCircle(const model::PathNodeStructure& node, const geodesic::Vec2<S>& a, const geodesic::Vec2<S>& b, S radius,
                                   const geodesic::Vec2<S>& side) {
  return node.inside ? geodesic::throughCircle(a, b, radius) : geodesic::aroundCircle(a, b, radius, sideRule(node), side);
}

// Whether the path touches a wrap in some lane; if not, what `choose` would not take anyway is at `start`.
template <class S>
bool touches(const geodesic::CirclePath<S>& path, const Vec3<S>& start, PlacedNode<S>& placed) {
  placed.present = path.engaged;
  if (anyOf(path.engaged)) return true;
  placed.entry = placed.exit = start;
  placed.arc = S(0);
  return false;
}

// A cylinder's path is a straight line on the unrolled surface, so its height grows linearly with the length across the axis.
template <class S>
void wrapCylinder(const model::PathNodeStructure& node, const PlacedSurface<S>& surface, S radius, const Vec3<S>& start, const Vec3<S>& end,
                  PlacedNode<S>& placed) {
  using geodesic::Vec2;
  const Vec3<S> from = start - surface.center, to = end - surface.center;
  const Vec2<S> a{dot(surface.x, from), dot(surface.y, from)}, b{dot(surface.x, to), dot(surface.y, to)};
  const geodesic::CirclePath<S> path = wrapCircle(node, a, b, radius, Vec2<S>{S(1), S(0)});
  if (!touches(path, start, placed)) return;
  const S low = dot(surface.axis, from);
  const S rise = (dot(surface.axis, to) - low) / (path.before + path.arc + path.after);
  const S climbed = rise * path.arc, entryHeight = low + rise * path.before;
  placed.entry = surface.center + surface.x * path.entry.x + surface.y * path.entry.y + surface.axis * entryHeight;
  placed.exit = surface.center + surface.x * path.exit.x + surface.y * path.exit.y + surface.axis * (entryHeight + climbed);
  placed.arc = squareRoot(path.arc * path.arc + climbed * climbed);
}

// A sphere's path lies in the plane through its centre and the ends.
template <class S>
void wrapSphere(const model::PathNodeStructure& node, const PlacedSurface<S>& surface, S radius, const Vec3<S>& start, const Vec3<S>& end,
                PlacedNode<S>& placed) {
  using geodesic::Vec2;
  using T = Element<S>;
  const Vec3<S> from = start - surface.center, to = end - surface.center;
  const S distance = norm(from);
  const Vec3<S> x = from * (S(1) / maximum(distance, geodesic::tiny<S>()));
  // Any plane through both ends where they lie on one line with the centre.
  const Vec3<S> across = to - x * dot(x, to);
  const auto flat = (x.x < S(T(0.7))) & (x.x > S(T(-0.7)));
  const Vec3<S> other = choose<S>(flat, {S(1), S(0), S(0)}, {S(0), S(1), S(0)});
  const auto aligned =
      dot(across, across) < dot(to, to) * S(T(100) * std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon());
  const Vec3<S> toward = choose<S>(aligned, other - x * dot(x, other), across);
  const Vec3<S> y = toward * (S(1) / maximum(norm(toward), geodesic::tiny<S>()));
  const Vec2<S> a{distance, S(0)}, b{dot(x, to), dot(y, to)};
  const geodesic::CirclePath<S> path = wrapCircle(node, a, b, radius, Vec2<S>{dot(x, surface.x), dot(y, surface.x)});
  if (!touches(path, start, placed)) return;
  placed.entry = surface.center + x * path.entry.x + y * path.entry.y;
  placed.exit = surface.center + x * path.exit.x + y * path.exit.y;
  placed.arc = path.arc;
}

// Places the nodes between two that are always present. Wraps next to each other touch where the path round both is the shortest:
// each is wrapped between the neighbours' present places, in turn (Gauss and Seidel), until they no longer move.
template <class S, class V, class Frames>
void placeBetween(const model::PathNode<V>* nodes, int count, const Frames& frames, PlacedNode<S>* placed) {
  constexpr int kSweeps = std::numeric_limits<Element<S>>::digits > 24 ? 10 : 3;  // 3: 1e-6 m in moment arms
  PlacedSurface<S> surfaces[model::kMaxPathPoints];
  Vec3<S> next[model::kMaxPathPoints];  // entry of the nearest present node after each one
  int wraps = 0;
  for (int k = 0; k < count; ++k) {
    if (nodes[k].type == model::NodeType::kPoint) continue;
    surfaces[k] = placeSurface<S>(nodes[k], frames);
    placed[k].present = S(1) < S(0);
    ++wraps;
  }
  const auto look = [&] {
    Vec3<S> ahead = placed[count].entry;
    for (int k = count - 1; k >= 0; --k) {
      next[k] = ahead;
      if (k > 0) ahead = choose<S>(placed[k].present, placed[k].entry, ahead);
    }
  };
  for (int sweep = 0; sweep < (wraps > 1 ? kSweeps : wraps); ++sweep) {
    look();
    Vec3<S> before = placed[-1].exit;
    for (int k = 0; k < count; ++k) {
      const S radius(nodes[k].radius);
      if (nodes[k].type == model::NodeType::kCylinder) wrapCylinder(nodes[k], surfaces[k], radius, before, next[k], placed[k]);
      if (nodes[k].type == model::NodeType::kSphere) wrapSphere(nodes[k], surfaces[k], radius, before, next[k], placed[k]);
      before = choose<S>(placed[k].present, placed[k].exit, before);
    }
  }
  look();
  Vec3<S> before = placed[-1].exit;
  for (int k = 0; k < count; ++k) {
    const Vec3<S> middle = (before + next[k]) * S(Element<S>(0.5));
    placed[k].entry = choose<S>(placed[k].present, placed[k].entry, middle);
    placed[k].exit = choose<S>(placed[k].present, placed[k].exit, middle);
    placed[k].arc = select(placed[k].present, placed[k].arc, S(0));
    before = placed[k].exit;
  }
}

// Places all nodes of a muscle but the isolated ones.
template <class S, class V, class Frames>
void placeNodes(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const Frames& frames, PlacedNode<S>* placed) {
  const model::PathNode<V>* nodes = constants.pathNodes.data() + muscle.nodeBegin;
  const int count = muscle.nodeEnd - muscle.nodeBegin;
  for (int k = 0; k < count; ++k)
    if (nodes[k].type == model::NodeType::kPoint && !nodes[k].isolated) placePoint(constants, nodes[k], frames, placed[k]);
  for (int k = 0; k < count; ++k) {
    if (!nodes[k].absent) continue;
    const int first = k;
    while (nodes[k].absent) ++k;
    placeBetween(nodes + first, k - first, frames, placed + first);
  }
}

// The length alone, from any source of frames.
template <class S, class V, class Frames>
S pathLength(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const Frames& frames) {
  const model::PathNode<V>* nodes = constants.pathNodes.data() + muscle.nodeBegin;
  const int count = muscle.nodeEnd - muscle.nodeBegin;
  PlacedNode<S> placed[model::kMaxPathPoints];
  placeNodes(constants, muscle, frames, placed);
  S length(muscle.rigidLength);
  for (int k = 0; k < count; ++k) {
    const S share(static_cast<Element<S>>(nodes[k].share));
    if (nodes[k].type != model::NodeType::kPoint) length += placed[k].arc * share;
    if (k + 1 < count && !nodes[k + 1].begins) length += norm(placed[k + 1].entry - placed[k].exit) * share;
  }
  return length;
}

template <class S, class V, class Reduce>
[[gnu::flatten]] S wrappedPath(const model::Constants<V>& constants, const model::Muscle<V>& muscle, const BodyFrames<S>& frames,
                               Element<S>* momentArm, const Reduce& reduce) {
  using Traits = ScalarTraits<S>;
  using T = Element<S>;
  const model::PathNode<V>* nodes = constants.pathNodes.data() + muscle.nodeBegin;
  const int count = muscle.nodeEnd - muscle.nodeBegin;
  PlacedNode<S> placed[model::kMaxPathPoints];
  placeNodes(constants, muscle, frames, placed);

  const Vec3<S> none{S(0), S(0), S(0)};
  Vec3<S> force[model::kMaxPathPoints], moment[model::kMaxPathPoints];  // on the beginning of the segment that leaves each node, per newton
  S length(muscle.rigidLength);
  for (int k = 0; k < count; ++k) {
    force[k] = none;
    if (nodes[k].type != model::NodeType::kPoint) length += placed[k].arc * S(static_cast<T>(nodes[k].share));
    if (k + 1 == count || nodes[k + 1].begins) continue;
    const Vec3<S> stretch = placed[k + 1].entry - placed[k].exit;
    const S own = norm(stretch), share(static_cast<T>(nodes[k].share));
    length += own * share;
    force[k] = stretch * (share / maximum(own, geodesic::tiny<S>()));
    moment[k] = cross(placed[k].exit, force[k]);
  }
  for (int j = muscle.jointBegin; j < muscle.jointEnd; ++j) {
    const model::SpannedJoint& joint = constants.spannedJoints[j];
    Vec3<S> n = none, f = none;
    for (int c = joint.crossingBegin; c < joint.crossingEnd; ++c) {
      const model::Crossing& crossing = constants.crossings[c];
      n += moment[crossing.segment] * S(crossing.sign);
      f += force[crossing.segment] * S(crossing.sign);
    }
    reduce(joint, n, f);
  }
  // A moving point's own work: the difference of tensions on it along its motion.
  for (int k = 0; k < count; ++k) {
    for (int m = nodes[k].motionBegin; m < nodes[k].motionEnd; ++m) {
      const model::PathMotion<V>& motion = constants.pathMotions[m];
      S value, slope;
      evaluateMotion(constants, motion, frames, value, slope);
      const Vec3<S> tension = nodes[k].begins ? force[k] : force[k] - force[k - 1];
      const Vec3<S> direction = frames.rotation(nodes[k].body) * dynamics::broadcast<S>(motion.direction);
      T* arm = momentArm + motion.entry * frames.stride;
      Traits::store(arm, Traits::load(arm) + dot(direction, tension) * slope);
    }
  }
  return length;
}

}  // namespace muscle
