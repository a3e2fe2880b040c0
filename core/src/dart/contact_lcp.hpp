// A layer between DART's contact constraints and their solvers: a guard against numbers that are not finite, the ground's
// compliance, and the friction cone.
#pragma once

#include <dart/collision/CollisionResult.hpp>
#include <dart/constraint/BoxedLcpSolver.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/description.hpp"

namespace muscle::dart_engine {

// Data that a lane shares with the solvers of its contacts.
struct ContactProblem {
  const dart::collision::CollisionResult* contacts = nullptr;  // of the step being solved
  std::optional<model::ContactParameters> compliance;          // none: the ground is rigid
  double timeStep = 0;                                         // s
  // Set if the problem or its solution was not finite; the impulses are then zero. A DART with assertions, such as Debian's,
  // aborts the process for a NaN impulse.
  bool failed = false;
};

// A boxed LCP A x = b + w as DART states it: x impulses, b minus the velocities of approach that they must undo. A normal row
// has findex -1, in the order of the contacts. A joint's limit has one, too, after the contacts; its impulse is negative at an upper limit.
//
// Compliance makes the rigid condition v+ >= 0 the spring and damper of dynamics/contact.hpp: its force k d - (k dt + c e) v+
// over dt is an impulse x, so v+ = (k d - x / dt) / (k dt + c e): one more term on A's diagonal, and one in b.
//
// DART's solvers bound friction by the normal impulses without friction, and separately in two directions. If their solution leaves
// the friction cone |x_t| <= mu x_n, projected Gauss-Seidel over the contacts continues from it: a contact's normal impulse, then
// its two tangential impulses together, so that every impulse is in the cone, or within its limit's bounds, after each sweep.
class ContactLcp final : public dart::constraint::BoxedLcpSolver {
 public:
  ContactLcp(std::shared_ptr<dart::constraint::BoxedLcpSolver> solver, std::shared_ptr<ContactProblem> problem);

  const std::string& getType() const override { return solver_->getType(); }
  bool solve(int n, double* A, double* x, double* b, int nub, double* lo, double* hi, int* findex, bool earlyTermination) override;
#ifndef NDEBUG
  bool canSolve(int n, const double* A) override { return solver_->canSolve(n, A); }
#endif

 private:
  bool soften(int n, int skip, double* A, double* b, const int* findex) const;
  void keep(int n, int skip, const double* A, const double* b, const double* lo, const double* hi, const int* findex);
  bool inCone(int n, const double* x) const;
  void bringIntoCone(int n, int skip, double* x) const;

  std::shared_ptr<dart::constraint::BoxedLcpSolver> solver_;
  std::shared_ptr<ContactProblem> problem_;
  // A copy of the problem, as the solvers overwrite it.
  std::vector<double> matrix_, right_, lowest_, highest_;
  std::vector<double> friction_;  // a row: mu of a normal row whose two tangential rows follow; -1 of a tangential one
};

}  // namespace muscle::dart_engine
