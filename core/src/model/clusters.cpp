// Joints that share coordinates, with the joints between them: the clusters that the dynamics eliminate as one.
#include <algorithm>
#include <stdexcept>

#include "model/model.hpp"

namespace muscle::model {
namespace {

bool has(const std::vector<int>& sorted, int value) { return std::binary_search(sorted.begin(), sorted.end(), value); }

bool add(std::vector<int>& sorted, int value) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), value);
  if (at != sorted.end() && *at == value) return false;
  sorted.insert(at, value);
  return true;
}

// The joints, one coordinate each, that move mass.
struct Joints {
  const std::vector<BodyDescription>& bodies;
  const std::vector<int>& dofIndex;
  const std::vector<bool>& massless;

  bool moves(int i) const { return !massless[i] && dofsOf(bodies[i].joint.type) == 1; }
  int meeting(int a, int b) const {  // of the paths to the root; -1: the world
    while (a != b) (a > b ? a : b) = bodies[a > b ? a : b].parent;
    return a;
  }

  // The body that carries all of a cluster.
  int base(const Cluster& cluster) const {
    int found = bodies[cluster.bodies.front()].parent;
    for (const int i : cluster.bodies) found = meeting(found, bodies[i].parent);
    return found;
  }

  Cluster of(int dof) const {
    Cluster cluster{{}, {dof}};
    complete(cluster);
    return cluster;
  }

  // All joints of the cluster's coordinates, and all bodies between them and the base.
  void complete(Cluster& cluster) const {
    for (bool grows = true; grows;) {
      grows = false;
      for (int i = 0; i < static_cast<int>(bodies.size()); ++i)
        if (moves(i) && has(cluster.dofs, dofIndex[i])) grows = add(cluster.bodies, i) || grows;
      const int carrier = base(cluster);
      for (const int i : std::vector<int>(cluster.bodies))
        for (int k = bodies[i].parent; k != carrier; k = bodies[k].parent) grows = add(cluster.bodies, k) || grows;
      for (const int i : cluster.bodies)
        if (moves(i)) grows = add(cluster.dofs, dofIndex[i]) || grows;
    }
  }
};

bool touch(const Cluster& a, const Cluster& b) {
  return std::any_of(a.bodies.begin(), a.bodies.end(), [&](int body) { return has(b.bodies, body); });
}

}  // namespace

void Model::findClusters() {
  const Joints joints{description_.bodies, dofIndex_, massless_};
  std::vector<int> moved(numDofs_, 0);
  for (int i = 0; i < numBodies(); ++i)
    if (joints.moves(i)) ++moved[dofIndex_[i]];
  std::vector<Cluster>& clusters = double_.clusters;
  for (int dof = 0; dof < numDofs_; ++dof) {
    if (moved[dof] < 2) continue;
    Cluster cluster = joints.of(dof);
    for (auto other = clusters.begin(); other != clusters.end();) {
      if (!touch(cluster, *other)) {
        ++other;
        continue;
      }
      for (const int k : other->dofs) add(cluster.dofs, k);
      joints.complete(cluster);
      clusters.erase(other);
      other = clusters.begin();
    }
    clusters.push_back(std::move(cluster));
  }
  for (const Cluster& cluster : clusters)
    for (const int i : cluster.bodies)
      if (joints.base(cluster) < 0 || dofsOf(description_.bodies[i].joint.type) > 1)
        throw std::invalid_argument("body '" + description_.bodies[i].name +
                                    "': its joint, or one between it and another that moves with the same coordinate, is the root's or a "
                                    "ball, which is not possible; weld a root without mass to the world, or replace the ball by hinges");
  single_.clusters = clusters;
}

}  // namespace muscle::model
