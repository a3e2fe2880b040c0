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

// No impulse (N s), mobility (1/kg) or speed (m/s) of a contact comes near.
constexpr double kLargest = 1e9;

bool bounded(const double* values, int count) {
  return std::all_of(values, values + count, [](double v) { return std::abs(v) < kLargest; });
}

// The velocity (m/s) by which DART has a penetration (m) undone.
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

bool ContactLcp::solve(int n, double* A, double* x, double* b, int nub, double* lo, double* hi, int* findex, bool earlyTermination) {
  const int skip = n > 1 ? ((n - 1) | 3) + 1 : n;  // rows are padded to fours
  bool sound = !problem_->compliance || soften(n, skip, A, b, findex);
  sound = sound && bounded(b, n);
  for (int i = 0; sound && i < n; ++i) sound = bounded(A + i * skip, n);
  if (sound) {
    const bool solved = solver_->solve(n, A, x, b, nub, lo, hi, findex, earlyTermination);
    if (!solved && earlyTermination) return false;  // DART asks its second solver
    sound = bounded(x, n);
  }
  if (!sound) {
    std::fill(x, x + n, 0.0);
    problem_->failed = true;
  }
  return true;
}

}  // namespace muscle::dart_engine
