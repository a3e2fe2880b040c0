// Joints of one coordinate: what a description of them must satisfy, and their functions as flat arrays.
#include <algorithm>
#include <map>
#include <stdexcept>

#include "model/model.hpp"

namespace muscle::model {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::invalid_argument(what); }

bool finite(const FunctionDescription& f) {
  const auto numbers = [](const auto& power) { return std::isfinite(power.knot) && std::isfinite(power.weight); };
  return std::all_of(f.polynomial.begin(), f.polynomial.end(), [](double c) { return std::isfinite(c); }) &&
         std::all_of(f.powers.begin(), f.powers.end(), numbers);
}

bool isUnit(const Vec3<double>& axis) { return std::abs(norm(axis) - 1.0) <= 1e-6; }

}  // namespace

void Model::checkJoint(int body, const std::string& where) const {
  const JointDescription& joint = description_.bodies[body].joint;
  const bool hasAxis = joint.type == JointType::kRevolute || joint.type == JointType::kSlide, custom = joint.type == JointType::kCustom;
  if (hasAxis && !isUnit(joint.axis)) fail(where + "the joint's axis must have length 1");
  if (body == 0 && (custom || joint.type == JointType::kSlide))
    fail(where + "the root's joint cannot be slide or custom; give it a root without mass, welded to the world, as its parent");
  if (joint.limit && dofsOf(joint.type) != 1) fail(where + "limit stiffness is for joints of one coordinate");
  if (!custom && (!joint.elements.empty() || joint.coordinateOf >= 0)) fail(where + "only a custom joint has elements");
  if (!custom) return;
  if (joint.elements.empty() || joint.elements.size() > kMaxElements)
    fail(where + "a custom joint needs 1 to " + std::to_string(kMaxElements) + " elements");
  for (const ElementDescription& element : joint.elements) {
    if (!isUnit(element.axis)) fail(where + "an element's axis must have length 1");
    if (!(element.armature >= 0) || !(element.damping >= 0)) fail(where + "an element's armature and damping must not be negative");
    if (!finite(element.amount)) fail(where + "an element's function must be finite");
    for (const auto& power : element.amount.powers)
      if (power.power != 2 && power.power != 3) fail(where + "a truncated power must be of degree 2 or 3");
  }
  if (joint.coordinateOf < 0) return;
  if (joint.coordinateOf >= numBodies() || joint.coordinateOf == body) fail(where + "its coordinate is that of a body that does not exist");
  const JointDescription& owner = description_.bodies[joint.coordinateOf].joint;
  if (dofsOf(owner.type) != 1 || owner.coordinateOf >= 0)
    fail(where + "its coordinate must be that of a joint with one coordinate of its own");
}

// Every coordinate must move some mass. What moves none, and has no coordinate of its own, is a frame for points.
void Model::checkMasses() {
  std::vector<double> carried;
  for (const BodyDescription& body : description_.bodies) carried.push_back(body.mass);
  for (int i = numBodies() - 1; i > 0; --i) carried[description_.bodies[i].parent] += carried[i];
  if (!(carried[0] > 0)) fail("bodies: a character needs mass");
  for (int i = 0; i < numBodies(); ++i) {
    const BodyDescription& body = description_.bodies[i];
    const std::string where = "body '" + body.name + "': ";
    massless_.push_back(carried[i] == 0);
    const int owner = body.joint.coordinateOf;
    if (massless_[i]) {
      if (dofsOf(body.joint.type) > 0 && owner < 0) fail(where + "its joint moves no mass; give the body, or one that it carries, mass");
      if (!body.contacts.empty() || !body.contactBoxes.empty()) fail(where + "contacts need a body with mass");
    }
  }
}

template <class T>
void Model::resolveElements(int index, Constants<T>& out) const {
  Body<T>& body = out.bodies[index];
  const std::vector<ElementDescription>& elements = description_.bodies[index].joint.elements;
  std::map<std::pair<double, int>, std::vector<T>> weights;  // of the elements, by knot and power
  body.elementBegin = static_cast<int>(out.elements.size());
  for (std::size_t e = 0; e < elements.size(); ++e) {
    const Vec3<double>& axis = elements[e].axis;
    JointElement<T> element{elements[e].rotation,
                            {static_cast<T>(axis.x), static_cast<T>(axis.y), static_cast<T>(axis.z)},
                            {},
                            static_cast<T>(elements[e].armature),
                            static_cast<T>(elements[e].damping)};
    body.rotors = body.rotors || elements[e].armature > 0 || elements[e].damping > 0;
    std::transform(elements[e].amount.polynomial.begin(), elements[e].amount.polynomial.end(), element.polynomial,
                   [](double c) { return static_cast<T>(c); });
    out.elements.push_back(element);
    for (const FunctionDescription::TruncatedPower& power : elements[e].amount.powers) {
      std::vector<T>& row = weights[{power.knot, power.power}];
      row.resize(elements.size());
      row[e] += static_cast<T>(power.weight);
    }
  }
  body.elementEnd = static_cast<int>(out.elements.size());
  body.knotBegin = static_cast<int>(out.knots.size());
  for (const auto& [knot, row] : weights) {
    out.knots.push_back({static_cast<T>(knot.first), knot.second, static_cast<int>(out.weights.size())});
    out.weights.insert(out.weights.end(), row.begin(), row.end());
  }
  body.knotEnd = static_cast<int>(out.knots.size());
  body.screwIndex = static_cast<int>(std::count_if(out.bodies.begin(), out.bodies.begin() + index,
                                                   [](const Body<T>& before) { return before.type == JointType::kCustom; }));
}

template void Model::resolveElements(int, Constants<double>&) const;
template void Model::resolveElements(int, Constants<float>&) const;

}  // namespace muscle::model
