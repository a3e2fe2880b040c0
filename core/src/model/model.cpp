#include "model/model.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace muscle::model {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::invalid_argument(what); }

bool finite(const Vec3<double>& v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

// Beyond 2.5 times the strain at maximal force the passive curve is constant, to avoid an exponential run-away.
double passiveCap(const MuscleLaw& law) {
  const double run = 2.5 * law.passiveExponent;
  if (!(law.passiveLimit > 0)) return run;
  return std::min(run, std::max(law.passiveLimit - 1, 0.0) / law.passiveStrain * law.passiveExponent);
}

template <class T>
Vec3<T> cast(const Vec3<double>& v) {
  return {static_cast<T>(v.x), static_cast<T>(v.y), static_cast<T>(v.z)};
}
template <class T>
Sym3<T> cast(const Sym3<double>& a) {
  return {static_cast<T>(a.xx), static_cast<T>(a.yy), static_cast<T>(a.zz),
          static_cast<T>(a.xy), static_cast<T>(a.xz), static_cast<T>(a.yz)};
}
template <class T>
Mat3<T> cast(const Mat3<double>& a) {
  Mat3<T> r;
  for (int i = 0; i < 9; ++i) r.m[i] = static_cast<T>(a.m[i]);
  return r;
}

}  // namespace

int dofsOf(JointType type) {
  switch (type) {
    case JointType::kFree: return 6;
    case JointType::kBall: return 3;
    case JointType::kRevolute:
    case JointType::kSlide:
    case JointType::kCustom: return 1;
    case JointType::kWeld: return 0;
  }
  return 0;
}

int positionsOf(JointType type) {
  switch (type) {
    case JointType::kFree: return 7;
    case JointType::kBall: return 4;
    case JointType::kRevolute:
    case JointType::kSlide:
    case JointType::kCustom: return 1;
    case JointType::kWeld: return 0;
  }
  return 0;
}

Model::Model(CharacterDescription description) : description_(std::move(description)) {
  checkBodies();
  checkMasses();
  checkContacts();
  checkMuscles();
  layOut();
  findClusters();
  checkPaths(description_, positionOfDof_);
  resolve(double_);
  resolve(single_);
  double_.totalMass = single_.totalMass = totalMass_;
  for (const Muscle<double>& muscle : double_.muscles) {
    int drawn = muscle.nodeBegin == muscle.nodeEnd ? muscle.pointEnd - muscle.pointBegin : 0;
    for (int n = muscle.nodeBegin; n < muscle.nodeEnd; ++n) drawn += drawnPoints(double_.pathNodes[n]);
    pathOffsets_.push_back(pathOffsets_.back() + drawn);
  }
  resolveMuscles();
}

void Model::checkBodies() const {
  if (description_.bodies.empty()) fail("bodies: a character needs at least one body");
  for (std::size_t i = 0; i < description_.bodies.size(); ++i) {
    const BodyDescription& body = description_.bodies[i];
    const std::string where = "body '" + body.name + "': ";
    if (body.parent >= static_cast<int>(i)) fail(where + "its parent must come before it");
    if ((body.parent < 0) != (i == 0)) fail(where + "only the first body, the root, must have the world as its parent");
    if (body.joint.type == JointType::kFree && i != 0) fail(where + "only the root can have a free joint");
    if (!(body.mass >= 0) || !std::isfinite(body.mass)) fail(where + "mass must be finite and not negative");
    if (!finite(body.com) || !finite(body.joint.position)) fail(where + "com and joint position must be finite");
    const std::size_t dofs = dofsOf(body.joint.type);
    if (!body.joint.lower.empty() && (body.joint.lower.size() != dofs || body.joint.upper.size() != dofs))
      fail(where + "limits need one value for each dof");
    checkJoint(static_cast<int>(i), where);
  }
}

void Model::checkContacts() const {
  if (!description_.contact.hertz) return;
  const HertzContact& law = *description_.contact.hertz;
  const double notNegative[] = {law.dissipation, law.viscousFriction, law.constantForce, law.hertzSmoothing, law.dampingSmoothing};
  const auto wrong = [](double x) { return !(x >= 0) || !std::isfinite(x); };
  if (!(law.modulus > 0) || !std::isfinite(law.modulus) || !(law.transitionVelocity > 0) || !std::isfinite(law.stiction) ||
      std::any_of(std::begin(notNegative), std::end(notNegative), wrong) || (law.smooth && !(law.constantForce > 0)))
    fail("contact.law: its numbers must be finite and not negative, modulus, transition_velocity and constant_force positive");
  for (const BodyDescription& body : description_.bodies) {
    const auto flat = [](const ContactDescription& contact) { return !(contact.radius > 0); };
    if (!body.contactBoxes.empty() || std::any_of(body.contacts.begin(), body.contacts.end(), flat))
      fail("body '" + body.name + "': the contact law of Hunt and Crossley is for spheres with a radius");
  }
}

void Model::checkMuscles() const {
  for (const MuscleDescription& muscle : description_.muscles) {
    const std::string where = "muscle '" + muscle.name + "': ";
    if (muscle.path.size() < 2) fail(where + "a path needs at least two points");
    if (muscle.path.size() > kMaxPathPoints) fail(where + "a path has at most " + std::to_string(kMaxPathPoints) + " points");
    if (!(muscle.maxIsometricForce >= 0) || !std::isfinite(muscle.maxIsometricForce) || !(muscle.optimalFibreLength > 0))
      fail(where + "max_isometric_force must be finite and not negative, and optimal_fibre_length positive");
    const MujocoCurves& curves = muscle.mujoco;
    if (!(curves.shortest < 1 && curves.longest > 1 && curves.maxVelocity > 0 && curves.passiveForce >= 0 && curves.lengtheningForce >= 1))
      fail(where + "MuJoCo's curves need shortest < 1 < longest, max_velocity > 0, passive_force >= 0 and lengthening_force >= 1");
    if (!(curves.passiveLongest > 1 && curves.passiveScale > 0 && std::isfinite(curves.passiveOffset)))
      fail(where + "MuJoCo's passive force needs passive_longest > 1, passive_scale > 0 and a finite passive_offset");
    if (muscle.curves == CurveType::kTabulated) checkLaw(muscle.law, where.c_str());
    if (muscle.elasticTendon && (muscle.curves != CurveType::kTabulated || !(muscle.tendonSlackLength > 0)))
      fail(where + "an elastic tendon needs a positive tendon_slack_length and curves of Millard, Thelen or De Groote");
    for (const PathPoint& point : muscle.path) {
      if (point.empty()) fail(where + "a path point needs a body");
      if (point.size() > kMaxMuscleBodies) fail(where + "a path point blends too many bodies");
      for (const Attachment& attachment : point) {
        if (attachment.body < 0 || attachment.body >= numBodies()) fail(where + "a path point refers to a body that does not exist");
        if (!finite(attachment.position) || !std::isfinite(attachment.weight)) fail(where + "path points must be finite");
      }
    }
  }
}

void Model::layOut() {
  for (const BodyDescription& body : description_.bodies) {
    positionIndex_.push_back(numPositions_);
    dofIndex_.push_back(numDofs_);
    totalMass_ += body.mass;
    if (body.joint.coordinateOf >= 0) continue;
    numPositions_ += positionsOf(body.joint.type);
    numDofs_ += dofsOf(body.joint.type);
    for (int k = 0; k < dofsOf(body.joint.type); ++k)
      positionOfDof_.push_back(positionsOf(body.joint.type) == 1 ? positionIndex_.back() : -1);
  }
  for (int i = 0; i < numBodies(); ++i) {
    const int owner = description_.bodies[i].joint.coordinateOf;
    if (owner < 0) continue;
    positionIndex_[i] = positionIndex_[owner];
    dofIndex_[i] = dofIndex_[owner];
  }
  numScrews_ = static_cast<int>(std::count_if(description_.bodies.begin(), description_.bodies.end(),
                                              [](const BodyDescription& body) { return body.joint.type == JointType::kCustom; }));
  numElastic_ = static_cast<int>(std::count_if(description_.muscles.begin(), description_.muscles.end(),
                                               [](const MuscleDescription& muscle) { return muscle.elasticTendon; }));
  numRootDofs_ = description_.bodies[0].joint.type == JointType::kFree ? 6 : 0;
}

template <class T>
void Model::resolve(Constants<T>& out) const {
  for (int i = 0; i < numBodies(); ++i) {
    const BodyDescription& d = description_.bodies[i];
    Body<T> body{};
    body.parent = d.parent;
    body.type = d.joint.type;
    body.positionIndex = positionIndex_[i];
    body.dofIndex = dofIndex_[i];
    body.dofs = d.joint.coordinateOf < 0 ? dofsOf(d.joint.type) : 0;
    body.massless = massless_[i];
    body.orientation = cast<T>(rotationMatrix(normalized(d.joint.orientation)));
    body.identityOrientation = d.joint.orientation.x == 0 && d.joint.orientation.y == 0 && d.joint.orientation.z == 0;
    body.position = cast<T>(d.joint.position);
    body.axis = cast<T>(d.joint.axis);
    body.mass = static_cast<T>(d.mass);
    body.firstMoment = cast<T>(d.com * d.mass);
    const Vec3<double>& c = d.com;
    Sym3<double> atOrigin = d.inertia;  // parallel axes
    atOrigin.xx += d.mass * (c.y * c.y + c.z * c.z);
    atOrigin.yy += d.mass * (c.x * c.x + c.z * c.z);
    atOrigin.zz += d.mass * (c.x * c.x + c.y * c.y);
    atOrigin.xy -= d.mass * c.x * c.y;
    atOrigin.xz -= d.mass * c.x * c.z;
    atOrigin.yz -= d.mass * c.y * c.z;
    body.inertia = cast<T>(atOrigin);
    for (int k = 0; k < 3; ++k) {
      body.kp[k] = static_cast<T>(d.joint.kp[k]);
      body.kv[k] = static_cast<T>(d.joint.kv[k]);
      body.damping[k] = static_cast<T>(d.joint.damping[k]);
      body.stiffness[k] = static_cast<T>(d.joint.stiffness[k]);
      body.rest[k] = static_cast<T>(d.joint.rest[k]);
      body.armature[k] = static_cast<T>(d.joint.armature[k]);
      body.hasArmature = body.hasArmature || (d.joint.armature[k] > 0 && k < body.dofs);
      body.sprung = body.sprung || (d.joint.stiffness[k] > 0 && d.joint.type != JointType::kFree);
    }
    body.ownLimits = d.joint.limit.has_value() && !d.joint.lower.empty();
    body.limited = !d.joint.lower.empty() && d.joint.type != JointType::kFree && !body.ownLimits;
    for (std::size_t k = 0; (body.limited || body.ownLimits) && k < d.joint.lower.size(); ++k) {
      body.lower[k] = static_cast<T>(d.joint.lower[k]);
      body.upper[k] = static_cast<T>(d.joint.upper[k]);
    }
    for (int k = 0; body.ownLimits && k < 2; ++k) {
      body.limitStiffness[k] = static_cast<T>(d.joint.limit->stiffness[k]);
      body.limitDamping[k] = static_cast<T>(d.joint.limit->damping[k]);
    }
    out.bodies.push_back(body);
    if (body.type == JointType::kCustom) resolveElements(i, out);
    for (const ContactDescription& contact : d.contacts)
      out.contacts.push_back({i, cast<T>(contact.position), static_cast<T>(contact.radius)});
    for (const ContactBoxDescription& box : d.contactBoxes)
      for (int k = 0; k < ContactBoxDescription::kCorners; ++k) out.contacts.push_back({i, cast<T>(box.corner(k)), T(0)});
  }
  const MuscleLaw& law = description_.muscleLaw;
  const T exponent = static_cast<T>(law.passiveExponent), strain = static_cast<T>(law.passiveStrain);
  const T denominator = static_cast<T>(std::expm1(law.passiveExponent));
  out.hill = {T(1) / static_cast<T>(law.forceLengthWidth),
              exponent / strain,
              T(1) / denominator,
              exponent / (strain * denominator),
              static_cast<T>(passiveCap(law)),
              static_cast<T>(1 / law.maxVelocity),
              law.forceVelocity,
              law.constantWidth};
  out.anchorForceOnFirstBody = description_.anchorForce == AnchorForce::kFirstBody;
  out.attachmentOffsets.push_back(0);
  for (const MuscleDescription& d : description_.muscles) {
    Muscle<T> muscle{};
    muscle.pointBegin = static_cast<int>(out.attachmentOffsets.size()) - 1;
    muscle.bodyBegin = static_cast<int>(out.touchedBodies.size());
    const auto slotOf = [&](int body) {
      const auto begin = out.touchedBodies.begin() + muscle.bodyBegin;
      const int index = static_cast<int>(std::find(begin, out.touchedBodies.end(), body) - begin);
      if (index == static_cast<int>(out.touchedBodies.end() - begin)) out.touchedBodies.push_back(body);
      if (index >= kMaxMuscleBodies) fail("muscle '" + d.name + "': touches too many bodies");
      return index;
    };
    for (const PathPoint& point : d.path) {
      for (const Attachment& attachment : point)
        out.attachments.push_back({slotOf(attachment.body), static_cast<T>(attachment.weight), cast<T>(attachment.position)});
      out.attachmentOffsets.push_back(static_cast<int>(out.attachments.size()));
    }
    for (const PathWrap& wrap : d.wraps) slotOf(description_.wraps[wrap.wrap].body);
    muscle.pointEnd = static_cast<int>(out.attachmentOffsets.size()) - 1;
    muscle.bodyEnd = static_cast<int>(out.touchedBodies.size());
    muscle.maxForce = static_cast<T>(d.maxIsometricForce);
    muscle.optimalLength = static_cast<T>(d.optimalFibreLength);
    muscle.tendonSlackLength = static_cast<T>(d.tendonSlackLength);
    muscle.cosPennation = static_cast<T>(std::cos(d.pennation));
    muscle.width = static_cast<T>(d.optimalFibreLength * std::sin(d.pennation));
    muscle.curves = d.curves;
    muscle.activationTimes = d.activation.value_or(description_.activationDynamics);
    if (d.curves == CurveType::kMujoco) {
      muscle.curveIndex = static_cast<int>(out.mujocoCurves.size());
      out.mujocoCurves.push_back({static_cast<T>(d.mujoco.shortest), static_cast<T>(d.mujoco.longest),
                                  static_cast<T>(1 / d.mujoco.maxVelocity), static_cast<T>(d.mujoco.passiveForce),
                                  static_cast<T>(std::max(d.mujoco.lengtheningForce, 1 + 1e-6)), static_cast<T>(d.mujoco.passiveLongest),
                                  static_cast<T>(d.mujoco.passiveScale), static_cast<T>(d.mujoco.passiveOffset)});
    }
    out.muscles.push_back(muscle);
  }
  resolveLaws(out);
  resolveNodes(description_, positionOfDof_, out);
}

// Muscles with equal laws share their tables.
template <class T>
void Model::resolveLaws(Constants<T>& out) const {
  std::vector<const LawDescription*> known;
  int elastic = 0;
  for (int m = 0; m < numMuscles(); ++m) {
    const MuscleDescription& d = description_.muscles[m];
    if (d.elasticTendon) out.muscles[m].elasticIndex = elastic++;
    if (d.curves != CurveType::kTabulated) continue;
    const auto same = std::find_if(known.begin(), known.end(), [&](const LawDescription* law) { return *law == d.law; });
    out.muscles[m].curveIndex = static_cast<int>(same - known.begin());
    if (same != known.end()) continue;
    known.push_back(&d.law);
    out.laws.push_back(resolveLaw<T>(d.law));
  }
}

void Model::resolveMuscles() {
  const auto carriedBy = [&](int body, int joint) {
    for (int b = body; b >= 0; b = description_.bodies[b].parent)
      if (b == joint) return true;
    return false;
  };
  muscleDrivenDofs_.assign(numDofs_, false);
  entriesOfDof_.assign(numDofs_, {});
  for (int m = 0; m < numMuscles(); ++m) {
    Muscle<double>& muscle = double_.muscles[m];
    muscle.jointBegin = static_cast<int>(double_.spannedJoints.size());
    const int touched = muscle.bodyEnd - muscle.bodyBegin;
    for (int joint = 0; joint < numBodies(); ++joint) {
      const JointType type = description_.bodies[joint].joint.type;
      if (dofsOf(type) == 0) continue;
      unsigned slots = 0;
      int carried = 0;
      for (int k = 0; k < touched; ++k) {
        if (!carriedBy(double_.touchedBodies[muscle.bodyBegin + k], joint)) continue;
        slots |= 1u << k;
        ++carried;
      }
      // A joint that carries all of the muscle's bodies, or none, is not spanned: the forces within it cancel. One that moves a point is.
      const auto moves = [&](const PointMotion& motion) {
        return motion.dof >= dofIndex_[joint] && motion.dof < dofIndex_[joint] + dofsOf(type);
      };
      const std::vector<PointMotion>& motions = description_.muscles[m].motions;
      if ((carried == 0 || carried == touched) && std::none_of(motions.begin(), motions.end(), moves)) continue;
      const auto shares = [&](const SpannedJoint& before) { return before.dofIndex == dofIndex_[joint]; };
      const auto before = std::find_if(double_.spannedJoints.begin() + muscle.jointBegin, double_.spannedJoints.end(), shares);
      const bool adds = before != double_.spannedJoints.end();
      double_.spannedJoints.push_back({joint, type, adds ? before->entry : numEntries(), adds, dofIndex_[joint], slots, 0, 0});
      if (adds) continue;
      for (int k = 0; k < dofsOf(type); ++k) {
        entriesOfDof_[dofIndex_[joint] + k].push_back(numEntries());
        muscleOfEntry_.push_back(m);
        dofOfEntry_.push_back(dofIndex_[joint] + k);
        muscleDrivenDofs_[dofIndex_[joint] + k] = true;
      }
    }
    muscle.jointEnd = static_cast<int>(double_.spannedJoints.size());
    single_.muscles[m].jointBegin = muscle.jointBegin;
    single_.muscles[m].jointEnd = muscle.jointEnd;
  }
  single_.spannedJoints = double_.spannedJoints;
  resolveSegments(double_);
  resolveSegments(single_);
  connectNodes(double_);
  connectNodes(single_);
}

template <>
const Constants<double>& Model::constants<double>() const {
  return double_;
}
template <>
const Constants<float>& Model::constants<float>() const {
  return single_;
}

void Model::toInternal(const double* generalised, double* internal) const {
  for (int i = 0; i < numBodies(); ++i) {
    const double* g = generalised + dofIndex_[i];
    double* p = internal + positionIndex_[i];
    const JointType type = description_.bodies[i].joint.type;
    if (positionsOf(type) == 1) p[0] = g[0];
    if (type == JointType::kFree || type == JointType::kBall) {
      const Quat<double> q = exponentialMap(Vec3<double>{g[0], g[1], g[2]});
      p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
    }
    if (type == JointType::kFree) std::copy(g + 3, g + 6, p + 4);
  }
}

void Model::toGeneralised(const double* internal, double* generalised) const {
  for (int i = 0; i < numBodies(); ++i) {
    const double* p = internal + positionIndex_[i];
    double* g = generalised + dofIndex_[i];
    const JointType type = description_.bodies[i].joint.type;
    if (positionsOf(type) == 1) g[0] = p[0];
    if (type == JointType::kFree || type == JointType::kBall) {
      const Vec3<double> r = logarithmMap(Quat<double>{p[0], p[1], p[2], p[3]});
      g[0] = r.x, g[1] = r.y, g[2] = r.z;
    }
    if (type == JointType::kFree) std::copy(p + 4, p + 7, g + 3);
  }
}

}  // namespace muscle::model
