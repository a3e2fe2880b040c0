// The description of a character, as the readers return it: plain data in metres, kilograms, radians.
// A body's frame coincides with the child frame of the joint that carries it. A joint has a coordinate of its own, or six or three if it is
// free or a ball; the readers divide joints of several coordinates into chains of bodies without mass.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "dynamics/spatial.hpp"
#include "model/coordinate_function.hpp"
#include "model/law_description.hpp"
#include "model/path_description.hpp"

namespace muscle::model {

// kSlide: a translation along an axis by the coordinate. kCustom: a product of rotations and translations by functions of the coordinate.
enum class JointType { kFree, kBall, kRevolute, kWeld, kSlide, kCustom };

// A rotation about an axis (rad), or a translation along it (m), in the frame that the elements before it have reached.
struct ElementDescription {
  bool rotation = true;
  Vec3<double> axis{1, 0, 0};  // unit
  FunctionDescription amount;
  double armature = 0, damping = 0;  // of a rotor that turns with the amount: kg m^2 and N m s/rad, or kg and N s/m
};

// A coordinate's limits as spring-dampers, below and above: N m/rad and N m s/rad, or N/m and N s/m.
struct LimitDescription {
  std::array<double, 2> stiffness{}, damping{};
};

struct JointDescription {
  JointType type = JointType::kWeld;
  Vec3<double> position{};                   // of the joint in the parent's body frame, m
  Quat<double> orientation{1, 0, 0, 0};      // joint frame in the parent's body frame
  Vec3<double> axis{1, 0, 0};                // revolute and slide only, unit, joint frame
  std::vector<ElementDescription> elements;  // custom only, in the order from the parent to the body
  int coordinateOf = -1;                     // custom only: the body whose joint's coordinate moves this one, too; -1: its own
  std::vector<double> lower, upper;          // rad (slide: m), one value per dof, or empty for no limits
  std::optional<LimitDescription> limit;     // one coordinate only; otherwise the engine's stiffness and damping for all joints
  std::array<double, 3> kp{}, kv{};          // stable PD gains, N m/rad and N m s/rad, one value for each dof
  std::array<double, 3> damping{};           // N m s/rad, one value for each dof
  std::array<double, 3> stiffness{};         // of a passive spring, N m/rad, one value for each dof
  std::array<double, 3> rest{};              // angle at which the spring is slack, rad, one value for each dof
  std::array<double, 3> armature{};          // inertia of a rotor, kg m^2 (slide: kg), on the joint-space inertia's diagonal
};

struct ContactDescription {
  Vec3<double> position{};  // centre of the sphere, body frame, m
  double radius = 0;        // m
};

// A box that touches the ground. The lanes engine uses its corners, DART the box.
struct ContactBoxDescription {
  Vec3<double> size{};      // edges, m
  Vec3<double> position{};  // centre, body frame, m
  Quat<double> orientation{1, 0, 0, 0};

  static constexpr int kCorners = 8;
  Vec3<double> corner(int k) const {
    const Vec3<double> half{(k & 1 ? 0.5 : -0.5) * size.x, (k & 2 ? 0.5 : -0.5) * size.y, (k & 4 ? 0.5 : -0.5) * size.z};
    return position + rotationMatrix(normalized(orientation)) * half;
  }
};

struct BodyDescription {
  std::string name;
  int parent = -1;  // index of an earlier body; -1: the world
  JointDescription joint;
  double mass = 1;                 // kg; 0 for a body of a chain that ends in one with mass
  Vec3<double> com{};              // body frame, m
  Sym3<double> inertia{};          // about the centre of mass, body axes, kg m^2
  Quat<double> frame{1, 0, 0, 0};  // of the shape, in the body's frame: the body's rotation in MASS and GaitNet files
  std::vector<ContactDescription> contacts;
  std::vector<ContactBoxDescription> contactBoxes;
};

// First-order activation dynamics; off when activation is 0 (activations are the network's output).
struct ActivationDynamics {
  double activation = 0, deactivation = 0;  // time constants, s
  double lowest = 0;                        // activation
  // Steepness of the transition between the two time constants where excitation and activation meet (De Groote et al. 2016); 0: a switch.
  double smoothing = 0;
};

// The curves of a muscle: the character's Hill curves (muscle/hill.hpp), MuJoCo's (muscle/mujoco_law.hpp), or a law of tables
// (muscle/tabulated_law.hpp).
enum class CurveType { kHill, kMujoco, kTabulated };
struct MujocoCurves {
  double shortest = 0.5, longest = 1.6;  // fibre lengths without active force, optimal lengths
  double maxVelocity = 1.5;              // optimal fibre lengths per second
  double passiveForce = 1.3;             // at `longest`, of the maximal force
  double lengtheningForce = 1.2;         // largest force while lengthening, of the isometric one
  // Of the passive force, whose fibre may have another optimal length and tendon: its lengths are scale * fibre length + offset.
  double passiveLongest = 1.6;
  double passiveScale = 1, passiveOffset = 0;
};

struct MuscleDescription {
  std::string name;
  double maxIsometricForce = 0;   // N
  double optimalFibreLength = 0;  // m
  double tendonSlackLength = 0;   // m
  double pennation = 0;           // rad, at optimal fibre length
  CurveType curves = CurveType::kHill;
  MujocoCurves mujoco;                           // with these curves
  LawDescription law;                            // with these curves
  bool elasticTendon = false;                    // of a law of tables
  std::optional<ActivationDynamics> activation;  // of this muscle; otherwise the character's
  std::vector<PathPoint> path;
  std::vector<PathWrap> wraps;  // in the order of the path
  std::vector<PointRange> conditions;
  std::vector<PointMotion> motions;
  std::vector<Pulley> pulleys;
};

// Of a sphere on the ground by Hunt and Crossley (doi 10.1115/1.3423596) with Hertz's force, and a friction of Stribeck's kind as in
// OpenSim, see dynamics/hertz_contact.hpp.
struct HertzContact {
  double modulus = 0;                               // force over root(radius) depth^1.5, N/m^2
  double dissipation = 0;                           // s/m
  double stiction = 0;                              // static over dynamic friction coefficient, less 1
  double viscousFriction = 0;                       // s/m
  double transitionVelocity = 0.1;                  // m/s
  bool smooth = false;                              // with the smoothing of OpenSim's SmoothSphereHalfSpaceForce:
  double constantForce = 0;                         // N, m^2 and m^2/s^2
  double hertzSmoothing = 0, dampingSmoothing = 0;  // 1/m and s/m
};

// Compliant ground contact, see dynamics/contact.hpp.
struct ContactParameters {
  double stiffness = 2e5;             // N/m per sphere
  double damping = 1000;              // N s/m per sphere at full engagement
  double friction = 0.9;              // Coulomb coefficient
  double tangentialDamping = 1e5;     // N s/m, upper bound of the regularised friction
  std::optional<HertzContact> hertz;  // instead of stiffness, damping and tangentialDamping
};

// Hill curves, see muscle/hill.hpp.
struct MuscleLaw {
  double forceLengthWidth = 0.45;
  double passiveExponent = 5.5;
  double passiveStrain = 0.3;
  double passiveLimit = 0;  // fibre length (optimal lengths) beyond which the passive force is constant; 0: no limit
  bool forceVelocity = true;
  double maxVelocity = 10;    // optimal fibre lengths per second
  bool constantWidth = true;  // pennation: constant muscle width, else constant angle
};

// The bodies on which a blended point of a path exerts force.
enum class AnchorForce { kAllBodies, kFirstBody };

struct CharacterDescription {
  std::string name;
  std::vector<BodyDescription> bodies;
  std::vector<WrapDescription> wraps;
  std::vector<MuscleDescription> muscles;
  ContactParameters contact;
  MuscleLaw muscleLaw;
  ActivationDynamics activationDynamics;
  AnchorForce anchorForce = AnchorForce::kAllBodies;
};

}  // namespace muscle::model
