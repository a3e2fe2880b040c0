#include "dart/contact_lcp.hpp"

#include <dart/collision/CollisionObject.hpp>
#include <dart/constraint/ContactConstraint.hpp>
#include <dart/dynamics/BodyNode.hpp>
#include <dart/dynamics/ShapeNode.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "dynamics/contact.hpp"

namespace muscle::dart_engine {
namespace {

// Far above every impulse (N s), mobility (1/kg) or speed (m/s) of a contact.
constexpr double kLargest = 1e9;

constexpr int kSweeps = 100;
constexpr double kConverged = 1e-8;   // of the largest impulse
constexpr double kConeMargin = 1e-9;  // of the normal impulse

bool bounded(const double* values, int count) {
  return std::all_of(values, values + count, [](double v) { return std::abs(v) < kLargest; });
}

// The velocity (m/s) by which DART corrects a penetration (m).
double correction(double depth, double timeStep) {
  using Constraint = ::dart::constraint::ContactConstraint;
  const double wanted = std::max(depth - Constraint::getErrorAllowance(), 0.0) * Constraint::getErrorReductionParameter() / timeStep;
  return std::min(wanted, Constraint::getMaxErrorReductionVelocity());
}

bool canYield(const ::dart::collision::CollisionObject* object) {
  return object->getShapeFrame()->asShapeNode()->getBodyNodePtr()->isReactive();
}

// Whether DART makes a constraint of a contact.
bool constrains(const ::dart::collision::Contact& contact) {
  return !::dart::collision::Contact::isZeroNormal(contact.normal) && contact.penetrationDepth >= 0 &&
         (canYield(contact.collisionObject1) || canYield(contact.collisionObject2));
}

}  // namespace

ContactLcp::ContactLcp(std::shared_ptr<dart::constraint::BoxedLcpSolver> solver, std::shared_ptr<ContactProblem> problem)
    : solver_(std::move(solver)), problem_(std::move(problem)) {}

bool ContactLcp::soften(int n, int skip, double* A, double* b, const int* findex) const {
  const model::ContactParameters& ground = *problem_->compliance;
  const double dt = problem_->timeStep;
  int row = 0;
  for (const auto& contact : problem_->contacts->getContacts()) {
    if (!constrains(contact)) continue;
    while (row < n && findex[row] != -1) ++row;
    if (row == n) return false;
    const double depth = contact.penetrationDepth;
    const double engaged = std::min(depth / dynamics::kFullDampingDepth, 1.0);
    const double resistance = ground.stiffness * dt + engaged * ground.damping;  // N s/m
    A[row * skip + row] += 1 / (dt * resistance);
    b[row] += ground.stiffness * depth / resistance - correction(depth, dt);
    ++row;
  }
  return true;
}

void ContactLcp::keep(int n, int skip, const double* A, const double* b, const double* lo, const double* hi, const int* findex) {
  matrix_.assign(A, A + n * skip);
  right_.assign(b, b + n);
  lowest_.assign(lo, lo + n);
  highest_.assign(hi, hi + n);
  friction_.assign(n, 0.0);
  for (int row = 0; row < n; ++row) {
    if (findex[row] == -1) continue;
    friction_[findex[row]] = hi[row];
    friction_[row] = -1;
  }
}

bool ContactLcp::inCone(int n, const double* x) const {
  for (int row = 0; row < n; ++row) {
    if (friction_[row] < 0) continue;
    if (x[row] < lowest_[row] || x[row] > highest_[row]) return false;
    if (friction_[row] > 0 && std::hypot(x[row + 1], x[row + 2]) > friction_[row] * x[row] * (1 + kConeMargin)) return false;
  }
  return true;
}

void ContactLcp::bringIntoCone(int n, int skip, double* x) const {
  const auto residual = [&](int row) {
    const double* a = matrix_.data() + row * skip;
    double left = right_[row];
    for (int k = 0; k < n; ++k) left -= a[k] * x[k];
    return left;
  };
  const auto at = [&](int row, int column) { return matrix_[row * skip + column]; };
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double largest = 0, change = 0;
    for (int row = 0; row < n; ++row) {
      if (friction_[row] < 0) continue;
      const double before = x[row];
      x[row] = std::clamp(x[row] + residual(row) / at(row, row), lowest_[row], highest_[row]);
      largest = std::max(largest, std::abs(x[row]));
      change = std::max(change, std::abs(x[row] - before));
      if (friction_[row] == 0) continue;
      // One step size for both directions, at least the block's largest eigenvalue: at rest friction then opposes the slip.
      const int p = row + 1, q = row + 2;
      const double stiff = std::max(at(p, p), at(q, q)) + std::abs(at(p, q));
      const double first = x[p] + residual(p) / stiff, second = x[q] + residual(q) / stiff;
      const double bound = friction_[row] * x[row], size = std::hypot(first, second);
      const double share = size > bound ? bound / size : 1;
      change = std::max({change, std::abs(first * share - x[p]), std::abs(second * share - x[q])});
      x[p] = first * share;
      x[q] = second * share;
    }
    if (!(change > kConverged * largest)) return;
  }
}

bool ContactLcp::solve(int n, double* A, double* x, double* b, int nub, double* lo, double* hi, int* findex, bool earlyTermination) {
  const int skip = n > 1 ? ((n - 1) | 3) + 1 : n;  // rows are padded to fours
  bool sound = !problem_->compliance || soften(n, skip, A, b, findex);
  sound = sound && bounded(b, n);
  for (int i = 0; sound && i < n; ++i) sound = bounded(A + i * skip, n);
  if (sound) {
    keep(n, skip, A, b, lo, hi, findex);
    const bool solved = solver_->solve(n, A, x, b, nub, lo, hi, findex, earlyTermination);
    if (!solved && earlyTermination) return false;  // DART asks its second solver
    sound = bounded(x, n);
    if (sound && !inCone(n, x)) {
      bringIntoCone(n, skip, x);
      sound = bounded(x, n);
    }
  }
  if (!sound) {
    std::fill(x, x + n, 0.0);
    problem_->failed = true;
  }
  return true;
}

}  // namespace muscle::dart_engine
