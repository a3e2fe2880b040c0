#include "environment/observation.hpp"

#include <cmath>
#include <numbers>

namespace muscle::environment {
namespace {

// Writes one number after another.
class Writer {
 public:
  explicit Writer(float* out) : out_(out) {}

  void put(double value) { *out_++ = static_cast<float>(value); }
  void put(const Vec3<double>& v) {
    put(v.x);
    put(v.y);
    put(v.z);
  }
  void putTwoRows(const Mat3<double>& r) {
    for (int k = 0; k < 6; ++k) put(r.m[k]);
  }

 private:
  float* out_;
};

// A body's centre of mass relative to the root's origin (m) and its velocity (m/s), world axes.
struct Center {
  Vec3<double> position, velocity;
};

Center centerOf(const model::Model& model, const LaneView& view, int body) {
  const model::Body<double>& b = model.constants<double>().bodies[body];
  const Vec3<double> arm = view.rotation(body) * (b.firstMoment * (1 / b.mass));
  return {view.origin(body) + arm, view.linearVelocity(body) + cross(view.angularVelocity(body), arm)};
}

// The rotation of a body's frame as in MASS and GaitNet: that of its shape.
Mat3<double> frameOf(const model::Model& model, const LaneView& view, int body) {
  return view.rotation(body) * rotationMatrix(normalized(model.description().bodies[body].frame));
}

void observeDefault(const model::Model& model, const LaneView& view, double phase, Writer out) {
  out.put(view.rootPosition().y);
  out.putTwoRows(view.rotation(0));
  const Vec3<double> rootVelocity = view.linearVelocity(0);
  out.put(rootVelocity);
  out.put(view.angularVelocity(0) * 0.1);
  for (int i = 1; i < model.numBodies(); ++i) {
    const Center center = centerOf(model, view, i);
    out.put(center.position);
    out.put(center.velocity - rootVelocity);
  }
  for (const model::Body<double>& body : model.constants<double>().bodies) {
    if (body.type == model::JointType::kRevolute) out.put(view.position(body.positionIndex));
    if (body.type == model::JointType::kBall) out.put(logarithmMap(view.quaternion(body.positionIndex)));
  }
  for (int dof = model.numRootDofs(); dof < model.numDofs(); ++dof) out.put(0.1 * view.velocity(dof));
  out.put(std::sin(2 * std::numbers::pi * phase));
  out.put(std::cos(2 * std::numbers::pi * phase));
}

void observeMass(const model::Model& model, const LaneView& view, double phase, Writer out) {
  const Center root = centerOf(model, view, 0);
  const Mat3<double> frame = frameOf(model, view, 0);
  for (int i = 1; i < model.numBodies(); ++i) out.put(transposeTimes(frame, centerOf(model, view, i).position - root.position) * 0.8);
  for (int i = 1; i < model.numBodies(); ++i) out.put(centerOf(model, view, i).velocity * 0.2);
  out.put(root.velocity * 0.2);
  out.put(phase);
}

// Sum over a dof's entries of the torques at full activation that have this sign.
double torqueSum(const model::Model& model, const LaneView& view, int dof, double sign) {
  double sum = 0;
  for (const int entry : model.entriesOfDof(dof)) {
    const double torque = view.at(view.state().jacobian, entry);
    if (torque * sign > 0) sum += torque;
  }
  return sum;
}

void putJointState(const model::Model& model, const LaneView& view, const Symmetry* mirror, Writer& out) {
  constexpr double kScale = 0.008;  // 1/(N m)
  const int joints = model.numJointDofs(), root = model.numRootDofs();
  const auto source = [&](int dof) { return root + (mirror ? mirror->joints.source[dof] : dof); };
  const auto flip = [&](int dof) { return mirror ? static_cast<double>(mirror->joints.sign[dof]) : 1.0; };
  for (const double sign : {-1.0, 1.0})
    for (int dof = 0; dof < joints; ++dof) out.put(kScale * 0.5 * flip(dof) * torqueSum(model, view, source(dof), sign * flip(dof)));
  for (int dof = 0; dof < joints; ++dof) out.put(kScale * flip(dof) * view.at(view.state().passiveTorque, source(dof)));
}

void observeGaitNet(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment,
                    Writer out) {
  const Symmetry* mirror = moment.mirror;
  const Vec3<double> whole = view.centerOfMass(), wholeVelocity = view.centerOfMassVelocity();
  const Vec3<double> place = view.rootPosition() + whole;
  const int bodies = model.numBodies();
  const auto shown = [&](int body) { return mirror ? mirror->bodies[body] : body; };
  const auto putPolar = [&](const Vec3<double>& v) { out.put(mirror ? mirroredPolar(v) : v); };
  const auto putAxial = [&](const Vec3<double>& v) { out.put(mirror ? mirroredAxial(v) : v); };
  const auto putPhase = [&](double phase) {
    const double there = phase + (mirror ? 0.5 : 0);
    out.put(there - std::floor(there));
  };
  out.put(moment.hasFoothold ? Vec3<double>{0, place.y, 0} : place);
  for (int i = 0; i < bodies; ++i) putPolar(centerOf(model, view, shown(i)).position - whole);
  for (int i = 0; i < bodies; ++i) {
    const Mat3<double> frame = frameOf(model, view, shown(i));
    out.putTwoRows(mirror ? mirrored(frame) * mirror->corrections[i] : frame);
  }
  for (int i = 0; i < bodies; ++i) putPolar(centerOf(model, view, shown(i)).velocity - wholeVelocity);
  putPolar(wholeVelocity);
  for (int i = 0; i < bodies; ++i) putAxial(view.angularVelocity(shown(i)) * 0.1);
  putPhase(moment.clockPhase);
  if (settings.motionPhase) putPhase(moment.phase);
  if (moment.hasFoothold) out.put(moment.foothold);
  if (settings.jointState) putJointState(model, view, mirror, out);
  for (const double parameter : mirror ? settings.mirroredParameters : settings.parameters) out.put(parameter);
}

}  // namespace

int observationSize(const model::Model& model, const ObservationSettings& settings, bool hasFoothold) {
  const int bodies = model.numBodies(), joints = model.numJointDofs();
  switch (settings.type) {
    case ObservationType::kDefault: return 1 + 6 + 6 + 6 * (bodies - 1) + 2 * joints + 2;
    case ObservationType::kMass: return 3 * (bodies - 1) + 3 * bodies + 1;
    case ObservationType::kGaitNet:
      return 3 + 15 * bodies + 3 + 1 + (settings.motionPhase ? 1 : 0) + (hasFoothold ? 1 : 0) + (settings.jointState ? 3 * joints : 0) +
             static_cast<int>(settings.parameters.size());
  }
  return 0;
}

void observe(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment, float* out) {
  switch (settings.type) {
    case ObservationType::kDefault: return observeDefault(model, view, moment.phase, Writer(out));
    case ObservationType::kMass: return observeMass(model, view, moment.phase, Writer(out));
    case ObservationType::kGaitNet: return observeGaitNet(model, settings, view, moment, Writer(out));
  }
}

}  // namespace muscle::environment
