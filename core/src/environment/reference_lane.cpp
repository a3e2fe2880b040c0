#include "environment/reference_lane.hpp"

#include <algorithm>
#include <utility>

namespace muscle::environment {
namespace {

void copy(const double* from, int count, float* to) {
  std::transform(from, from + count, to, [](double x) { return static_cast<float>(x); });
}

dynamics::EngineSettings settingsOf(bool ownBodies) {
  dynamics::EngineSettings settings;
  settings.ownBodies = ownBodies;
  return settings;
}

}  // namespace

ReferenceLane::ReferenceLane(std::shared_ptr<const model::Model> model, const Reference& reference, bool ownBodies)
    : model_(std::move(model)),
      pose_(reference.makePose()),
      ownBodies_(ownBodies),
      exact_(*model_, 1),
      shown_(*model_, 1),
      engine_(dynamics::makeReferenceEngine(model_, settingsOf(ownBodies), exact_)) {}

LaneView ReferenceLane::show(double rate, const model::Constants<double>& constants) {
  if (ownBodies_) engine_->setBody(0, constants, {});
  const int bodies = model_->numBodies();
  std::copy(pose_.position.begin(), pose_.position.end(), exact_.position);
  std::transform(pose_.velocity.begin(), pose_.velocity.end(), exact_.velocity, [rate](double v) { return rate * v; });
  engine_->kinematics();
  copy(exact_.position, model_->numPositions(), shown_.position);
  copy(exact_.velocity, model_->numDofs(), shown_.velocity);
  copy(exact_.bodyRotation, 9 * bodies, shown_.bodyRotation);
  copy(exact_.bodyPosition, 3 * bodies, shown_.bodyPosition);
  copy(exact_.bodyVelocity, 6 * bodies, shown_.bodyVelocity);
  return {*model_, constants, shown_, 0};
}

}  // namespace muscle::environment
