#include "environment/snapshot.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "muscle/drawn_path.hpp"

namespace muscle::environment {
namespace {

using Shape = std::vector<int>;

using Source = SnapshotSource;

void put(const Vec3<double>& v, float*& out) {
  for (const double component : {v.x, v.y, v.z}) *out++ = static_cast<float>(component);
}

void generalised(const model::Model& model, const double* internal, float* out) {
  std::vector<double> values(model.numDofs());
  model.toGeneralised(internal, values.data());
  std::copy(values.begin(), values.end(), out);
}

// Generalised positions of an internal pose in the lanes.
void pose(const Source& s, const float* lanes, float* out) {
  std::vector<double> internal(s.model.numPositions());
  for (int i = 0; i < s.model.numPositions(); ++i) internal[i] = s.view.at(lanes, i);
  generalised(s.model, internal.data(), out);
}

// Features [first, first + count) of a field of the lanes.
void column(const Source& s, const float* lanes, int first, int count, float* out) {
  for (int i = 0; i < count; ++i) out[i] = lanes[(first + i) * s.state.lanes + s.lane];
}

void bodyPositions(const Source& s, float* out) {
  for (int i = 0; i < s.model.numBodies(); ++i) put(s.root + s.view.origin(i), out);
}

void pathPoints(const Source& s, float* out) {
  const model::Constants<double>& constants = s.view.constants();
  for (const model::Muscle<double>& muscle : constants.muscles)
    drawPath(constants, muscle, s.view, [&](const Vec3<double>& point) { put(s.root + point, out); });
}

// At the present activation.
void activeForces(const Source& s, float* out) {
  for (int m = 0; m < s.model.numMuscles(); ++m) {
    const int i = m * s.state.lanes + s.lane;
    out[m] = s.state.activeForce[i] * s.state.activation[i];
  }
}

void contactPoints(const Source& s, float* out) {
  for (const model::Contact<double>& contact : s.view.constants().contacts) {
    const Vec3<double> center = s.root + s.view.origin(contact.body) + s.view.rotation(contact.body) * contact.position;
    put(center - Vec3<double>{0, contact.radius, 0}, out);
  }
}

Shape ofDofs(const Scene& s) { return {s.model->numDofs()}; }
Shape ofJoints(const Scene& s) { return {s.model->numJointDofs()}; }
Shape ofMuscles(const Scene& s) { return {s.model->numMuscles()}; }
Shape ofEntries(const Scene& s) { return {s.model->numEntries()}; }
Shape ofBodies(const Scene& s) { return {s.model->numBodies(), 3}; }
Shape ofRotations(const Scene& s) { return {s.model->numBodies(), 3, 3}; }
Shape ofPathPoints(const Scene& s) { return {s.model->numPathPoints(), 3}; }
Shape ofContacts(const Scene& s) { return {s.model->numContacts(), 3}; }
Shape ofReactions(const Scene& s) { return {s.model->numBodies(), 6}; }
Shape ofVector(const Scene&) { return {3}; }
Shape ofGround(const Scene& s) { return {s.settings.substeps(), groundBodyCount(*s.model), 3}; }

// Those of the record, or where none is kept `otherwise`, in features [first, first + count).
void recorded(const Source& s, const float* (SubstepRecord::*values)() const, const float* otherwise, int first, int count, float* out) {
  const SubstepRecord* record = s.group.substepRecord();
  column(s, record ? (record->*values)() : otherwise, first, count, out);
}

void notKnown(int count, float* out) { std::fill_n(out, count, std::numeric_limits<float>::quiet_NaN()); }

void groundForces(const Source& s, float* out) {
  const Shape shape = ofGround(s.scene);
  const int count = shape[0] * shape[1] * shape[2];
  if (s.group.substepRecord()) return column(s, s.group.substepRecord()->groundForce(), 0, count, out);
  notKnown(count, out);
}

void jointReactions(const Source& s, float* out) {
  const SubstepRecord* record = s.group.substepRecord();
  if (record && record->hasReactions()) return column(s, record->jointReaction(), 0, 6 * s.model.numBodies(), out);
  notKnown(6 * s.model.numBodies(), out);
}

template <const float* (SubstepRecord::*kRecorded)() const>
void recordedOfEachMuscle(const Source& s, float* out) {
  if (s.group.substepRecord()) return column(s, (s.group.substepRecord()->*kRecorded)(), 0, s.model.numMuscles(), out);
  notKnown(s.model.numMuscles(), out);
}

template <float* dynamics::LaneState<float>::* kField>
void ofEachMuscle(const Source& s, float* out) {
  column(s, s.state.*kField, 0, s.model.numMuscles(), out);
}

// Of the joints' dofs: those of the record, where none is kept those of the last substep.
template <const float* (SubstepRecord::*kRecorded)() const, float* dynamics::LaneState<float>::* kField>
void ofEachJoint(const Source& s, float* out) {
  recorded(s, kRecorded, s.state.*kField, s.model.numRootDofs(), s.model.numJointDofs(), out);
}

template <const float* (SubstepRecord::*kRecorded)() const>
void recordedOfEachJoint(const Source& s, float* out) {
  if (s.group.substepRecord())
    column(s, (s.group.substepRecord()->*kRecorded)(), s.model.numRootDofs(), s.model.numJointDofs(), out);
  else
    notKnown(s.model.numJointDofs(), out);
}

using State = dynamics::LaneState<float>;
using Record = SubstepRecord;

const SnapshotField kFields[] = {
    {"positions", false, ofDofs, [](const Source& s, float* out) { pose(s, s.state.position, out); }},
    {"velocities", false, ofDofs, [](const Source& s, float* out) { column(s, s.state.velocity, 0, s.model.numDofs(), out); }},
    // Of this phase.
    {"reference_positions", false, ofDofs,
     [](const Source& s, float* out) { generalised(s.model, s.group.referencePose(s.lane).position.data(), out); }},
    // Of the last step's stable PD.
    {"target_positions", false, ofDofs, [](const Source& s, float* out) { pose(s, s.state.target, out); }},
    {"body_rotations", false, ofRotations,
     [](const Source& s, float* out) { column(s, s.state.bodyRotation, 0, 9 * s.model.numBodies(), out); }},
    {"body_positions", false, ofBodies, bodyPositions},
    {"path_points", false, ofPathPoints, pathPoints},
    {"activations", false, ofMuscles, ofEachMuscle<&State::activation>},
    {"excitations", false, ofMuscles, ofEachMuscle<&State::excitation>},
    {"muscle_lengths", true, ofMuscles, ofEachMuscle<&State::muscleLength>},
    {"fibre_lengths", true, ofMuscles, ofEachMuscle<&State::fibreLength>},
    {"fibre_velocities", true, ofMuscles, ofEachMuscle<&State::fibreVelocity>},
    {"active_forces", true, ofMuscles, activeForces},
    {"passive_forces", true, ofMuscles, ofEachMuscle<&State::passiveForce>},
    {"moment_arms", true, ofEntries, [](const Source& s, float* out) { column(s, s.state.momentArm, 0, s.model.numEntries(), out); }},
    // Means over the last step's substeps, N m and W.
    {"desired_torques", false, ofJoints, ofEachJoint<&Record::desiredTorque, &State::desiredTorque>},
    {"muscle_torques", false, ofJoints, ofEachJoint<&Record::muscleTorque, &State::muscleTorque>},
    {"passive_torques", false, ofJoints, ofEachJoint<&Record::passiveTorque, &State::passiveTorque>},
    {"applied_torques", false, ofJoints, ofEachJoint<&Record::appliedTorque, &State::appliedTorque>},
    {"joint_moments", false, ofJoints, ofEachJoint<&Record::jointMoment, &State::jointMoment>},
    {"joint_powers", false, ofJoints, recordedOfEachJoint<&Record::jointPower>},
    {"muscle_forces", false, ofMuscles, recordedOfEachMuscle<&Record::muscleForce>},
    {"muscle_powers", false, ofMuscles, recordedOfEachMuscle<&Record::musclePower>},
    {"network_torques", false, ofJoints, recordedOfEachJoint<&Record::networkTorque>},
    {"joint_reactions", false, ofReactions, jointReactions},
    {"contact_points", false, ofContacts, contactPoints},
    {"contact_forces", false, ofContacts,
     [](const Source& s, float* out) { recorded(s, &Record::contactForce, s.state.contactForce, 0, 3 * s.model.numContacts(), out); }},
    {"ground_forces", false, ofGround, groundForces},
    {"center_of_mass", false, ofVector, [](const Source& s, float* out) { put(s.root + s.view.centerOfMass(), out); }},
    // The push of the last step, N.
    {"disturbance", false, ofVector, [](const Source& s, float* out) { put(s.group.lastPush(s.lane), out); }},
};

}  // namespace

std::size_t SnapshotField::size(const Scene& scene) const {
  std::size_t size = 1;
  for (const int extent : shape(scene)) size *= extent;
  return size;
}

std::span<const SnapshotField> snapshotFields() { return kFields; }

const SnapshotField& snapshotField(const std::string& name) {
  const auto* found = std::find_if(std::begin(kFields), std::end(kFields), [&](const SnapshotField& field) { return field.name == name; });
  if (found != std::end(kFields)) return *found;
  std::string names;
  for (const SnapshotField& field : kFields) names += (names.empty() ? "" : ", ") + std::string(field.name);
  throw std::invalid_argument("no field '" + name + "'; there are " + names);
}

void prepareSnapshot(Group& group, std::span<const SnapshotField* const> fields) {
  group.refresh(std::any_of(fields.begin(), fields.end(), [](const SnapshotField* field) { return field->needsMuscles; }));
}

}  // namespace muscle::environment
