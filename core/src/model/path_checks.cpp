// What a path of points and wraps must be so that it can be simulated.
#include <algorithm>
#include <stdexcept>

#include "model/model.hpp"

namespace muscle::model {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::invalid_argument(what); }

bool finite(const Vec3<double>& v) { return std::isfinite(v.x) && std::isfinite(v.y) && std::isfinite(v.z); }

bool finite(const FunctionDescription& f) {
  using Power = FunctionDescription::TruncatedPower;
  return std::all_of(f.polynomial.begin(), f.polynomial.end(), [](double v) { return std::isfinite(v); }) &&
         std::all_of(f.powers.begin(), f.powers.end(), [](const Power& p) { return std::isfinite(p.knot) && std::isfinite(p.weight); });
}

void checkWrap(const WrapDescription& wrap, int bodies) {
  const std::string where = "wrap '" + wrap.name + "': ";
  const Quat<double>& q = wrap.orientation;
  const double size = q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z;
  if (wrap.body < 0 || wrap.body >= bodies) fail(where + "refers to a body that does not exist");
  if (!(wrap.radius > 0) || !std::isfinite(wrap.radius)) fail(where + "radius must be positive and finite");
  if (!finite(wrap.position) || !(size > 0) || !std::isfinite(size)) fail(where + "position and orientation must be finite");
}

// A side must not lie along a cylinder's axis, which is z.
bool hasSide(const WrapDescription& wrap, const Vec3<double>& side) {
  const double along = wrap.type == WrapType::kSphere ? side.z : 0;
  const double size = side.x * side.x + side.y * side.y + along * along;
  return finite(side) && size > 1e-24;
}

void checkWraps(const CharacterDescription& description, const MuscleDescription& muscle, const std::string& where) {
  const int points = static_cast<int>(muscle.path.size());
  int last = 0;
  for (const PathWrap& wrap : muscle.wraps) {
    if (wrap.wrap < 0 || wrap.wrap >= static_cast<int>(description.wraps.size()))
      fail(where + "a path refers to a wrap that does not exist");
    if (wrap.after < 0 || wrap.after + 1 >= points) fail(where + "a wrap must lie between two points of the path");
    if (wrap.after < last) fail(where + "wraps must be in the order of the path");
    last = wrap.after;
    const WrapDescription& surface = description.wraps[wrap.wrap];
    if (wrap.sided && !hasSide(surface, wrap.side)) fail(where + "the side of wrap '" + surface.name + "' has no direction across it");
    for (const Pulley& pulley : muscle.pulleys)
      if (pulley.before == wrap.after + 1) fail(where + "a wrap must not lie next to a pulley");
  }
}

void checkCoordinate(int dof, const std::vector<int>& positionOfDof, const std::string& where) {
  if (dof < 0 || dof >= static_cast<int>(positionOfDof.size())) fail(where + "a path refers to a coordinate that does not exist");
  if (positionOfDof[dof] < 0) fail(where + "a point can only depend on the angle of a joint with one dof");
}

void checkPoints(const MuscleDescription& muscle, const std::vector<int>& positionOfDof, const std::string& where) {
  const int points = static_cast<int>(muscle.path.size());
  for (const PointRange& range : muscle.conditions) {
    checkCoordinate(range.dof, positionOfDof, where);
    if (range.point <= 0 || range.point + 1 >= points) fail(where + "the first and the last point of a path cannot be conditional");
    if (!(range.lower < range.upper)) fail(where + "a conditional point's range must have its lower end below its upper one");
    for (const Pulley& pulley : muscle.pulleys)
      if (pulley.before == range.point || pulley.before == range.point + 1) fail(where + "a point next to a pulley cannot be conditional");
  }
  for (const PointMotion& motion : muscle.motions) {
    checkCoordinate(motion.dof, positionOfDof, where);
    if (motion.point < 0 || motion.point >= points || motion.axis < 0 || motion.axis > 2) fail(where + "a moving point does not exist");
    if (!(motion.lower < motion.upper)) fail(where + "a moving point's range must have its lower end below its upper one");
    if (!finite(motion.function)) fail(where + "a moving point's function must be finite");
  }
  for (const Pulley& pulley : muscle.pulleys) {
    if (!(pulley.divisor > 0) || !std::isfinite(pulley.divisor)) fail(where + "a pulley's divisor must be positive");
    if (pulley.before < 0 || pulley.before >= points) fail(where + "a pulley must lie before a point of the path");
  }
}

}  // namespace

bool isChain(const MuscleDescription& muscle) {
  return !(muscle.wraps.empty() && muscle.conditions.empty() && muscle.motions.empty() && muscle.pulleys.empty());
}

void checkPaths(const CharacterDescription& description, const std::vector<int>& positionOfDof) {
  for (const WrapDescription& wrap : description.wraps) checkWrap(wrap, static_cast<int>(description.bodies.size()));
  for (const MuscleDescription& muscle : description.muscles) {
    if (!isChain(muscle)) continue;
    const std::string where = "muscle '" + muscle.name + "': ";
    if (muscle.path.size() + muscle.wraps.size() > kMaxPathPoints)
      fail(where + "a path has at most " + std::to_string(kMaxPathPoints) + " points and wraps");
    for (const PathPoint& point : muscle.path)
      if (point.size() != 1) fail(where + "blended points cannot be combined with wraps, conditional or moving points, or pulleys");
    checkWraps(description, muscle, where);
    checkPoints(muscle, positionOfDof, where);
  }
}

}  // namespace muscle::model
