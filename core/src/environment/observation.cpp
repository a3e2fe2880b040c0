#include "environment/observation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace muscle::environment {
namespace {

// Appends numbers to an observation.
class Writer {
 public:
  explicit Writer(float* out, const Mat3<double>* axes = nullptr) : out_(out), axes_(axes) {}

  void put(double value) { *out_++ = static_cast<float>(value); }
  void put(const Vec3<double>& v) {
    put(v.x);
    put(v.y);
    put(v.z);
  }
  void putTwoRows(const Mat3<double>& r) {
    for (int k = 0; k < 6; ++k) put(r.m[k]);
  }
  // A vector and a rotation in the world, in the axes.
  void putSeen(const Vec3<double>& v) { put(axes_ ? transposeTimes(*axes_, v) : v); }
  void putTwoRowsSeen(const Mat3<double>& r) { putTwoRows(axes_ ? transpose(*axes_) * r : r); }

 private:
  float* out_;
  const Mat3<double>* axes_;
};

// A body's centre of mass relative to the root's origin (m) and its velocity (m/s), world axes.
struct Center {
  Vec3<double> position, velocity;
};

Center centerOf(const LaneView& view, int body) {
  const model::Body<double>& b = view.constants().bodies[body];
  const Mat3<double> rotation = view.rotation(body);
  const Vec3<double> arm = rotation * b.centerOfMass();
  return {view.origin(body) + arm, rotation * view.bodyLinear(body) + cross(rotation * view.bodyAngular(body), arm)};
}

// The rotation of a body's frame as in MASS and GaitNet: that of its shape.
Mat3<double> frameOf(const model::Model& model, const LaneView& view, int body) {
  return view.rotation(body) * rotationMatrix(normalized(model.description().bodies[body].frame));
}

void putRoot(const LaneView& view, Writer& out) {
  out.put(view.rootPosition().y);
  out.putTwoRowsSeen(view.rotation(0));
  out.putSeen(view.linearVelocity(0));
  out.putSeen(view.angularVelocity(0) * 0.1);
}

void putJoints(const model::Model& model, const LaneView& view, Writer& out) {
  for (const model::Body<double>& body : model.constants<double>().bodies) {
    if (body.dofs == 1) out.put(view.position(body.positionIndex));
    if (body.type == model::JointType::kBall) out.put(logarithmMap(view.quaternion(body.positionIndex)));
  }
  for (int dof = model.numRootDofs(); dof < model.numDofs(); ++dof) out.put(0.1 * view.velocity(dof));
}

void observeDefault(const model::Model& model, const LaneView& view, double phase, Writer out) {
  putRoot(view, out);
  const Vec3<double> rootVelocity = view.linearVelocity(0);
  for (int i = 1; i < model.numBodies(); ++i) {
    const Center center = centerOf(view, i);
    out.putSeen(center.position);
    out.putSeen(center.velocity - rootVelocity);
  }
  putJoints(model, view, out);
  out.put(std::sin(2 * std::numbers::pi * phase));
  out.put(std::cos(2 * std::numbers::pi * phase));
}

void observeState(const model::Model& model, const LaneView& view, Writer out) {
  const dynamics::LaneState<float>& state = view.state();
  const int muscles = model.numMuscles();
  if (model.numRootDofs() == 6) putRoot(view, out);
  putJoints(model, view, out);
  for (int m = 0; m < muscles; ++m) out.put(view.at(state.activation, m));
  for (int m = 0; m < muscles; ++m) out.put(view.at(state.fibreLength, m));
  for (int m = 0; m < muscles; ++m) out.put(0.1 * view.at(state.fibreVelocity, m));
  for (int m = 0; m < muscles; ++m) {
    const double force = view.at(state.activation, m) * view.at(state.activeForce, m) + view.at(state.passiveForce, m);
    const double strength = view.constants().muscles[m].maxForce;
    out.put(strength > 0 ? force / strength : 0);
  }
}

void observeMass(const model::Model& model, const LaneView& view, double phase, Writer out) {
  const Center root = centerOf(view, 0);
  const Mat3<double> frame = frameOf(model, view, 0);
  for (int i = 1; i < model.numBodies(); ++i) out.put(transposeTimes(frame, centerOf(view, i).position - root.position) * 0.8);
  for (int i = 1; i < model.numBodies(); ++i) out.putSeen(centerOf(view, i).velocity * 0.2);
  out.putSeen(root.velocity * 0.2);
  out.put(phase);
}

// Sum of the torques at full activation with this sign, over a dof's entries.
double torqueSum(const model::Model& model, const LaneView& view, int dof, double sign) {
  double sum = 0;
  for (const int entry : model.entriesOfDof(dof)) {
    const double torque = view.at(view.state().jacobian, entry);
    if (torque * sign > 0) sum += torque;
  }
  return sum;
}

void putJointState(const model::Model& model, const LaneView& view, const Symmetry* mirror, bool passiveFirst, Writer& out) {
  constexpr double kScale = 0.008;  // 1/(N m)
  const int joints = model.numJointDofs(), root = model.numRootDofs();
  const auto source = [&](int dof) { return root + (mirror ? mirror->joints.source[dof] : dof); };
  const auto turn = [&](int dof) { return mirror ? static_cast<double>(mirror->joints.sign[dof]) : 1.0; };
  const auto putActive = [&] {
    for (const double sign : {-1.0, 1.0})
      for (int dof = 0; dof < joints; ++dof) out.put(kScale * 0.5 * turn(dof) * torqueSum(model, view, source(dof), sign * turn(dof)));
  };
  if (!passiveFirst) putActive();
  for (int dof = 0; dof < joints; ++dof) out.put(kScale * turn(dof) * view.at(view.state().passiveTorque, source(dof)));
  if (passiveFirst) putActive();
}

// A body as it is observed: itself, or the mirror image of its counterpart.
struct Image {
  const Symmetry* mirror;

  int body(int shown) const { return mirror ? mirror->bodies[shown] : shown; }
  Vec3<double> polar(const Vec3<double>& v) const { return mirror ? mirroredPolar(v) : v; }
  Vec3<double> axial(const Vec3<double>& v) const { return mirror ? mirroredAxial(v) : v; }
  Mat3<double> frame(const Mat3<double>& r, int shown) const { return mirror ? mirrored(r) * mirror->corrections[shown] : r; }
  double phase(double phase) const {
    const double there = phase + (mirror ? 0.5 : 0);
    return there - std::floor(there);
  }
};

// For each body its centre of mass relative to the character's, raised by `lifted` (m), and two rows of its frame's rotation.
void putPlaces(const model::Model& model, const LaneView& view, const Image& image, double lifted, Writer& out) {
  const Vec3<double> whole = view.centerOfMass(), lift{0, lifted, 0};
  for (int i = 0; i < model.numBodies(); ++i) out.put(image.polar(centerOf(view, image.body(i)).position - whole) + lift);
  for (int i = 0; i < model.numBodies(); ++i) out.putTwoRows(image.frame(frameOf(model, view, image.body(i)), i));
}

// For each body its velocity relative to the character's; the character's; for each body its angular velocity times `turning`.
void putVelocities(const model::Model& model, const LaneView& view, const Image& image, double turning, Writer& out) {
  const Vec3<double> whole = view.centerOfMassVelocity();
  for (int i = 0; i < model.numBodies(); ++i) out.put(image.polar(centerOf(view, image.body(i)).velocity - whole));
  out.put(image.polar(whole));
  for (int i = 0; i < model.numBodies(); ++i) out.put(image.axial(view.angularVelocity(image.body(i)) * turning));
}

void observeGaitNet(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment,
                    Writer out) {
  const Image image{moment.mirror};
  const Vec3<double> place = view.rootPosition() + view.centerOfMass();
  out.put(moment.hasFoothold ? Vec3<double>{0, place.y, 0} : place);
  putPlaces(model, view, image, 0, out);
  putVelocities(model, view, image, 0.1, out);
  out.put(image.phase(moment.clockPhase));
  if (settings.motionPhase) out.put(image.phase(moment.phase));
  if (moment.hasFoothold) out.put(moment.foothold);
  if (settings.jointState) putJointState(model, view, moment.mirror, false, out);
  for (const ObservedParameter& parameter : moment.mirror ? settings.mirroredParameters : settings.parameters)
    out.put(parameter.shown(moment.parameters));
}

void observeGenerative(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment,
                       Writer out) {
  constexpr double kStanding = 0.98;  // m
  const Image image{moment.mirror};
  const Vec3<double> place = view.rootPosition() + view.centerOfMass();
  out.put(place.y - kStanding);
  putPlaces(model, view, image, kStanding, out);
  putVelocities(model, view, image, 0.2, out);
  out.put(image.phase(moment.phase));
  if (settings.jointState) putJointState(model, view, moment.mirror, true, out);
  const std::vector<ObservedParameter>& parameters = moment.mirror ? settings.mirroredParameters : settings.parameters;
  const int leading = std::min(settings.leadingParameters, static_cast<int>(parameters.size()));
  for (int k = 0; k < leading; ++k) out.put(parameters[k].shown(moment.parameters));
  if (settings.motionPhase) out.put(image.phase(moment.clockPhase));
  const Vec3<double> root = view.rootPosition() + centerOf(view, 0).position;
  out.put(Vec3<double>{0, -root.y, moment.foothold + place.z - root.z});
  for (std::size_t k = leading; k < parameters.size(); ++k) out.put(parameters[k].shown(moment.parameters));
}

void observeImitation(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment,
                      Writer out) {
  const Image image{moment.mirror};
  putPlaces(model, view, image, 0, out);
  putVelocities(model, view, image, 0.1, out);
  Mat3<double> turn{};
  Vec3<double> away{};
  for (int ahead = 1; ahead <= settings.references; ++ahead) {
    const LaneView reference = moment.reference(ahead);
    putPlaces(model, reference, image, 0, out);
    if (settings.referenceVelocity) putVelocities(model, reference, image, 0.1, out);
    if (ahead > 1) continue;
    const Mat3<double> from = reference.rotation(0);
    turn = transpose(from) * view.rotation(0);
    away = transposeTimes(from, view.rootPosition() - reference.rootPosition());
  }
  out.put(away);
  for (int column = 0; column < 2; ++column)
    for (int row = 0; row < 3; ++row) out.put(turn.m[3 * row + column]);
}

}  // namespace

int observationSize(const model::Model& model, const ObservationSettings& settings, bool hasFoothold) {
  const int bodies = model.numBodies(), joints = model.numJointDofs();
  switch (settings.type) {
    case ObservationType::kDefault: return 1 + 6 + 6 + 6 * (bodies - 1) + 2 * joints + 2;
    case ObservationType::kState: return (model.numRootDofs() == 6 ? 13 : 0) + 2 * joints + 4 * model.numMuscles();
    case ObservationType::kMass: return 3 * (bodies - 1) + 3 * bodies + 1;
    case ObservationType::kGenerative:
      return 1 + 15 * bodies + 3 + 1 + (settings.jointState ? 3 * joints : 0) + (settings.motionPhase ? 1 : 0) + 3 +
             static_cast<int>(settings.parameters.size());
    case ObservationType::kImitation:
      return 15 * bodies + 3 + settings.references * (9 * bodies + (settings.referenceVelocity ? 6 * bodies + 3 : 0)) + 9;
    case ObservationType::kGaitNet:
      return 3 + 15 * bodies + 3 + 1 + (settings.motionPhase ? 1 : 0) + (hasFoothold ? 1 : 0) + (settings.jointState ? 3 * joints : 0) +
             static_cast<int>(settings.parameters.size());
  }
  return 0;
}

void observe(const model::Model& model, const ObservationSettings& settings, const LaneView& view, const Moment& moment, float* out) {
  switch (settings.type) {
    case ObservationType::kDefault: return observeDefault(model, view, moment.phase, Writer(out, moment.axes));
    case ObservationType::kState: return observeState(model, view, Writer(out));
    case ObservationType::kMass: return observeMass(model, view, moment.phase, Writer(out, moment.axes));
    case ObservationType::kGaitNet: return observeGaitNet(model, settings, view, moment, Writer(out));
    case ObservationType::kGenerative: return observeGenerative(model, settings, view, moment, Writer(out));
    case ObservationType::kImitation: return observeImitation(model, settings, view, moment, Writer(out));
  }
}

}  // namespace muscle::environment
