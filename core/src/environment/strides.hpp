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

  double clamped(double factor) const;  // to the least and the greatest factor, beyond which only the root's displacement changes
  // As Reference::evaluate, at a stride of clamped(factor): blends the motions of two factors. Allocates nothing.
  void evaluate(double factor, double phase, long cycle, ReferencePose& pose, ReferencePose& scratch) const;

 private:
  std::shared_ptr<const model::Model> model_;
  std::vector<double> factors_;  // ascending
  std::vector<Reference> references_;
};

}  // namespace muscle::environment
