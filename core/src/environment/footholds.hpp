// Targets of the next steps of a gait: the footholds of the reference motion, or, as in Bidirectional GaitNet and its fork
// (sim/GaitPhase.cpp), a stride ahead of the position at which the foot that leaves the ground stood.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "environment/lane_view.hpp"

namespace muscle::environment {

// kReference: the footholds of the reference motion, half a stride further at each change of stance.
// kPhase: a stride ahead of the last stance foot; stance changes at given phases.
// kContact: the same, but stance changes when a foot strikes the ground: it touches, bears weight and has moved ahead.
enum class FootholdRule { kReference, kPhase, kContact };

inline constexpr std::array<const char*, 3> kFootholdRuleNames = {"reference", "phase", "contact"};

struct FootholdSettings {
  FootholdRule rule = FootholdRule::kReference;
  double debounce = 0.25;      // weight of a substep's contact in its moving average, (0, 1]
  double leastStep = 0.5;      // fraction of a stride that a foot must have moved for its strike to count
  bool strikesAtHeel = false;  // a strike's position is the foot body's centre of mass; otherwise the foot's lowest corner
};

// Memory of the rules kPhase and kContact within an episode; positions are along z in the world, m. All numbers have one type, so that
// a saved state can store them as one array.
struct FootholdMemory {
  double target = 0;                   // desired position of the stance foot
  double next = 0;                     // desired position of the other foot's next step
  double foot = 0;                     // position of the stance foot
  double stanceFoot = 0;               // position at which the stance foot struck the ground
  std::array<double, 2> lastStrike{};  // positions of the last strikes of the right and the left foot
  std::array<double, 2> contact{};     // moving average of touching, [0, 1]
  double stance = 0;                   // 0: right, 1: left
  double swings = 0;                   // 1: the other foot is in the air (kContact)
  double began = 0;                    // 1: the moving average has started
};

class Footholds {
 public:
  // `feet`: bodies, right and left; `heelStrikes`: phases at which each foot's stance begins. `stride`, below: m.
  Footholds(const model::Model& model, const FootholdSettings& settings, const std::array<int, 2>& feet,
            const std::array<double, 2>& heelStrikes);

  const FootholdSettings& settings() const { return settings_; }
  bool follows() const { return settings_.rule != FootholdRule::kReference; }
  // The stance foot at a phase by the heel strikes: 0 right, 1 left.
  int stanceAt(double phase) const;
  // World z of a foot's centre of mass, m.
  double centerOf(const LaneView& view, int foot) const;

  // Begins at the present state: the lower foot stands. After kinematics().
  void begin(const LaneView& view, double phase, double stride, FootholdMemory& memory) const;
  // Advances by a substep, whose contact forces and new state are in the view. `weight`: the body weight, N. After kinematics().
  void advance(const LaneView& view, double phase, double weight, double stride, FootholdMemory& memory) const;

 private:
  struct Foot {
    std::vector<int> contacts;  // of the foot and of its descendants
    // Contacts that give the lowest point of a foot: the corner with the least coordinates of each box, the centre of each sphere.
    std::vector<int> corners;
  };
  Vec3<double> lowest(const LaneView& view, int foot) const;
  double strikePlace(const LaneView& view, int foot) const;
  bool touches(const LaneView& view, int foot, double& force) const;
  void advanceByPhase(const LaneView& view, double phase, double stride, FootholdMemory& memory) const;
  void advanceByContact(const LaneView& view, double weight, double stride, FootholdMemory& memory) const;

  FootholdSettings settings_;
  std::array<int, 2> bodies_;
  std::array<double, 2> heelStrikes_;
  std::array<Foot, 2> feet_;
};

}  // namespace muscle::environment
