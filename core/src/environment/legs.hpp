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
  // The pose with its feet moved forward from `behind` (one for each leg, m from the root) to `factor` times their distance from it. The
  // root rises or sinks so that the loaded legs keep their lengths, and each foot keeps its orientation as far as its joints let it.
  void stretch(double factor, const std::vector<double>& behind, std::vector<double>& pose);
  // The mean over poses of each foot's forward distance from the root, m.
  std::vector<double> meanForward(const std::vector<std::vector<double>>& poses);

 private:
  struct Place {
    Vec3<double> position;  // relative to the root's origin, world axes, m
    Mat3<double> rotation;
  };

  void show(const std::vector<double>& pose);
  Place place(int body) const;
  double lowest(int body) const;  // height of the lowest contact of a body and of what it carries, relative to the root's origin, m
  void reach(const Leg& leg, const Place& target, std::vector<double>& pose);
  int degrees(const Leg& leg) const;
  void turn(const Leg& leg, const std::vector<double>& by, std::vector<double>& pose) const;
  std::vector<double> miss(const Leg& leg, const Place& target, const std::vector<double>& pose);

  std::shared_ptr<const model::Model> model_;
  std::vector<Leg> legs_;
  std::vector<double> ground_;  // of each leg: lowest height of its contacts along the motion, m
  dynamics::LaneState<double> state_;
  std::unique_ptr<dynamics::Engine<double>> engine_;
};

}  // namespace muscle::environment
