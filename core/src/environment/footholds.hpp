// Where the feet of a gait shall step next. Two ways: along the footholds of the reference motion, or, as in Bidirectional
// GaitNet and its fork (sim/GaitPhase.cpp), a stride ahead of where the foot that leaves the ground really stood.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "environment/lane_view.hpp"

namespace muscle::environment {

// kReference: the footholds of the reference motion, half a stride further at each change of stance.
// kPhase: a stride ahead of the old stance foot, which changes where the phase says so.
// kContact: the same, which changes where a foot strikes the ground: it touches, bears weight and has moved ahead.
enum class FootholdRule { kReference, kPhase, kContact };

inline constexpr std::array<const char*, 3> kFootholdRuleNames = {"reference", "phase", "contact"};

struct FootholdSettings {
  FootholdRule rule = FootholdRule::kReference;
  double debounce = 0.25;      // weight of a substep's contact in its moving average, (0, 1]
  double leastStep = 0.5;      // of a stride: how far a foot must have moved for its strike to count
  bool strikesAtHeel = false;  // a strike's place is the foot body's centre of mass; else the foot's lowest corner
};

// What the rules kPhase and kContact remember of an episode; places are along z in the world, m. All numbers of one type, so that
// a saved state can hold them as one array.
struct FootholdMemory {
  double target = 0;                   // where the stance foot shall stand
  double next = 0;                     // where the other foot shall step
  double foot = 0;                     // where the stance foot stands
  double stanceFoot = 0;               // where it came down
  std::array<double, 2> lastStrike{};  // of the right and the left foot
  std::array<double, 2> contact{};     // moving average of touching, [0, 1]
  double stance = 0;                   // 0: right, 1: left
  double swings = 0;                   // 1: the other foot is in the air (kContact)
  double began = 0;                    // 1: contacts have been averaged
};

class Footholds {
 public:
  // `feet`: bodies, right and left; `heelStrikes`: phases at which each foot's stance begins; `stride`: m.
  Footholds(const model::Model& model, const FootholdSettings& settings, const std::array<int, 2>& feet,
            const std::array<double, 2>& heelStrikes, double stride);

  const FootholdSettings& settings() const { return settings_; }
  bool follows() const { return settings_.rule != FootholdRule::kReference; }
  // Which foot stands at a phase by the heel strikes: 0 right, 1 left.
  int stanceAt(double phase) const;
  // World z of a foot's centre of mass, m.
  double centerOf(const LaneView& view, int foot) const;

  // Begins at the present state: the lower foot stands. After kinematics().
  void begin(const LaneView& view, double phase, FootholdMemory& memory) const;
  // Moves on by a substep, whose contact forces and new state the view shows. `weight`: the body's, N. After kinematics().
  void advance(const LaneView& view, double phase, double weight, FootholdMemory& memory) const;

 private:
  struct Foot {
    std::vector<int> contacts;  // of the foot and of what it carries
    // Corners by which the lowest point of a foot is found: of each box that with the least coordinates, of a sphere its centre.
    std::vector<int> corners;
  };
  Vec3<double> lowest(const LaneView& view, int foot) const;
  double strikePlace(const LaneView& view, int foot) const;
  bool touches(const LaneView& view, int foot, double& force) const;
  void advanceByPhase(const LaneView& view, double phase, FootholdMemory& memory) const;
  void advanceByContact(const LaneView& view, double weight, FootholdMemory& memory) const;

  const model::Model* model_;
  FootholdSettings settings_;
  std::array<int, 2> bodies_;
  std::array<double, 2> heelStrikes_;
  double stride_;
  std::array<Foot, 2> feet_;
};

}  // namespace muscle::environment
