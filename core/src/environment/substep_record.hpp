// What a control step's substeps did, for frames: means over the substeps, and the ground's forces in each of them. A group has one
// only where frames are wanted.
#pragma once

#include <functional>
#include <vector>

#include "dynamics/lane_state.hpp"
#include "environment/joint_reactions.hpp"
#include "environment/task.hpp"

namespace muscle::environment {

// Arrays over lanes, as in LaneState: element (feature, lane) lies at [feature * lanes + lane].
class SubstepRecord {
 public:
  // `pdDofs`: for each dof, whether stable PD drives it. `reactions`: number of lanes, the first ones, whose joint reactions are
  // recorded.
  SubstepRecord(const model::Model& model, const TaskSettings& settings, std::vector<bool> pdDofs, int lanes, int reactions);

  void begin();
  // Before a substep's advance().
  void start(const std::function<LaneView(int)>& view);
  // After a substep's advance().
  void add(const dynamics::LaneState<float>& state);
  // After add(); `lift` of a lane: see JointReactions.
  void addReactions(const std::function<LaneView(int)>& view, const std::function<Vec3<double>(int)>& lift);
  bool hasReactions() const { return !reactionsOf_.empty(); }
  // Those of the last recorded lane in the substep that addReactions() has seen, (bodies, 6).
  const std::vector<double>& reactionNow() const { return reactionNow_; }
  // Replaces the results of the lanes for which `isHeld` is false by those of this control step.
  void finish(const std::function<bool(int)>& isHeld);
  // No step led to this lane's state.
  void clear(int lane);

  // Means of the last control step.
  const float* contactForce() const { return at(contact_); }      // (contacts, 3) N
  const float* desiredTorque() const { return at(desired_); }     // (dofs) N m, as the four below
  const float* muscleTorque() const { return at(muscle_); }       // (dofs)
  const float* passiveTorque() const { return at(passive_); }     // (dofs)
  const float* appliedTorque() const { return at(applied_); }     // (dofs)
  const float* jointMoment() const { return at(jointMoment_); }   // (dofs)
  const float* jointPower() const { return at(jointPower_); }     // (dofs) joint moment times rate, W
  const float* muscleForce() const { return at(muscleForce_); }   // (muscles) along the tendon, active and passive, N
  const float* musclePower() const { return at(musclePower_); }   // (muscles) force along the tendon times shortening speed, W
  const float* networkTorque() const { return at(network_); }     // (dofs) the network's torque inputs at the last substep, N m
  const float* jointReaction() const { return at(reaction_); }    // (bodies, 6), see JointReactions
  const float* groundForce() const { return at(groundForces_); }  // (substeps, ground bodies, 3) of each substep, N

 private:
  struct Block {
    int first, count;  // features
  };
  Block block(int count);
  const float* at(Block b) const { return results_.data() + b.first * lanes_; }
  double* sum(Block b) { return sums_.data() + b.first * lanes_; }
  void addPowers(const dynamics::LaneState<float>& state);
  void addGround(const dynamics::LaneState<float>& state);
  void keepNetworkTorque(const dynamics::LaneState<float>& state);

  const TaskSettings& settings_;
  std::vector<bool> pdDofs_;
  std::vector<int> groundBody_;  // per contact: index among the bodies with contacts
  int lanes_, features_ = 0, substep_ = 0;
  Block contact_, desired_, muscle_, passive_, applied_, jointMoment_, jointPower_, muscleForce_, musclePower_, reaction_;
  int averaged_;  // features before this one are sums over the substeps
  Block network_, groundForces_;
  std::vector<double> sums_;  // in double, so that the mean of equal numbers is that number
  std::vector<float> results_;
  std::vector<JointReactions> reactionsOf_;  // per recorded lane
  std::vector<double> reactionNow_;          // (bodies, 6)
};

// The bodies with contacts, in the order of their first contact: the index of each contact's body among them, and their number.
std::vector<int> groundBodyOfContacts(const model::Model& model);
int groundBodyCount(const model::Model& model);

}  // namespace muscle::environment
