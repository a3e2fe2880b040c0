// Fields of an environment's present state for viewers and analyses, copied out of the lanes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "environment/group.hpp"

namespace muscle::environment {

// The source of the fields: one environment of a group, whose state is prepared.
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
  bool needsMuscles;                        // whether it depends on the muscles' present paths and forces
  std::vector<int> (*shape)(const Scene&);  // of one environment's array
  void (*write)(const SnapshotSource&, float* out);

  std::size_t size(const Scene& scene) const;  // numbers of one environment
};

// All fields, in the order of Frame.
std::span<const SnapshotField> snapshotFields();
// Throws std::invalid_argument for an unknown name.
const SnapshotField& snapshotField(const std::string& name);

// Updates the sources of these fields to the present state, in all of the group's environments.
void prepareSnapshot(Group& group, std::span<const SnapshotField* const> fields);

}  // namespace muscle::environment
