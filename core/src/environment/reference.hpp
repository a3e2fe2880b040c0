// The reference motion: poses over a phase in [0, 1); the quantities that the reward compares are computed at load.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace muscle::environment {

struct MotionDescription {
  std::string name;
  bool cyclic = true;
  double frameTime = 1.0 / 60;              // s
  Vec3<double> cycleTranslation{};          // displacement of the root per cycle, m
  std::vector<std::vector<double>> frames;  // (frames, dofs) generalised positions as in DART
};

struct ReferencePose {
  std::vector<double> position;       // internal
  std::vector<double> velocity;       // (dofs)
  std::vector<double> endEffectors;   // (end effectors, 3) relative to the root's origin, world axes, m
  Vec3<double> centerOfMass;          // relative to the root's origin, m
  Vec3<double> centerOfMassVelocity;  // m/s
  double lowest = 0, lowestRate = 0;  // height of the lowest contact above the ground of a free root's pose, m, and its rate, m/s
};

// The rotation that begins at an index of a pose's internal positions.
inline Quat<double> quaternionAt(const std::vector<double>& p, int i) { return {p[i], p[i + 1], p[i + 2], p[i + 3]}; }

class Reference {
 public:
  // Throws std::invalid_argument when the frames do not fit the model.
  Reference(std::shared_ptr<const model::Model> model, const MotionDescription& motion);

  const MotionDescription& motion() const { return motion_; }
  double duration() const { return duration_; }  // of a cycle, s
  bool cyclic() const { return cyclic_; }
  const Vec3<double>& cycleTranslation() const { return translation_; }   // displacement of the root per cycle, m
  const std::vector<int>& endEffectors() const { return endEffectors_; }  // bodies without children
  int lastFrame() const { return static_cast<int>(frames_.size()) - 1; }
  const ReferencePose& frame(int index) const { return frames_[index]; }  // from 0, at phase 0, to lastFrame(), at phase 1
  double beginForward() const { return frames_.front().position[6]; }     // z of a free root in the first frame, m
  ReferencePose makePose() const;
  // The pose at `phase` of cycle `cycle` (its root translated accordingly); allocates nothing.
  void evaluate(double phase, long cycle, ReferencePose& pose) const;
  // A body's centre of mass in the world at `phase` of cycle 0, m; by the reference engine, for use at load.
  Vec3<double> centerOfMass(int body, double phase) const;

 private:
  void measureTurns();
  void differentiate();
  void measure();

  std::shared_ptr<const model::Model> model_;
  MotionDescription motion_;
  bool cyclic_;
  double frameTime_, duration_;
  Vec3<double> translation_;
  std::vector<int> endEffectors_;
  std::vector<ReferencePose> frames_;  // a cyclic motion's first frame is repeated, translated, at the end
  std::size_t turnsPerFrame_ = 0;      // rotations of the root and of ball joints
  std::vector<Vec3<double>> turns_;    // (frames - 1, turnsPerFrame_) rotation vectors from a frame to the next, rad
};

}  // namespace muscle::environment
