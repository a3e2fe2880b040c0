#include "dynamics/lane_state.hpp"

#include <cstdint>

namespace muscle::dynamics {

template <class T>
LaneState<T>::LaneState(const model::Model& model, int lanes)
    : lanes(lanes), activationCount(model.numMuscles()), elasticCount(model.numElastic()) {
  const int bodies = model.numBodies(), dofs = model.numDofs(), muscles = model.numMuscles();
  const int positions = model.numPositions(), entries = model.numEntries();
  struct Field {
    T** pointer;
    int features;
  };
  const Field fields[] = {
      {&position, positions},
      {&velocity, dofs},
      {&activation, muscles},
      {&externalForce, 6 * bodies},
      {&fibreStart, model.numElastic()},
      {&constraintForce, dofs},
      {&offset, dofs},
      {&target, positions},
      {&targetVelocity, dofs},
      {&targetAcceleration, dofs},
      {&offsetRate, dofs},
      {&excitation, muscles},
      {&directTorque, dofs},
      {&bodyRotation, 9 * bodies},
      {&bodyPosition, 3 * bodies},
      {&bodyVelocity, 6 * bodies},
      {&jointScrew, 6 * model.numScrews()},
      {&muscleLength, muscles},
      {&muscleVelocity, muscles},
      {&fibreLength, muscles},
      {&fibreVelocity, muscles},
      {&fibreEnd, model.numElastic()},
      {&activeForce, muscles},
      {&passiveForce, muscles},
      {&jacobian, entries},
      {&momentArm, entries},
      {&passiveTorque, dofs},
      {&desiredTorque, dofs},
      {&muscleTorque, dofs},
      {&appliedTorque, dofs},
      {&jointMoment, dofs},
      {&acceleration, dofs},
      {&networkInput, entries + model.numJointDofs() + 1},
      {&contactForce, 3 * model.numContacts()},
  };
  constexpr std::size_t kLine = 64 / sizeof(T);
  std::size_t total = kLine;
  const auto padded = [&](int features) { return (static_cast<std::size_t>(features) * lanes + kLine - 1) / kLine * kLine; };
  for (const Field& field : fields) total += padded(field.features);
  buffer_.assign(total, T(0));
  auto address = reinterpret_cast<std::uintptr_t>(buffer_.data());
  T* next = buffer_.data() + (64 - address % 64) % 64 / sizeof(T);
  for (const Field& field : fields) {
    *field.pointer = next;
    next += padded(field.features);
  }
  features_ = static_cast<std::size_t>(next - position) / lanes;
  for (const auto& body : model.constants<T>().bodies)
    if (body.type == model::JointType::kFree || body.type == model::JointType::kBall)
      for (int lane = 0; lane < lanes; ++lane)
        position[body.positionIndex * lanes + lane] = target[body.positionIndex * lanes + lane] = T(1);
}

template <class T>
void LaneState<T>::copyLane(int lane, T* out) const {
  for (std::size_t k = 0; k < features_; ++k) out[k] = position[k * lanes + lane];
}

template <class T>
void LaneState<T>::setLane(int lane, const T* values) {
  for (std::size_t k = 0; k < features_; ++k) position[k * lanes + lane] = values[k];
}

template struct LaneState<float>;
template struct LaneState<double>;

}  // namespace muscle::dynamics
