// What a viewer or an analysis shows of an environment at one moment, field by field, copied out of the lanes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "environment/group.hpp"

namespace muscle::environment {

// What fields are read off: one environment of a group whose state is prepared.
struct SnapshotSource {
  SnapshotSource(const Scene& scene, Group& group, int lane)
      : scene(scene),
        group(group),
        lane(lane),
        model(*scene.model),
        state(group.state()),
        view(group.view(lane)),
        root(view.rootPosition()) {}

  const Scene& scene;
  Group& group;
  int lane;
  const model::Model& model;
  const dynamics::LaneState<float>& state;
  LaneView view;
  Vec3<double> root;  // m, in the world
};

// One array of Frame (core/frame.py), row-major in single precision; SI units, world axes unless said otherwise.
struct SnapshotField {
  const char* name;
  bool needsMuscles;                               // whether it is read off the muscles' present paths and forces
  std::vector<int> (*shape)(const model::Model&);  // of one environment
  void (*write)(const SnapshotSource&, float* out);

  std::size_t size(const model::Model& model) const;  // numbers of one environment
};

// All of them, in the order of Frame.
std::span<const SnapshotField> snapshotFields();
// std::invalid_argument for a name that none has.
const SnapshotField& snapshotField(const std::string& name);

// Brings what these fields are read off up to the present state, in all of the group's environments.
void prepareSnapshot(Group& group, std::span<const SnapshotField* const> fields);

}  // namespace muscle::environment
