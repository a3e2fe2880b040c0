// Bodies that differ from the model's in lengths, masses, joints and muscles, as constants of the same structure.
#pragma once

#include <memory>
#include <vector>

#include "model/model.hpp"

namespace muscle::model {

// Factors on a model's figures; all 1 for the model itself.
struct Variation {
  explicit Variation(const Model& model);
  void clear();

  std::vector<double> strength, fibreLength, tendonSlack;  // (muscles) of the maximal force, optimal fibre and tendon slack length
  std::vector<double> length;                              // (bodies) along the line from the joint to the centre of mass
  std::vector<double> mass;                                // (bodies) in addition to the change of volume; inertia likewise
  std::vector<double> stiffness;                           // (bodies) of the passive springs of the joint that carries the body
  std::vector<double> limits;                              // (bodies) of the joint's range of motion, about its middle
  std::vector<double> torsion;                             // (bodies) rad, about the body's axis upwards, of its distal end
  struct Load {
    int body;
    Vec3<double> point;  // in the frame of the body without changes, m
    double mass;         // kg
  };
  std::vector<Load> loads;
  double height = 1;  // all lengths of all bodies
};

struct BodyFrame {
  Mat3<double> rotation;
  Vec3<double> origin;
};

// Computes constants of varied bodies in double. Allocates nothing after its construction.
//
// A body is stretched along the line from its joint to its centre of mass (along y if they coincide), or in all directions by
// `height`; joints, contacts, muscle attachments and wraps move with it, and the radii of wraps grow with `height`. Its density stays, so
// mass and inertia grow with the volume. Optimal fibre lengths and tendon slack lengths grow with the length of the muscle's path in the
// zero pose.
//
// Torsion turns a body's points about the same line (upwards): those at its joint by nothing, those as far along it as the farthest
// joint that the body carries by the whole angle, those between in proportion; the carried joints turn with their places, as all
// below them does. The body's mass and inertia stay. A load is a point mass.
class BodyBuilder {
 public:
  explicit BodyBuilder(std::shared_ptr<const Model> model);

  // Sets `out`, a copy of the model's constants, changed or not.
  void build(const Variation& variation, Constants<double>& out);
  // Height of the root above the lowest contact in the zero pose, relative to that of the model; 1 without contacts. After build().
  double rootHeight() const { return rootHeight_; }

 private:
  // A point of a body where stretch and torsion move it, and the turn there.
  Vec3<double> moved(int body, const Vec3<double>& point) const { return turn(body, point) * (stretches_[body] * point); }
  Mat3<double> turn(int body, const Vec3<double>& point) const;
  void addLoads(const Variation& variation, Constants<double>& out) const;
  void stretchBodies(const Variation& variation, Constants<double>& out);
  void placeFrames(const Constants<double>& constants, std::vector<BodyFrame>& frames) const;
  double heightOf(const Constants<double>& constants, const std::vector<BodyFrame>& frames) const;
  double pathLength(const Constants<double>& constants, const Muscle<double>& muscle, const std::vector<BodyFrame>& frames) const;
  void moveNodes(double height, Constants<double>& out) const;
  void scaleMuscles(const Variation& variation, Constants<double>& out);

  std::shared_ptr<const Model> model_;
  const Constants<double>& base_;
  std::vector<Vec3<double>> axes_;        // (bodies) unit
  std::vector<double> spans_;             // (bodies) along the axis from the joint to the farthest carried joint, m; 0: none
  std::vector<double> torsion_;           // (bodies) rad
  std::vector<Mat3<double>> stretches_;   // (bodies)
  std::vector<BodyFrame> frames_;         // (bodies) of the zero pose
  std::vector<double> pathLengths_;       // (muscles) of the model in the zero pose, m
  std::vector<Vec3<double>> boxCenters_;  // (contacts) centre of the box whose corner it is, of the model; the contact's own otherwise
  double baseHeight_ = 0, rootHeight_ = 1;
};

}  // namespace muscle::model
