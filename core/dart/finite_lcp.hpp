// DART's contact solvers behind a guard: a debug build of DART, as Debian ships it, ends the process over an impulse that is
// not a number, so none is handed back.
#pragma once

#include <dart/constraint/BoxedLcpSolver.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

namespace muscle::dart_engine {

// No impulse of a contact, N s, comes near.
inline constexpr double kMaxImpulse = 1e9;

class FiniteLcp final : public dart::constraint::BoxedLcpSolver {
 public:
  // `failed` is set where the problem or its solution was not finite; the impulses are then zero. It outlives the solver.
  FiniteLcp(std::shared_ptr<dart::constraint::BoxedLcpSolver> solver, std::shared_ptr<bool> failed)
      : solver_(std::move(solver)), failed_(std::move(failed)) {}

  const std::string& getType() const override { return solver_->getType(); }

  bool solve(int n, double* A, double* x, double* b, int nub, double* lo, double* hi, int* findex, bool earlyTermination) override {
    const int skip = (n > 1) ? ((n - 1) | 3) + 1 : n;  // rows are padded to fours
    bool finite = bounded(b, n);
    for (int i = 0; finite && i < n; ++i) finite = bounded(A + i * skip, n);
    if (finite) {
      const bool solved = solver_->solve(n, A, x, b, nub, lo, hi, findex, earlyTermination);
      if (!solved && earlyTermination) return false;  // DART asks its second solver
      finite = bounded(x, n);
    }
    if (!finite) {
      std::fill(x, x + n, 0.0);
      *failed_ = true;
    }
    return true;
  }

#ifndef NDEBUG
  bool canSolve(int n, const double* A) override { return solver_->canSolve(n, A); }
#endif

 private:
  static bool bounded(const double* values, int n) {
    return std::all_of(values, values + n, [](double v) { return std::abs(v) < kMaxImpulse; });
  }

  std::shared_ptr<dart::constraint::BoxedLcpSolver> solver_;
  std::shared_ptr<bool> failed_;
};

}  // namespace muscle::dart_engine
