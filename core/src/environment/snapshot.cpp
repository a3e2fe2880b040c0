#include "environment/snapshot.hpp"

namespace muscle::environment {
namespace {

std::vector<float> column(const dynamics::LaneState<float>& state, const float* base, int features, int lane, int skip = 0) {
  std::vector<float> values(features - skip);
  for (int i = skip; i < features; ++i) values[i - skip] = base[i * state.lanes + lane];
  return values;
}

std::vector<float> generalised(const model::Model& model, const double* internal) {
  std::vector<double> values(model.numDofs());
  model.toGeneralised(internal, values.data());
  return {values.begin(), values.end()};
}

void append(std::vector<float>& out, const Vec3<double>& v) {
  out.push_back(static_cast<float>(v.x));
  out.push_back(static_cast<float>(v.y));
  out.push_back(static_cast<float>(v.z));
}

}  // namespace

Snapshot takeSnapshot(const Scene& scene, Group& group, int lane) {
  const model::Model& model = *scene.model;
  const model::Constants<double>& constants = model.constants<double>();
  group.refresh();
  const dynamics::LaneState<float>& state = group.state();
  const LaneView view = group.view(lane);
  const Episode& episode = group.episode(lane);
  const int dofs = model.numDofs(), root = model.numRootDofs(), muscles = model.numMuscles();

  Snapshot s;
  s.time = static_cast<double>(episode.step) / scene.settings.controlHz;
  s.phase = episode.phase;
  std::vector<double> internal(model.numPositions());
  for (int i = 0; i < model.numPositions(); ++i) internal[i] = view.position(i);
  s.positions = generalised(model, internal.data());
  for (int i = 0; i < model.numPositions(); ++i) internal[i] = view.at(state.target, i);
  s.targetPositions = generalised(model, internal.data());
  s.referencePositions = generalised(model, group.referencePose(lane).position.data());
  s.velocities = column(state, state.velocity, dofs, lane);
  s.bodyRotations = column(state, state.bodyRotation, 9 * model.numBodies(), lane);

  const Vec3<double> rootPosition = view.rootPosition();
  for (int i = 0; i < model.numBodies(); ++i) append(s.bodyPositions, rootPosition + view.origin(i));
  for (const model::Muscle<double>& muscle : constants.muscles) {
    for (int p = muscle.pointBegin; p < muscle.pointEnd; ++p) {
      Vec3<double> point = rootPosition;
      for (int a = constants.attachmentOffsets[p]; a < constants.attachmentOffsets[p + 1]; ++a) {
        const model::PathAttachment<double>& attachment = constants.attachments[a];
        const int body = constants.touchedBodies[muscle.bodyBegin + attachment.slot];
        point += (view.origin(body) + view.rotation(body) * attachment.position) * attachment.weight;
      }
      append(s.pathPoints, point);
    }
  }
  s.activations = column(state, state.activation, muscles, lane);
  s.excitations = column(state, state.excitation, muscles, lane);
  s.muscleLengths = column(state, state.muscleLength, muscles, lane);
  s.fibreLengths = column(state, state.fibreLength, muscles, lane);
  s.fibreVelocities = column(state, state.fibreVelocity, muscles, lane);
  s.activeForces = column(state, state.activeForce, muscles, lane);
  for (int m = 0; m < muscles; ++m) s.activeForces[m] *= s.activations[m];
  s.passiveForces = column(state, state.passiveForce, muscles, lane);
  s.momentArms = column(state, state.momentArm, model.numEntries(), lane);
  s.desiredTorques = column(state, state.desiredTorque, dofs, lane, root);
  s.muscleTorques = column(state, state.muscleTorque, dofs, lane, root);
  s.passiveTorques = column(state, state.passiveTorque, dofs, lane, root);
  s.appliedTorques = column(state, state.appliedTorque, dofs, lane, root);
  for (const model::Contact<double>& contact : constants.contacts) {
    const Vec3<double> center = rootPosition + view.origin(contact.body) + view.rotation(contact.body) * contact.position;
    append(s.contactPoints, center - Vec3<double>{0, contact.radius, 0});
  }
  s.contactForces = column(state, state.contactForce, 3 * model.numContacts(), lane);
  const Vec3<double> com = rootPosition + view.centerOfMass();
  s.centerOfMass[0] = static_cast<float>(com.x);
  s.centerOfMass[1] = static_cast<float>(com.y);
  s.centerOfMass[2] = static_cast<float>(com.z);
  const Vec3<double> push = group.lastPush(lane);
  s.disturbance[0] = static_cast<float>(push.x);
  s.disturbance[1] = static_cast<float>(push.y);
  s.disturbance[2] = static_cast<float>(push.z);
  s.reward = group.lastReward(lane);
  s.terminated = episode.terminated;
  s.truncated = episode.truncated;
  s.diverged = episode.diverged;
  return s;
}

}  // namespace muscle::environment
