// Resolves the paths that bend round surfaces into chains of nodes, once, at load.
#include <algorithm>

#include "model/model.hpp"

namespace muscle::model {
namespace {

template <class T>
Vec3<T> cast(const Vec3<double>& v) {
  return {static_cast<T>(v.x), static_cast<T>(v.y), static_cast<T>(v.z)};
}

template <class T>
int slotOf(const Constants<T>& constants, const Muscle<T>& muscle, int body) {
  const auto begin = constants.touchedBodies.begin() + muscle.bodyBegin;
  return static_cast<int>(std::find(begin, constants.touchedBodies.begin() + muscle.bodyEnd, body) - begin);
}

// A direction across an axis.
Vec3<double> across(const Vec3<double>& axis) {
  const Vec3<double> other = std::abs(axis.x) < 0.7 ? Vec3<double>{1, 0, 0} : Vec3<double>{0, 1, 0};
  const Vec3<double> v = cross(axis, other);
  return v * (1 / norm(v));
}

template <class T>
PathNode<T> pointNode(const Attachment& at, int slot) {
  PathNode<T> node{};
  node.type = NodeType::kPoint;
  node.body = at.body;
  node.slot = slot;
  node.condition = -1;
  node.position = cast<T>(at.position);
  return node;
}

template <class T>
PathNode<T> wrapNode(const WrapDescription& wrap, const PathWrap& use, int slot) {
  PathNode<T> node{};
  node.type = wrap.type == WrapType::kCylinder ? NodeType::kCylinder : NodeType::kSphere;
  node.body = wrap.body;
  node.slot = slot;
  node.absent = true;
  node.sided = use.sided;
  node.byChord = use.byChord;
  node.inside = use.inside;
  node.condition = -1;
  node.position = cast<T>(wrap.position);
  node.radius = static_cast<T>(wrap.radius);
  const Mat3<double> frame = rotationMatrix(normalized(wrap.orientation));
  const Vec3<double> axis{frame.m[2], frame.m[5], frame.m[8]};
  Vec3<double> side = frame * use.side;
  if (wrap.type == WrapType::kCylinder) side -= axis * dot(axis, side);
  side = use.sided ? side * (1 / norm(side)) : across(axis);
  node.axis = cast<T>(axis);
  node.side = cast<T>(side);
  return node;
}

template <class T>
void addMotions(const MuscleDescription& d, int point, const std::vector<int>& positionOfDof, Constants<T>& constants, PathNode<T>& node) {
  node.motionBegin = static_cast<int>(constants.pathMotions.size());
  for (const PointMotion& motion : d.motions) {
    if (motion.point != point) continue;
    const double x = motion.axis == 0, y = motion.axis == 1, z = motion.axis == 2;
    constants.pathMotions.push_back({cast<T>(Vec3<double>{x, y, z}), positionOfDof[motion.dof], motion.dof, -1,
                                     pack(motion.function, constants.functionNumbers), motion.lower, motion.upper});
  }
  node.motionEnd = static_cast<int>(constants.pathMotions.size());
}

// Whether the part of the path between two neighbours never changes its length.
bool isRigid(const PathNodeStructure& a, const PathNodeStructure& b) {
  const auto fixed = [](const PathNodeStructure& n) { return !n.absent && n.motionBegin == n.motionEnd; };
  return a.body == b.body && fixed(a) && fixed(b);
}

template <class T>
void resolve(const CharacterDescription& description, const MuscleDescription& d, const std::vector<int>& positionOfDof,
             Constants<T>& constants, Muscle<T>& muscle) {
  std::vector<PathNode<T>>& nodes = constants.pathNodes;
  muscle.nodeBegin = static_cast<int>(nodes.size());
  auto wrap = d.wraps.begin();
  double share = 1;
  for (int p = 0; p < static_cast<int>(d.path.size()); ++p) {
    PathNode<T> node = pointNode<T>(d.path[p][0], slotOf(constants, muscle, d.path[p][0].body));
    node.begins = p == 0;
    for (const Pulley& pulley : d.pulleys) {
      if (pulley.before != p) continue;
      node.begins = true;
      share = 1 / pulley.divisor;
    }
    node.share = share;
    for (const PointRange& range : d.conditions) {
      if (range.point != p) continue;
      node.absent = true;
      node.condition = positionOfDof[range.dof];
      node.lower = range.lower;
      node.upper = range.upper;
    }
    addMotions(d, p, positionOfDof, constants, node);
    if (!node.begins && isRigid(nodes.back(), node)) node.begins = node.rigid = true;
    nodes.push_back(node);
    for (; wrap != d.wraps.end() && wrap->after == p; ++wrap) {
      const WrapDescription& surface = description.wraps[wrap->wrap];
      nodes.push_back(wrapNode<T>(surface, *wrap, slotOf(constants, muscle, surface.body)));
      nodes.back().share = share;
    }
  }
  muscle.nodeEnd = static_cast<int>(nodes.size());
  muscle.rigidLength = rigidLength(nodes.data() + muscle.nodeBegin, muscle.nodeEnd - muscle.nodeBegin);
  for (int k = muscle.nodeBegin; k < muscle.nodeEnd; ++k)
    nodes[k].isolated = nodes[k].begins && (k + 1 == muscle.nodeEnd || nodes[k + 1].begins);
}

}  // namespace

template <class T>
void resolveNodes(const CharacterDescription& description, const std::vector<int>& positionOfDof, Constants<T>& constants) {
  for (std::size_t m = 0; m < constants.muscles.size(); ++m) {
    const MuscleDescription& d = description.muscles[m];
    Muscle<T>& muscle = constants.muscles[m];
    muscle.nodeBegin = muscle.nodeEnd = static_cast<int>(constants.pathNodes.size());
    muscle.rigidLength = T(0);
    if (isChain(d)) resolve(description, d, positionOfDof, constants, muscle);
  }
}

template <class T>
void connectNodes(Constants<T>& constants) {
  for (const Muscle<T>& muscle : constants.muscles) {
    if (muscle.nodeBegin == muscle.nodeEnd) continue;
    const PathNode<T>* nodes = constants.pathNodes.data() + muscle.nodeBegin;
    for (int j = muscle.jointBegin; j < muscle.jointEnd; ++j) {
      SpannedJoint& joint = constants.spannedJoints[j];
      const auto carries = [&](int node) { return (joint.slots >> nodes[node].slot & 1u) != 0; };
      joint.crossingBegin = static_cast<int>(constants.crossings.size());
      for (int k = 0; k + 1 < muscle.nodeEnd - muscle.nodeBegin; ++k)
        if (!nodes[k + 1].begins && carries(k) != carries(k + 1)) constants.crossings.push_back({k, carries(k) ? 1.0f : -1.0f});
      joint.crossingEnd = static_cast<int>(constants.crossings.size());
      for (int k = muscle.nodeBegin; k < muscle.nodeEnd; ++k)
        for (int n = constants.pathNodes[k].motionBegin; n < constants.pathNodes[k].motionEnd; ++n) {
          PathMotion<T>& motion = constants.pathMotions[n];
          const int offset = motion.dof - joint.dofIndex;
          if (offset >= 0 && offset < dofsOf(joint.type)) motion.entry = joint.entry + offset;
        }
    }
  }
}

template void resolveNodes(const CharacterDescription&, const std::vector<int>&, Constants<double>&);
template void resolveNodes(const CharacterDescription&, const std::vector<int>&, Constants<float>&);
template void connectNodes(Constants<double>&);
template void connectNodes(Constants<float>&);

}  // namespace muscle::model
