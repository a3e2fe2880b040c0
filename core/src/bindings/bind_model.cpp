#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <optional>

#include "bindings/arrays.hpp"
#include "bindings/attributes.hpp"
#include "bindings/read_muscle.hpp"
#include "environment/reference.hpp"
#include "model/model.hpp"

namespace muscle::bindings {
namespace {

using environment::MotionDescription;
using environment::Reference;
using namespace model;

// One number for all dofs of a joint, or one for each dof.
std::array<double, 3> gains(const py::handle& joint, const char* name, int dofs) {
  const py::object value = joint.attr(name);
  std::array<double, 3> out{};
  if (py::isinstance<py::float_>(value) || py::isinstance<py::int_>(value)) {
    out.fill(value.cast<double>());
    return out;
  }
  const std::vector<double> given = numbers(value);
  checkSize(name, static_cast<py::ssize_t>(given.size()), dofs);
  std::copy_n(given.begin(), std::min<std::size_t>(given.size(), out.size()), out.begin());
  return out;
}

JointType jointType(const std::string& name) {
  if (name == "free") return JointType::kFree;
  if (name == "ball") return JointType::kBall;
  if (name == "revolute") return JointType::kRevolute;
  if (name == "weld") return JointType::kWeld;
  if (name == "slide") return JointType::kSlide;
  if (name == "custom") return JointType::kCustom;
  throw py::value_error("joint type '" + name + "' is not free, ball, revolute, weld, slide or custom");
}

// A pair for the limits below and above.
std::array<double, 2> sides(const py::handle& joint, const char* name) {
  const std::vector<double> given = numbers(joint.attr(name));
  checkSize(name, static_cast<py::ssize_t>(given.size()), 2);
  return {given[0], given[1]};
}

JointDescription readJoint(const py::handle& joint) {
  JointDescription d;
  d.type = jointType(get<std::string>(joint, "type"));
  d.position = vector3(joint.attr("position"));
  const std::vector<double> q = numbers(joint.attr("orientation"));
  checkSize("orientation", static_cast<py::ssize_t>(q.size()), 4);
  d.orientation = {q[0], q[1], q[2], q[3]};
  if (d.type == JointType::kRevolute || d.type == JointType::kSlide) d.axis = vector3(joint.attr("axis"));
  for (const py::handle element : joint.attr("elements"))
    d.elements.push_back({get<bool>(element, "rotates"), vector3(element.attr("axis")), readFunction(element.attr("amount")),
                          get<double>(element, "armature"), get<double>(element, "damping")});
  d.coordinateOf = get<int>(joint, "coordinate_of");
  d.lower = numbers(joint.attr("lower"));
  d.upper = numbers(joint.attr("upper"));
  d.kp = gains(joint, "kp", dofsOf(d.type));
  d.kv = gains(joint, "kv", dofsOf(d.type));
  d.damping = gains(joint, "damping", dofsOf(d.type));
  d.stiffness = gains(joint, "stiffness", dofsOf(d.type));
  d.rest = gains(joint, "rest", dofsOf(d.type));
  d.armature = gains(joint, "armature", dofsOf(d.type));
  if (!joint.attr("limit_stiffness").is_none()) d.limit = {sides(joint, "limit_stiffness"), sides(joint, "limit_damping")};
  return d;
}

BodyDescription readBody(const py::handle& body) {
  BodyDescription d;
  d.name = get<std::string>(body, "name");
  d.parent = get<int>(body, "parent");
  d.joint = readJoint(body.attr("joint"));
  d.mass = get<double>(body, "mass");
  d.com = vector3(body.attr("com"));
  const std::vector<double> i = numbers(body.attr("inertia"));
  checkSize("inertia", static_cast<py::ssize_t>(i.size()), 6);
  d.inertia = {i[0], i[1], i[2], i[3], i[4], i[5]};
  const std::vector<double> frame = numbers(body.attr("frame"));
  checkSize("frame", static_cast<py::ssize_t>(frame.size()), 4);
  d.frame = {frame[0], frame[1], frame[2], frame[3]};
  for (const py::handle contact : body.attr("contacts"))
    d.contacts.push_back({vector3(contact.attr("position")), get<double>(contact, "radius")});
  for (const py::handle box : body.attr("contact_boxes")) {
    const std::vector<double> q = numbers(box.attr("orientation"));
    checkSize("orientation", static_cast<py::ssize_t>(q.size()), 4);
    d.contactBoxes.push_back({vector3(box.attr("size")), vector3(box.attr("position")), {q[0], q[1], q[2], q[3]}});
  }
  return d;
}

// By Hunt and Crossley; none for the compliant contact.
std::optional<HertzContact> readContactLaw(const py::object& contact) {
  const py::object law = contact.attr("law");
  if (law.is_none()) return std::nullopt;
  HertzContact d;
  d.modulus = get<double>(law, "modulus");
  d.dissipation = get<double>(law, "dissipation");
  const double friction = get<double>(contact, "friction");
  d.stiction = friction > 0 ? get<double>(law, "static_friction") / friction - 1 : 0;
  d.viscousFriction = get<double>(law, "viscous_friction");
  d.transitionVelocity = get<double>(law, "transition_velocity");
  const py::object smoothing = law.attr("smoothing");
  if (smoothing.is_none()) return d;
  d.smooth = true;
  d.constantForce = get<double>(smoothing, "constant_force");
  d.hertzSmoothing = get<double>(smoothing, "hertz");
  d.dampingSmoothing = get<double>(smoothing, "damping");
  return d;
}

CharacterDescription readCharacter(const py::handle& character) {
  CharacterDescription d;
  d.name = get<std::string>(character, "name");
  for (const py::handle body : character.attr("bodies")) d.bodies.push_back(readBody(body));
  readMuscles(character, d);
  const py::object contact = character.attr("contact");
  d.contact = {get<double>(contact, "stiffness"), get<double>(contact, "damping"), get<double>(contact, "friction"),
               get<double>(contact, "tangential_damping"), readContactLaw(contact)};
  const py::object law = character.attr("muscle_law");
  const py::object limit = law.attr("passive_limit");
  d.muscleLaw = {get<double>(law, "force_length_width"),
                 get<double>(law, "passive_exponent"),
                 get<double>(law, "passive_strain"),
                 limit.is_none() ? 0 : limit.cast<double>(),
                 get<bool>(law, "force_velocity"),
                 get<double>(law, "max_velocity"),
                 get<std::string>(law, "pennation") == "constant_width"};
  const py::object activation = character.attr("activation_dynamics");
  if (!activation.is_none()) d.activationDynamics = readActivation(activation);
  d.anchorForce = get<std::string>(character, "anchor_force") == "first_body" ? AnchorForce::kFirstBody : AnchorForce::kAllBodies;
  return d;
}

MotionDescription readMotion(const py::handle& motion) {
  MotionDescription d;
  d.name = get<std::string>(motion, "name");
  d.cyclic = get<bool>(motion, "cyclic");
  d.frameTime = get<double>(motion, "frame_time");
  d.cycleTranslation = vector3(motion.attr("cycle_translation"));
  d.frames = motion.attr("frames").cast<std::vector<std::vector<double>>>();
  return d;
}

}  // namespace

void bindModel(py::module_& m) {
  py::class_<Model, std::shared_ptr<Model>>(m, "Model", "An immutable character, shared by all environments.")
      .def(py::init([](const py::object& character) { return std::make_shared<Model>(readCharacter(character)); }), py::arg("character"),
           "character: a readers.character.Character. ValueError names the body or muscle that cannot be simulated.")
      .def_property_readonly("num_bodies", &Model::numBodies)
      .def_property_readonly("num_dofs", &Model::numDofs)
      .def_property_readonly("num_root_dofs", &Model::numRootDofs)
      .def_property_readonly("num_joint_dofs", &Model::numJointDofs)
      .def_property_readonly("num_positions", &Model::numPositions)
      .def_property_readonly("num_muscles", &Model::numMuscles)
      .def_property_readonly("num_contacts", &Model::numContacts)
      .def_property_readonly("num_entries", &Model::numEntries)
      .def_property_readonly("total_mass", &Model::totalMass)
      .def_property_readonly("muscle_of_entry", &Model::muscleOfEntry)
      .def_property_readonly("dof_of_entry", &Model::dofOfEntry)
      .def_property_readonly("muscle_driven_dofs", &Model::muscleDrivenDofs)
      .def_property_readonly("path_offsets", &Model::pathOffsets)
      .def_property_readonly("contact_bodies",
                             [](const Model& model) {
                               std::vector<int> bodies;
                               for (const auto& contact : model.constants<double>().contacts) bodies.push_back(contact.body);
                               return bodies;
                             })
      .def(
          "to_internal",
          [](const Model& model, const Input<double>& generalised) {
            checkSize("positions", generalised.size(), model.numDofs());
            std::vector<double> internal(model.numPositions());
            model.toInternal(generalised.data(), internal.data());
            return take(std::move(internal), {model.numPositions()});
          },
          py::arg("positions"), "Converts generalised positions (rotation vectors) to internal ones (quaternions).")
      .def(
          "to_generalised",
          [](const Model& model, const Input<double>& internal) {
            checkSize("positions", internal.size(), model.numPositions());
            std::vector<double> generalised(model.numDofs());
            model.toGeneralised(internal.data(), generalised.data());
            return take(std::move(generalised), {model.numDofs()});
          },
          py::arg("positions"));

  py::class_<Reference, std::shared_ptr<Reference>>(m, "Reference", "A reference motion fitted to a model.")
      .def(py::init([](std::shared_ptr<Model> model, const py::object& motion) {
             return std::make_shared<Reference>(std::move(model), readMotion(motion));
           }),
           py::arg("model"), py::arg("motion"), "motion: a readers.motion.Motion.")
      .def_property_readonly("duration", &Reference::duration)
      .def(
          "pose",
          [](const Reference& reference, double phase, long cycle) {
            environment::ReferencePose pose = reference.makePose();
            reference.evaluate(phase, cycle, pose);
            return py::make_tuple(take(pose.position, {static_cast<py::ssize_t>(pose.position.size())}),
                                  take(pose.velocity, {static_cast<py::ssize_t>(pose.velocity.size())}));
          },
          py::arg("phase"), py::arg("cycle") = 0, "Returns (internal positions, velocities) at a phase of a cycle.");
}

}  // namespace muscle::bindings
