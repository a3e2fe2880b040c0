// The part of ArticulatedBody for joints that share coordinates, and those between them. Included by articulated_body.hpp.
//
// Within a cluster, the force on body k is I_k a_k + sum_c U_kc qdd_c + p_k, and the torque of coordinate c, from the bodies below,
// U_kc^T a_k + sum_d D_cd qdd_d + b_c. With a_k = X a_parent + S_k qdd_c(k) + c_k both keep this form from body to body, to the base, from
// which the coordinates are eliminated one after another.
#pragma once

#include "dynamics/articulated_body.hpp"

namespace muscle::dynamics {

template <class S, class V>
void ArticulatedBody<S, V>::layOutClusters() {
  memberOf_.assign(count_, -1);
  for (const model::Cluster& cluster : constants_->clusters) {
    const auto begin = cluster.dofs.begin(), end = cluster.dofs.end();
    const int index = static_cast<int>(clusters_.size()), size = static_cast<int>(cluster.dofs.size());
    ClusterWork<S> work;
    work.d.resize(size * size);
    work.u.resize(size);
    work.wrench.resize(size * (cluster.bodies.size() + 1));
    clusters_.push_back(work);
    bool carries = false;
    for (int row = 1; row <= static_cast<int>(cluster.bodies.size()); ++row) {
      const int i = cluster.bodies[row - 1], above = bodies_[i].parent;
      const auto found = std::find(begin, end, bodies_[i].dofIndex);
      const bool moves = model::dofsOf(bodies_[i].type) == 1;
      memberOf_[i] = static_cast<int>(members_.size());
      const int parentRow = memberOf_[above] >= 0 && members_[memberOf_[above]].cluster == index ? members_[memberOf_[above]].row : 0;
      members_.push_back({index, row, parentRow, moves ? static_cast<int>(found - begin) : -1, {}});
      carries = carries || carries_[i];
      for (int k = above; moves && k >= 0 && memberOf_[k] >= 0 && members_[memberOf_[k]].cluster == index; k = bodies_[k].parent) {
        std::vector<int>& below = members_[memberOf_[k]].below;
        const int coordinate = static_cast<int>(found - begin);
        if (std::find(below.begin(), below.end(), coordinate) == below.end()) below.push_back(coordinate);
      }
    }
    for (const int i : cluster.bodies) carries_[i] = carries;
  }
}

// Adds a body to its parent as a weld does, and its wrenches to the parent's; that of the first body then eliminates the coordinates.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::eliminateClustered(int i, const S* tau, const S* diagonal) {
  const ClusterMember& member = members_[memberOf_[i]];
  const model::Cluster& described = constants_->clusters[member.cluster];
  ClusterWork<S>& cluster = clusters_[member.cluster];
  const int size = static_cast<int>(cluster.u.size());
  BodyWork<S>& w = work_[i];
  ScrewWork<S>& screw = this->screw(i);
  const S zero(0);
  if (i == described.bodies.back()) {
    std::fill(cluster.d.begin(), cluster.d.end(), zero);
    std::fill(cluster.wrench.begin(), cluster.wrench.end(), Wrench<S>{{zero, zero, zero}, {zero, zero, zero}});
    for (int k = 0; k < size; ++k) cluster.entry(k, k) = diagonal[described.dofs[k]], cluster.u[k] = tau[described.dofs[k]];
  }
  const SpatialInertia<S> inertia = inertiaOf(i);
  Wrench<S>*own = cluster.at(member.row), *parent = cluster.at(member.parentRow);
  const int moved = member.coordinate;
  if (moved >= 0 && !bodies_[i].moves()) screw = {w.axis, {zero, zero, zero}, zero, zero, zero};
  for (const int k : member.below) {
    cluster.u[k] -= dot(own[k].torque, w.biasAngular) + dot(own[k].force, w.biasLinear);
    if (moved < 0) continue;
    const S along = dot(own[k].torque, screw.angular) + dot(own[k].force, screw.linear);
    cluster.entry(k, moved) += k == moved ? along + along : along;
  }
  if (moved >= 0) {
    const Vec3<S> uAngular = inertia.angular * screw.angular + inertia.coupling * screw.linear;
    const Vec3<S> uLinear = transposeTimes(inertia.coupling, screw.angular) + inertia.linear * screw.linear;
    cluster.entry(moved, moved) += dot(screw.angular, uAngular) + dot(screw.linear, uLinear);
    cluster.u[moved] -= dot(screw.angular, w.bias->torque) + dot(screw.linear, w.bias->force);
    cluster.u[moved] -= dot(uAngular, w.biasAngular) + dot(uLinear, w.biasLinear);
    own[moved].torque += uAngular;
    own[moved].force += uLinear;
  }
  const auto shift = [&](int k) {
    parent[k].torque += own[k].torque + cross(w.offset, own[k].force);
    parent[k].force += own[k].force;
  };
  for (const int k : member.below) shift(k);
  if (moved >= 0 && std::find(member.below.begin(), member.below.end(), moved) == member.below.end()) shift(moved);
  Articulated<S> whole{inertia, *w.bias};
  addBias(w, whole);
  addToParent(i, whole);
  if (i != described.bodies.front()) return;
  BodyWork<S>& base = work_[bodies_[i].parent];
  eliminateCluster(member.cluster, carries_[i] ? base.whole : base.branched);
}

// L D L^T of the coordinates' inertia and its Schur complement of the base's, a coordinate at a time.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::eliminateCluster(int index, Articulated<S>& base) {
  ClusterWork<S>& cluster = clusters_[index];
  const int size = static_cast<int>(cluster.u.size());
  Wrench<S>* wrench = cluster.at(0);
  for (int k = 0; k < size; ++k) {
    const S inverse = S(1) / cluster.entry(k, k);
    cluster.entry(k, k) = inverse;
    for (int i = k + 1; i < size; ++i) {
      const S share = cluster.entry(i, k) * inverse;
      for (int j = k + 1; j <= i; ++j) cluster.entry(i, j) -= cluster.entry(j, k) * share;
      cluster.u[i] -= cluster.u[k] * share;
      wrench[i].torque -= wrench[k].torque * share;
      wrench[i].force -= wrench[k].force * share;
    }
    for (int i = k + 1; i < size; ++i) cluster.entry(i, k) *= inverse;
    cluster.u[k] *= inverse;
    subtractRankOne(base, wrench[k].torque, wrench[k].force, inverse, cluster.u[k]);
  }
}

// The coordinates' accelerations by that of the base.
template <class S, class V>
[[gnu::flatten]] void ArticulatedBody<S, V>::solveCluster(int index, S* acceleration) {
  ClusterWork<S>& cluster = clusters_[index];
  const model::Cluster& described = constants_->clusters[index];
  const BodyWork<S>& base = work_[bodies_[described.bodies.front()].parent];
  const Wrench<S>* wrench = cluster.at(0);
  const int size = static_cast<int>(cluster.u.size());
  for (int k = size - 1; k >= 0; --k) {
    S a = cluster.u[k] -
          (dot(wrench[k].torque, base.accelerationAngular) + dot(wrench[k].force, base.accelerationLinear)) * cluster.entry(k, k);
    for (int i = k + 1; i < size; ++i) a -= cluster.entry(i, k) * acceleration[described.dofs[i]];
    acceleration[described.dofs[k]] = a;
  }
}

}  // namespace muscle::dynamics
