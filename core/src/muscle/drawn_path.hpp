// The polylines that draw muscles: the points of their paths, and between them the arcs round their wraps.
#pragma once

#include <cmath>

#include "muscle/wrapped_path.hpp"

namespace muscle {

// Calls put(point) for each of the points on a wrap's arc from its entry to its exit.
template <class Put>
void drawArc(const model::PathNode<double>& node, const PlacedSurface<double>& surface, const PlacedNode<double>& placed, Put&& put) {
  const bool cylinder = node.type == model::NodeType::kCylinder;
  const Vec3<double> from = placed.entry - surface.center, to = placed.exit - surface.center;
  const double low = cylinder ? dot(surface.axis, from) : 0, climb = cylinder ? dot(surface.axis, to) - low : 0;
  const Vec3<double> begin = cylinder ? from - surface.axis * low : from;
  const Vec3<double> end = cylinder ? to - surface.axis * (low + climb) : to;
  const double angle = std::sqrt(std::max(placed.arc * placed.arc - climb * climb, 0.0)) / node.radius;
  Vec3<double> turn = cross(begin, end);
  turn = turn * ((std::sin(angle) < 0 ? -1 : 1) / std::max(norm(turn), 1e-30));
  for (int k = 0; k < model::kArcPoints; ++k) {
    const double share = static_cast<double>(k) / (model::kArcPoints - 1);
    Vec3<double> at = surface.center + begin * std::cos(angle * share) + cross(turn, begin) * std::sin(angle * share);
    if (cylinder) at += surface.axis * (low + climb * share);
    put(at);
  }
}

// Calls put(point) for each of the points of a wrap that the path misses: spread over the straight line between its neighbours, so that no
// two of them coincide.
template <class Put>
void drawLine(const Vec3<double>& from, const Vec3<double>& to, Put&& put) {
  for (int k = 1; k <= model::kArcPoints; ++k) put(from + (to - from) * (static_cast<double>(k) / (model::kArcPoints + 1)));
}

// Calls put(point) for each of the model's drawn points of a muscle, in the frames' axes.
template <class Frames, class Put>
void drawPath(const model::Constants<double>& constants, const model::Muscle<double>& muscle, const Frames& frames, Put&& put) {
  const model::PathNode<double>* nodes = constants.pathNodes.data() + muscle.nodeBegin;
  const int count = muscle.nodeEnd - muscle.nodeBegin;
  PlacedNode<double> placed[model::kMaxPathPoints];
  placeNodes(constants, muscle, frames, placed);
  for (int k = 0; k < count; ++k) {
    if (nodes[k].isolated) placePoint(constants, nodes[k], frames, placed[k]);
    if (model::drawnPoints(nodes[k]) == 1)
      put(placed[k].entry);
    else if (!placed[k].present)
      drawLine(placed[k - 1].exit, placed[k + 1].entry, put);
    else
      drawArc(nodes[k], placeSurface<double>(nodes[k], frames), placed[k], put);
  }
  if (count > 0) return;
  for (int p = muscle.pointBegin; p < muscle.pointEnd; ++p) {
    Vec3<double> point{};
    for (int a = constants.attachmentOffsets[p]; a < constants.attachmentOffsets[p + 1]; ++a) {
      const model::PathAttachment<double>& attachment = constants.attachments[a];
      const int body = constants.touchedBodies[muscle.bodyBegin + attachment.slot];
      point += (frames.origin(body) + frames.rotation(body) * attachment.position) * attachment.weight;
    }
    put(point);
  }
}

}  // namespace muscle
