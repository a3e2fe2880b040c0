// How muscles share the torques of joints: the torques that activations make, and the activations of least effort.
#pragma once

#include <span>
#include <vector>

namespace muscle::sharing {

// Of a model's reduced JtA: R entries (N m at full activation), each of a muscle and a dof.
class LoadSharing {
 public:
  struct Scratch {
    std::vector<double> hessian, error, step, wish, change;
  };

  // dofOfEntry: which of `dofs` torques the entry adds to; negative: none.
  // invalid_argument for an entry of no muscle or dof.
  LoadSharing(std::span<const int> muscleOfEntry, std::span<const int> dofOfEntry, int muscles, int dofs);

  int numEntries() const { return entries_; }
  int numMuscles() const { return static_cast<int>(firstOfMuscle_.size()) - 1; }
  int numDofs() const { return dofs_; }
  Scratch makeScratch() const;

  // torque (D) = JtA a.
  void torque(const float* jta, const float* activation, float* torque) const;
  // The gradient with respect to a (M) of g . JtA a.
  void pullBack(const float* jta, const float* gradient, float* ofActivation) const;

  // Static optimisation of muscle activations: min over 0 <= a <= 1 of |JtA a - b|^2 + (1 N m)^2 |a|^2, the problem of Crowninshield
  // and Brand (1981, J Biomech 14(11), 793-801) with squared activations and a small tolerance in the torques, so that torques out
  // of the muscles' reach have a solution as well.
  //
  // In terms of the torque error y = b - A a the optimum is a = clip(A^T y, 0, 1), and y minimises the strictly convex function
  // |y|^2 / 2 + sum_m h(A_m^T y) - b^T y, h' = clip(., 0, 1): as many unknowns as dofs. Semismooth Newton steps, each as long as is
  // best, take about eight iterations in a walk, and up to forty where torques are out of reach.
  //
  // Returns whether the torques balance: to `tolerance` N m and the same share of the torque that is out of reach.
  bool optimum(const float* jta, const float* torque, int iterations, double tolerance, float* activation, Scratch& scratch) const;

 private:
  // A^T y: the activations without their bounds.
  void wishes(const float* jta, const std::vector<double>& error, std::vector<double>& wish) const;
  // right becomes (1 + A A^T)^-1 right, of the muscles whose wishes are within the bounds.
  void solve(const float* jta, const std::vector<double>& wish, std::vector<double>& hessian, std::vector<double>& right) const;
  // The length of the step along which the function of y is least.
  double bestLength(const float* torque, const Scratch& scratch) const;

  int entries_, dofs_;
  // The entries that make torques, by muscle: those of m are at firstOfMuscle_[m] up to firstOfMuscle_[m + 1].
  std::vector<int> firstOfMuscle_, entry_, dof_;
};

}  // namespace muscle::sharing
