#include "environment/substep_series.hpp"

#include <algorithm>

namespace muscle::environment {

SubstepSeries::SubstepSeries(const model::Model& model, const TaskSettings& settings)
    : model_(model),
      length_(settings.substeps()),
      muscles_(usesMuscles(settings.actuator)),
      fields_{{"positions", model.numDofs(), {}},
              {"velocities", model.numDofs(), {}},
              {"accelerations", model.numDofs(), {}},
              {"applied_torques", model.numDofs(), {}},
              {"muscle_torques", model.numDofs(), {}},
              {"muscle_forces", model.numMuscles(), {}},
              {"activations", model.numMuscles(), {}},
              {"contact_forces", 3 * model.numContacts(), {}},
              {"contact_points", 3 * model.numContacts(), {}},
              {"body_rotations", 9 * model.numBodies(), {}},
              {"body_positions", 3 * model.numBodies(), {}},
              {"external_forces", 6 * model.numBodies(), {}},
              {"joint_reactions", 6 * model.numBodies(), {}}},
      internal_(model.numPositions()),
      generalised_(model.numDofs()) {
  for (Field& field : fields_) field.values.resize(static_cast<std::size_t>(length_) * field.count);
}

void SubstepSeries::start(const LaneView& view) {
  const auto put = [](const Vec3<double>& v, float*& out) {
    for (const double part : {v.x, v.y, v.z}) *out++ = static_cast<float>(part);
  };
  for (int i = 0; i < model_.numPositions(); ++i) internal_[i] = view.position(i);
  model_.toGeneralised(internal_.data(), generalised_.data());
  std::copy(generalised_.begin(), generalised_.end(), row(kPositions));
  for (int i = 0; i < model_.numDofs(); ++i) row(kVelocities)[i] = static_cast<float>(view.velocity(i));
  float *points = row(kPoints), *rotations = row(kRotations), *origins = row(kOrigins);
  for (const model::Contact<double>& contact : view.constants().contacts)
    put(view.rootPosition() + view.origin(contact.body) + view.rotation(contact.body) * contact.position -
            Vec3<double>{0, contact.radius, 0},
        points);
  for (int i = 0; i < model_.numBodies(); ++i) {
    const Mat3<double> rotation = view.rotation(i);
    rotations = std::copy_n(rotation.m, 9, rotations);
    put(view.rootPosition() + view.origin(i), origins);
  }
}

void SubstepSeries::finish(const LaneView& view, const SubstepRecord& record) {
  const dynamics::LaneState<float>& state = view.state();
  const auto put = [&](Index index, const float* base) {
    for (int i = 0; i < fields_[index].count; ++i) row(index)[i] = static_cast<float>(view.at(base, i));
  };
  put(kAccelerations, state.acceleration);
  put(kApplied, state.appliedTorque);
  put(kContacts, state.contactForce);
  put(kExternal, state.externalForce);
  if (muscles_) {
    put(kMuscle, state.muscleTorque);
    put(kActivations, state.activation);
    for (int m = 0; m < model_.numMuscles(); ++m)
      row(kForces)[m] = static_cast<float>(view.at(state.activeForce, m) * view.at(state.activation, m) + view.at(state.passiveForce, m));
  }
  if (record.hasReactions())
    std::copy(record.reactionNow().begin(), record.reactionNow().end(), row(kReactions));
  else
    std::fill_n(row(kReactions), fields_[kReactions].count, 0.0f);
  ++substep_;
}

}  // namespace muscle::environment
