#include "model/variation.hpp"

#include "muscle/wrapped_path.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace muscle::model {
namespace {

double determinant(const Mat3<double>& a) {
  return a.m[0] * (a.m[4] * a.m[8] - a.m[5] * a.m[7]) - a.m[1] * (a.m[3] * a.m[8] - a.m[5] * a.m[6]) +
         a.m[2] * (a.m[3] * a.m[7] - a.m[4] * a.m[6]);
}

// An inertia about the origin after a linear map of all points and a factor on the mass: that of the second moments of mass, the
// integrals of x x^T.
Sym3<double> stretched(const Sym3<double>& inertia, const Mat3<double>& stretch, double mass) {
  const double half = 0.5 * (inertia.xx + inertia.yy + inertia.zz);
  const Mat3<double> second{{half - inertia.xx, -inertia.xy, -inertia.xz, -inertia.xy, half - inertia.yy, -inertia.yz, -inertia.xz,
                             -inertia.yz, half - inertia.zz}};
  Mat3<double> moved = stretch * second * transpose(stretch);
  for (double& m : moved.m) m *= mass;
  const double trace = moved.m[0] + moved.m[4] + moved.m[8];
  return {trace - moved.m[0], trace - moved.m[4], trace - moved.m[8], -moved.m[1], -moved.m[2], -moved.m[5]};
}

struct ZeroPose {
  const std::vector<BodyFrame>& frames;

  const Mat3<double>& rotation(int body) const { return frames[body].rotation; }
  const Vec3<double>& origin(int body) const { return frames[body].origin; }
  double coordinate(int) const { return 0; }
};

}  // namespace

Variation::Variation(const Model& model)
    : strength(model.numMuscles(), 1),
      fibreLength(strength),
      tendonSlack(strength),
      length(model.numBodies(), 1),
      mass(length),
      stiffness(length),
      limits(length),
      torsion(model.numBodies(), 0) {}

void Variation::clear() {
  for (std::vector<double>* factors : {&strength, &fibreLength, &tendonSlack, &length, &mass, &stiffness, &limits})
    std::fill(factors->begin(), factors->end(), 1.0);
  std::fill(torsion.begin(), torsion.end(), 0.0);
  loads.clear();
  height = 1;
}

BodyBuilder::BodyBuilder(std::shared_ptr<const Model> model)
    : model_(std::move(model)), base_(model_->constants<double>()), stretches_(model_->numBodies()), frames_(model_->numBodies()) {
  for (const Body<double>& body : base_.bodies) {
    if (body.moves()) {
      const std::string& name = model_->description().bodies[&body - base_.bodies.data()].name;
      throw std::invalid_argument("parameters: bodies, gravity and ground cannot be varied, as body '" + name +
                                  "' has a slide or custom joint");
    }
    const Vec3<double> com = body.centerOfMass();
    const double distance = norm(com);
    axes_.push_back(distance > 1e-3 ? com * (1 / distance) : Vec3<double>{0, 1, 0});
  }
  spans_.resize(axes_.size());
  torsion_.resize(axes_.size());
  for (const Body<double>& body : base_.bodies)
    if (body.parent >= 0) spans_[body.parent] = std::max(spans_[body.parent], dot(axes_[body.parent], body.position));
  for (const BodyDescription& body : model_->description().bodies) {
    for (const ContactDescription& contact : body.contacts) boxCenters_.push_back(contact.position);
    for (const ContactBoxDescription& box : body.contactBoxes)
      boxCenters_.insert(boxCenters_.end(), ContactBoxDescription::kCorners, box.position);
  }
  placeFrames(base_, frames_);
  for (const Muscle<double>& muscle : base_.muscles) pathLengths_.push_back(pathLength(base_, muscle, frames_));
  baseHeight_ = heightOf(base_, frames_);
}

void BodyBuilder::build(const Variation& variation, Constants<double>& out) {
  stretchBodies(variation, out);
  addLoads(variation, out);
  placeFrames(out, frames_);
  rootHeight_ = base_.contacts.empty() ? 1 : heightOf(out, frames_) / baseHeight_;
  scaleMuscles(variation, out);
}

void BodyBuilder::stretchBodies(const Variation& variation, Constants<double>& out) {
  out.totalMass = 0;
  for (std::size_t i = 0; i < base_.bodies.size(); ++i) {
    const Body<double>& from = base_.bodies[i];
    Body<double>& to = out.bodies[i];
    const Vec3<double>& a = axes_[i];
    const double h = variation.height, longer = h * (variation.length[i] - 1);
    stretches_[i] = {{h + longer * a.x * a.x, longer * a.x * a.y, longer * a.x * a.z, longer * a.y * a.x, h + longer * a.y * a.y,
                      longer * a.y * a.z, longer * a.z * a.x, longer * a.z * a.y, h + longer * a.z * a.z}};
    torsion_[i] = variation.torsion[i];
    const double mass = determinant(stretches_[i]) * variation.mass[i];
    if (from.parent >= 0) {
      to.position = moved(from.parent, from.position);
      to.identityOrientation = from.identityOrientation && torsion_[from.parent] == 0;
      to.orientation = torsion_[from.parent] == 0 ? from.orientation : turn(from.parent, from.position) * from.orientation;
    }
    to.mass = from.mass * mass;
    out.totalMass += to.mass;
    to.firstMoment = stretches_[i] * (from.firstMoment * mass);
    to.inertia = mass == 1 && h == 1 && longer == 0 ? from.inertia : stretched(from.inertia, stretches_[i], mass);
    for (int k = 0; k < 3; ++k) {
      to.stiffness[k] = from.stiffness[k] * variation.stiffness[i];
      const double middle = 0.5 * (from.lower[k] + from.upper[k]);
      to.lower[k] = variation.limits[i] == 1 ? from.lower[k] : middle + (from.lower[k] - middle) * variation.limits[i];
      to.upper[k] = variation.limits[i] == 1 ? from.upper[k] : middle + (from.upper[k] - middle) * variation.limits[i];
    }
  }
  for (std::size_t c = 0; c < base_.contacts.size(); ++c) {
    const Contact<double>& from = base_.contacts[c];
    const Vec3<double> corner = (from.position - boxCenters_[c]) * variation.height;
    out.contacts[c].position = moved(from.body, boxCenters_[c]) + turn(from.body, boxCenters_[c]) * corner;
    out.contacts[c].radius = from.radius * variation.height;
  }
}

Mat3<double> BodyBuilder::turn(int body, const Vec3<double>& point) const {
  const Vec3<double>& axis = axes_[body];
  const double share = spans_[body] > 0 ? std::clamp(dot(axis, point) / spans_[body], 0.0, 1.0) : 0;
  const double angle = (axis.y < 0 ? -1 : 1) * torsion_[body] * share;
  return rotationMatrix(exponentialMap(axis * angle));
}

void BodyBuilder::addLoads(const Variation& variation, Constants<double>& out) const {
  for (const Variation::Load& load : variation.loads) {
    Body<double>& body = out.bodies[load.body];
    const Vec3<double> p = moved(load.body, load.point);
    const double m = load.mass;
    body.mass += m;
    out.totalMass += m;
    body.firstMoment += p * m;
    body.inertia.xx += m * (p.y * p.y + p.z * p.z);
    body.inertia.yy += m * (p.x * p.x + p.z * p.z);
    body.inertia.zz += m * (p.x * p.x + p.y * p.y);
    body.inertia.xy -= m * p.x * p.y;
    body.inertia.xz -= m * p.x * p.z;
    body.inertia.yz -= m * p.y * p.z;
  }
}

void BodyBuilder::placeFrames(const Constants<double>& constants, std::vector<BodyFrame>& frames) const {
  for (std::size_t i = 0; i < constants.bodies.size(); ++i) {
    const Body<double>& body = constants.bodies[i];
    if (body.parent < 0) {
      frames[i] = {body.orientation, body.position};
    } else {
      const BodyFrame& parent = frames[body.parent];
      frames[i] = {parent.rotation * body.orientation, parent.origin + parent.rotation * body.position};
    }
  }
}

double BodyBuilder::heightOf(const Constants<double>& constants, const std::vector<BodyFrame>& frames) const {
  double lowest = std::numeric_limits<double>::infinity();
  for (const Contact<double>& contact : constants.contacts) {
    const BodyFrame& frame = frames[contact.body];
    lowest = std::min(lowest, (frame.origin + frame.rotation * contact.position).y - contact.radius);
  }
  return frames[0].origin.y - lowest;
}

double BodyBuilder::pathLength(const Constants<double>& constants, const Muscle<double>& muscle,
                               const std::vector<BodyFrame>& frames) const {
  if (muscle.nodeBegin != muscle.nodeEnd) return muscle::pathLength<double>(constants, muscle, ZeroPose{frames});
  double length = 0;
  Vec3<double> before{};
  for (int p = muscle.pointBegin; p < muscle.pointEnd; ++p) {
    Vec3<double> point{};
    for (int a = constants.attachmentOffsets[p]; a < constants.attachmentOffsets[p + 1]; ++a) {
      const PathAttachment<double>& attachment = constants.attachments[a];
      const BodyFrame& frame = frames[constants.touchedBodies[muscle.bodyBegin + attachment.slot]];
      point += (frame.origin + frame.rotation * attachment.position) * attachment.weight;
    }
    if (p > muscle.pointBegin) length += norm(point - before);
    before = point;
  }
  return length;
}

void BodyBuilder::moveNodes(double height, Constants<double>& out) const {
  for (std::size_t n = 0; n < base_.pathNodes.size(); ++n) {
    const PathNode<double>& from = base_.pathNodes[n];
    PathNode<double>& to = out.pathNodes[n];
    const Mat3<double> turned = turn(from.body, from.position);
    to.position = moved(from.body, from.position);
    to.axis = turned * from.axis;
    to.side = turned * from.side;
    to.radius = from.radius * height;
    for (int m = from.motionBegin; m < from.motionEnd; ++m)
      out.pathMotions[m].direction = turned * (stretches_[from.body] * base_.pathMotions[m].direction);
  }
  for (std::size_t m = 0; m < base_.muscles.size(); ++m) {
    Muscle<double>& to = out.muscles[m];
    if (to.nodeBegin != to.nodeEnd) to.rigidLength = rigidLength(out.pathNodes.data() + to.nodeBegin, to.nodeEnd - to.nodeBegin);
  }
}

void BodyBuilder::scaleMuscles(const Variation& variation, Constants<double>& out) {
  moveNodes(variation.height, out);
  for (std::size_t m = 0; m < base_.muscles.size(); ++m) {
    const Muscle<double>& from = base_.muscles[m];
    Muscle<double>& to = out.muscles[m];
    for (int a = base_.attachmentOffsets[from.pointBegin]; a < base_.attachmentOffsets[from.pointEnd]; ++a) {
      const PathAttachment<double>& attachment = base_.attachments[a];
      out.attachments[a].position = moved(base_.touchedBodies[from.bodyBegin + attachment.slot], attachment.position);
    }
    const double growth = pathLength(out, to, frames_) / pathLengths_[m];
    const double fibre = growth * variation.fibreLength[m];
    to.maxForce = from.maxForce * variation.strength[m];
    to.optimalLength = from.optimalLength * fibre;
    to.width = from.width * fibre;
    to.tendonSlackLength = from.tendonSlackLength * growth * variation.tendonSlack[m];
  }
  placeSegments(out);
}

}  // namespace muscle::model
