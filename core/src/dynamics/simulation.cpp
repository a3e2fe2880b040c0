#include "dynamics/simulation.hpp"

#include <map>
#include <stdexcept>

namespace muscle::dynamics {

template <class T>
Simulation<T>::Simulation(std::shared_ptr<const model::Model> model, int lanes, const MakeEngine& makeEngine)
    : model_(std::move(model)), state_(*model_, lanes), engine_(makeEngine(state_)) {}

template <class T>
void Simulation<T>::checkLane(int lane) const {
  if (lane < 0 || lane >= state_.lanes) throw std::out_of_range("lane " + std::to_string(lane) + " does not exist");
}

template <class T>
void Simulation<T>::setInternal(T* to, int lane, const double* positions) const {
  checkLane(lane);
  std::vector<double> internal(model_->numPositions());
  model_->toInternal(positions, internal.data());
  for (int i = 0; i < model_->numPositions(); ++i) to[i * state_.lanes + lane] = static_cast<T>(internal[i]);
}

template <class T>
void Simulation<T>::setState(int lane, const double* positions, const double* velocities) {
  setInternal(state_.position, lane, positions);
  for (int i = 0; i < model_->numDofs(); ++i) state_.velocity[i * state_.lanes + lane] = static_cast<T>(velocities[i]);
  state_.loseFibres(lane);
}

template <class T>
void Simulation<T>::setTarget(int lane, const double* positions) {
  setInternal(state_.target, lane, positions);
}

template <class T>
std::vector<double> Simulation<T>::positions(int lane) const {
  checkLane(lane);
  std::vector<double> internal(model_->numPositions()), generalised(model_->numDofs());
  for (int i = 0; i < model_->numPositions(); ++i) internal[i] = state_.position[i * state_.lanes + lane];
  model_->toGeneralised(internal.data(), generalised.data());
  return generalised;
}

template <class T>
std::pair<T*, int> Simulation<T>::field(const std::string& name) {
  const model::Model& m = *model_;
  const LaneState<T>& s = state_;
  const std::map<std::string, std::pair<T*, int>> fields = {
      {"position", {s.position, m.numPositions()}},
      {"velocity", {s.velocity, m.numDofs()}},
      {"activation", {s.activation, m.numMuscles()}},
      {"external_force", {s.externalForce, 6 * m.numBodies()}},
      {"constraint_force", {s.constraintForce, m.numDofs()}},
      {"target", {s.target, m.numPositions()}},
      {"target_velocity", {s.targetVelocity, m.numDofs()}},
      {"excitation", {s.excitation, m.numMuscles()}},
      {"direct_torque", {s.directTorque, m.numDofs()}},
      {"body_rotation", {s.bodyRotation, 9 * m.numBodies()}},
      {"body_position", {s.bodyPosition, 3 * m.numBodies()}},
      {"body_velocity", {s.bodyVelocity, 6 * m.numBodies()}},
      {"joint_screw", {s.jointScrew, 6 * m.numScrews()}},
      {"muscle_length", {s.muscleLength, m.numMuscles()}},
      {"muscle_velocity", {s.muscleVelocity, m.numMuscles()}},
      {"fibre_length", {s.fibreLength, m.numMuscles()}},
      {"fibre_velocity", {s.fibreVelocity, m.numMuscles()}},
      {"fibre_start", {s.fibreStart, m.numElastic()}},
      {"active_force", {s.activeForce, m.numMuscles()}},
      {"passive_force", {s.passiveForce, m.numMuscles()}},
      {"jacobian", {s.jacobian, m.numEntries()}},
      {"moment_arm", {s.momentArm, m.numEntries()}},
      {"passive_torque", {s.passiveTorque, m.numDofs()}},
      {"desired_torque", {s.desiredTorque, m.numDofs()}},
      {"muscle_torque", {s.muscleTorque, m.numDofs()}},
      {"applied_torque", {s.appliedTorque, m.numDofs()}},
      {"acceleration", {s.acceleration, m.numDofs()}},
      {"network_input", {s.networkInput, m.numEntries() + m.numJointDofs()}},
      {"contact_force", {s.contactForce, 3 * m.numContacts()}},
  };
  const auto found = fields.find(name);
  if (found == fields.end()) throw std::invalid_argument("no field '" + name + "'");
  return found->second;
}

template class Simulation<float>;
template class Simulation<double>;

}  // namespace muscle::dynamics
