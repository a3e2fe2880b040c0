#include "bindings/read_muscle.hpp"

#include <pybind11/stl.h>

#include <map>

#include "bindings/attributes.hpp"

namespace muscle::bindings {
namespace {

using namespace model;
using Indices = std::map<std::string, int>;

int indexOf(const Indices& indices, const std::string& name, const char* what) {
  const auto found = indices.find(name);
  if (found == indices.end()) throw py::value_error(std::string("no ") + what + " is named '" + name + "'");
  return found->second;
}

// Of all dofs, in the order of the bodies.
Indices dofIndices(const py::handle& character) {
  Indices indices;
  int dofs = 0;
  for (const py::handle body : character.attr("bodies"))
    for (const std::string& name : get<std::vector<std::string>>(body.attr("joint"), "dof_names")) indices[name] = dofs++;
  return indices;
}

WrapDescription readWrap(const py::handle& wrap) {
  WrapDescription d;
  d.name = get<std::string>(wrap, "name");
  const std::string type = get<std::string>(wrap, "type");
  if (type != "cylinder" && type != "sphere") throw py::value_error("wrap '" + d.name + "': type '" + type + "' is not cylinder or sphere");
  d.type = type == "cylinder" ? WrapType::kCylinder : WrapType::kSphere;
  d.body = get<int>(wrap, "body");
  d.position = vector3(wrap.attr("position"));
  d.orientation = quaternion(wrap.attr("orientation"));
  d.radius = get<double>(wrap, "radius");
  return d;
}

PathPoint readPoint(const py::handle& point) {
  PathPoint attachments;
  for (const py::handle attachment : point)
    attachments.push_back({get<int>(attachment, "body"), get<double>(attachment, "weight"), vector3(attachment.attr("position"))});
  return attachments;
}

PathWrap readPathWrap(const py::handle& wrap, const Indices& wraps) {
  PathWrap d;
  d.after = get<int>(wrap, "after");
  d.wrap = indexOf(wraps, get<std::string>(wrap, "wrap"), "wrap");
  d.sided = !wrap.attr("side").is_none();
  if (d.sided) d.side = vector3(wrap.attr("side"));
  d.byChord = get<bool>(wrap, "by_chord");
  d.inside = get<bool>(wrap, "inside");
  return d;
}

CurveDescription readCurve(const py::handle& curve) {
  CurveDescription d;
  d.breaks = numbers(curve.attr("breaks"));
  const auto rows = curve.attr("coefficients").cast<std::vector<std::vector<double>>>();
  if (rows.size() != d.coefficients.size()) throw py::value_error("a curve's coefficients have six rows");
  std::copy(rows.begin(), rows.end(), d.coefficients.begin());
  return d;
}

LawDescription readLaw(const py::handle& law) {
  LawDescription d;
  d.active = readCurve(law.attr("active"));
  d.velocity = readCurve(law.attr("velocity"));
  d.passive = readCurve(law.attr("passive"));
  d.tendon = readCurve(law.attr("tendon"));
  d.maxVelocity = get<double>(law, "max_velocity");
  d.damping = get<double>(law, "damping");
  d.speedAtRest = get<double>(law, "speed_at_rest");
  d.shortest = get<double>(law, "shortest");
  d.pullsOnly = get<bool>(law, "pulls_only");
  return d;
}

MuscleDescription readMuscle(const py::handle& muscle, const Indices& wraps, const Indices& dofs) {
  MuscleDescription d;
  d.name = get<std::string>(muscle, "name");
  d.maxIsometricForce = get<double>(muscle, "max_isometric_force");
  d.optimalFibreLength = get<double>(muscle, "optimal_fibre_length");
  d.tendonSlackLength = get<double>(muscle, "tendon_slack_length");
  d.pennation = get<double>(muscle, "pennation");
  const py::object curves = muscle.attr("curves"), activation = muscle.attr("activation_dynamics");
  const py::object law = muscle.attr("law_tables");
  d.elasticTendon = get<std::string>(muscle, "tendon") == "elastic";
  if (!law.is_none()) {
    d.curves = CurveType::kTabulated;
    d.law = readLaw(law);
  } else if (!curves.is_none()) {
    d.curves = CurveType::kMujoco;
    d.mujoco = {get<double>(curves, "shortest"),
                get<double>(curves, "longest"),
                get<double>(curves, "max_velocity"),
                get<double>(curves, "passive_force"),
                get<double>(curves, "lengthening_force"),
                get<double>(curves, curves.attr("passive_longest").is_none() ? "longest" : "passive_longest"),
                get<double>(curves, "passive_scale"),
                get<double>(curves, "passive_offset")};
  }
  if (!activation.is_none()) d.activation = readActivation(activation);
  for (const py::handle point : muscle.attr("path")) d.path.push_back(readPoint(point));
  for (const py::handle wrap : muscle.attr("wraps")) d.wraps.push_back(readPathWrap(wrap, wraps));
  const auto dofOf = [&](const py::handle& object) { return indexOf(dofs, get<std::string>(object, "coordinate"), "coordinate"); };
  for (const py::handle range : muscle.attr("conditions"))
    d.conditions.push_back({get<int>(range, "point"), dofOf(range), get<double>(range, "lower"), get<double>(range, "upper")});
  for (const py::handle motion : muscle.attr("motions"))
    d.motions.push_back({get<int>(motion, "point"), get<int>(motion, "axis"), dofOf(motion), readFunction(motion.attr("function")),
                         get<double>(motion, "lower"), get<double>(motion, "upper")});
  for (const py::handle pulley : muscle.attr("pulleys")) d.pulleys.push_back({get<int>(pulley, "before"), get<double>(pulley, "divisor")});
  return d;
}

}  // namespace

ActivationDynamics readActivation(const py::handle& dynamics) {
  const py::object smoothing = dynamics.attr("smoothing");
  return {get<double>(dynamics, "activation"), get<double>(dynamics, "deactivation"), get<double>(dynamics, "minimum"),
          smoothing.is_none() ? 0 : smoothing.cast<double>()};
}

FunctionDescription readFunction(const py::handle& function) {
  FunctionDescription d;
  const std::vector<double> polynomial = numbers(function.attr("polynomial"));
  if (polynomial.size() > d.polynomial.size()) throw py::value_error("a polynomial has at most 5 coefficients");
  std::copy(polynomial.begin(), polynomial.end(), d.polynomial.begin());
  for (const py::handle power : function.attr("powers"))
    d.powers.push_back({get<double>(power, "knot"), get<int>(power, "power"), get<double>(power, "weight")});
  return d;
}

void readMuscles(const py::handle& character, CharacterDescription& description) {
  Indices wraps;
  for (const py::handle wrap : character.attr("wraps")) {
    description.wraps.push_back(readWrap(wrap));
    wraps.emplace(description.wraps.back().name, static_cast<int>(wraps.size()));
  }
  const Indices dofs = dofIndices(character);
  for (const py::handle muscle : character.attr("muscles")) description.muscles.push_back(readMuscle(muscle, wraps, dofs));
}

}  // namespace muscle::bindings
