// Legs of a character that set their feet where a changed motion needs them: inverse kinematics of poses, for use at load.
#pragma once

#include <memory>
#include <vector>

#include "dynamics/engine.hpp"
#include "model/model.hpp"

namespace muscle::environment {

// The joints from the trunk to a foot: a body that touches the ground along a motion.
struct Leg {
  int foot;
  std::vector<int> joints;  // bodies that they carry, from the trunk on; the foot is the last
};

class Legs {
 public:
  // `poses`: internal positions of a motion, from which the feet are known.
  Legs(std::shared_ptr<const model::Model> model, const std::vector<std::vector<double>>& poses);

  bool any() const { return !legs_.empty(); }
  // Forward places that a foot treads on along a cyclic motion, relative to the root, m, (legs, poses): in stance they stay in the world,
  // in swing they move on as the foot does. Their mean is 0. `travel`: of the root in a cycle, m.
  std::vector<std::vector<double>> footholds(const std::vector<std::vector<double>>& poses, double travel);
  // Moves the soles of a pose's feet forward by `shifts`, m, one for each leg. The root rises or sinks so that the loaded legs keep their
  // lengths; feet keep their orientation, and joints their angles, as far as they can.
  void shift(const std::vector<double>& shifts, std::vector<double>& pose);

 private:
  struct Place {
    Vec3<double> position;  // relative to the root's origin, world axes, m
    Mat3<double> rotation;
  };

  // Where a foot and what it carries touch the ground first: an average of its contacts, the lower the more.
  struct Sole {
    Vec3<double> point;  // relative to the root's origin, world axes, m
    double low;          // height of the lowest contact relative to the root's origin, m
  };

  void show(const std::vector<double>& pose);
  Place place(int body) const;
  Sole sole(int foot) const;
  double load(std::size_t leg, double rootHeight, double low) const;  // near 1 in stance, 0 in swing
  void reach(const Leg& leg, const Vec3<double>& target, std::vector<double>& pose);

  std::shared_ptr<const model::Model> model_;
  std::vector<Leg> legs_;
  std::vector<double> ground_;  // of each leg: lowest height of its contacts along the motion, m
  dynamics::LaneState<double> state_;
  std::unique_ptr<dynamics::Engine<double>> engine_;
};

}  // namespace muscle::environment
