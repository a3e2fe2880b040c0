// The reference motion with longer and shorter strides, whose legs reach the footholds, for environments that draw their stride.
#pragma once

#include <memory>
#include <vector>

#include "environment/parameters.hpp"
#include "environment/reference.hpp"

namespace muscle::environment {

// The motion with the forward displacement of its root multiplied by `factor`: in each frame the feet are forward of the root in the
// same proportion, so that a foot on the ground stays there.
MotionDescription withStride(const std::shared_ptr<const model::Model>& model, const MotionDescription& motion, double factor);

class Strides {
 public:
  // For factors of the stride between those that `parameters` can draw.
  Strides(const std::shared_ptr<const model::Model>& model, const MotionDescription& motion, const std::vector<Parameter>& parameters);

  // As Reference::evaluate, at another stride: blends the motions of two factors. Returns the factor of the pose's stride: `factor`, or the
  // least or greatest one that legs follow. Allocates nothing.
  double evaluate(double factor, double phase, long cycle, ReferencePose& pose, ReferencePose& scratch) const;

 private:
  std::shared_ptr<const model::Model> model_;
  std::vector<double> factors_;  // ascending
  std::vector<Reference> references_;
};

}  // namespace muscle::environment
