// The settings that an engine takes from a scene.
#include "environment/group.hpp"

#include <cmath>

namespace muscle::environment {

dynamics::EngineSettings Scene::engineSettings() const {
  dynamics::EngineSettings s;
  s.timeStep = 1.0 / settings.simulationHz;
  s.gravity = settings.gravity;
  s.slope = settings.slope;
  s.actuator = settings.actuator;
  s.rigidGround = settings.rigidGround;
  s.gaitnetPd = settings.gaitnetPd;
  s.hardLimits = settings.hardLimits;
  s.ownBodies = settings.ownBodies();
  s.pdDofs = pdDofs(*model, settings);
  s.networkEntries = networkEntries;
  s.networkActiveOnly = settings.networkActiveOnly;
  s.networkSeesPdDofs = settings.networkSeesPdDofs;
  return s;
}

std::vector<int> entriesAbove(const std::shared_ptr<const model::Model>& model, double threshold) {
  std::vector<int> entries;
  if (!(threshold > 0)) return entries;
  dynamics::LaneState<double> state(*model, 1);
  const auto engine = dynamics::makeReferenceEngine(model, {}, state);
  engine->kinematics();
  engine->paths();
  engine->muscles(dynamics::MuscleResults::kAll);
  for (int e = 0; e < model->numEntries(); ++e)
    if (std::abs(state.jacobian[e]) > threshold) entries.push_back(e);
  return entries;
}

std::vector<bool> pdDofs(const model::Model& model, const TaskSettings& settings) {
  if (!usesMuscles(settings.actuator)) return std::vector<bool>(model.numDofs(), true);
  if (!settings.pdDofs.empty()) return settings.pdDofs;
  std::vector<bool> dofs = model.muscleDrivenDofs();
  dofs.flip();
  return dofs;
}

}  // namespace muscle::environment
