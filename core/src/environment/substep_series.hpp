// What each substep of the last control step did, one by one, of a group's first environment: for exports at the simulation's rate.
#pragma once

#include <string>
#include <vector>

#include "environment/lane_view.hpp"
#include "environment/substep_record.hpp"
#include "environment/task.hpp"

namespace muscle::environment {

class SubstepSeries {
 public:
  SubstepSeries(const model::Model& model, const TaskSettings& settings);

  void begin() { substep_ = 0; }
  // Before a substep's advance(): the state from which it starts.
  void start(const LaneView& view);
  // After it: what acted. `record` has seen the substep.
  void finish(const LaneView& view, const SubstepRecord& record);

  struct Field {
    std::string name;
    int count;                  // of numbers in a substep
    std::vector<float> values;  // (substeps, count)
  };
  const std::vector<Field>& fields() const { return fields_; }
  int substeps() const { return substep_; }  // recorded

 private:
  enum Index {
    kPositions,
    kVelocities,
    kAccelerations,
    kApplied,
    kMuscle,
    kForces,
    kActivations,
    kContacts,
    kPoints,
    kRotations,
    kOrigins,
    kExternal,
    kReactions
  };
  float* row(Index index) { return fields_[index].values.data() + static_cast<std::size_t>(substep_) * fields_[index].count; }

  const model::Model& model_;
  int length_, substep_ = 0;
  bool muscles_;
  std::vector<Field> fields_;
  std::vector<double> internal_, generalised_;
};

}  // namespace muscle::environment
