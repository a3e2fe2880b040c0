// The immutable model that all environments share: the description resolved into flat arrays, once, at load.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dynamics/scalar.hpp"
#include "model/description.hpp"
#include "model/path_nodes.hpp"

namespace muscle::model {

inline constexpr int kMaxPathPoints = 32;   // of one muscle
inline constexpr int kMaxMuscleBodies = 8;  // of one muscle's path, or of one blended point

// The part of a body that is the same in every environment.
struct BodyStructure {
  int parent;
  JointType type;
  int positionIndex;  // into the internal positions: free 7 (quaternion, translation), ball 4, revolute 1
  int dofIndex;
  int dofs;  // 0 for a joint that another's coordinate moves, too
  bool identityOrientation;
  bool sprung;                           // some dof has a passive spring
  bool limited;                          // by the engine's stiffness
  bool ownLimits;                        // limited by limitStiffness and limitDamping instead of the engine's
  bool hasArmature;                      // some dof has armature
  bool massless;                         // with all that it carries: a moving frame for points, without effect on the dynamics
  int elementBegin = 0, elementEnd = 0;  // custom joint: into elements
  int knotBegin = 0, knotEnd = 0;        // custom joint: into knots
  bool rotors = false;                   // custom joint: some element has armature or damping
  int screwIndex = -1;                   // custom joint: of its S(q), among those of all custom joints
  bool moves() const { return type == JointType::kSlide || type == JointType::kCustom; }  // its origin, in the parent's frame
};

// A body and the joint that carries it. The constants' type T is that of one number (double, or float for the lanes), which all
// environments share, or a pack with a number for each lane.
template <class T>
struct Body : BodyStructure {
  Mat3<T> orientation;  // joint frame in the parent's frame
  Vec3<T> position;     // joint in the parent's frame, m
  Vec3<T> axis;
  T mass;
  Vec3<T> firstMoment;                   // mass * com
  Sym3<T> inertia;                       // about the body's origin
  T kp[3], kv[3], damping[3];            // one value for each dof; not used by a free joint
  T stiffness[3], rest[3];               // of the passive spring
  T lower[3], upper[3];                  // limits
  T limitStiffness[2], limitDamping[2];  // below and above
  T armature[3];

  Vec3<T> centerOfMass() const { return mass > 0 ? firstMoment * (1 / mass) : firstMoment; }  // the origin without mass; not for packs
};

// An element of a custom joint and the polynomial part of its function of the coordinate.
template <class T>
struct JointElement {
  bool rotation;
  Vec3<T> axis;
  T polynomial[FunctionDescription::kCoefficients];
  T armature, damping;
};

// A truncated power (q - at)+^power, of which each element of the joint has a multiple.
template <class T>
struct JointKnot {
  T at;
  int power;
  int weightBegin;  // into weights, one for each element of the joint
};

// A sphere, or a corner of a box; a body's spheres come first, then its boxes' corners.
template <class T>
struct Contact {
  int body;
  Vec3<T> position;  // centre, body frame
  T radius;
};

template <class T>
struct PathAttachment {
  int slot;  // index into the muscle's touched bodies
  T weight;
  Vec3<T> position;
};

// A part of a path with changing length, between attachments to two bodies. Along a single body the path is rigid.
template <class T>
struct PathSegment {
  int from, to;    // bodies
  bool continues;  // starts at the end of the muscle's previous segment
  Vec3<T> start, end;
};

// A segment that crosses a joint: +1 where the joint carries its beginning, -1 where its end.
struct Crossing {
  int segment;  // of the muscle, from 0; of a path of nodes: the node where it begins
  float sign;
};

// The dofs of one joint that a muscle spans, and the touched bodies (slots) that the joint carries.
struct SpannedJoint {
  int body;  // the body carried by the joint
  JointType type;
  int entry;  // first of the joint's entries in the reduced Jacobian (all muscles concatenated)
  bool adds;  // to the entry of a joint before it that has the same coordinate
  int dofIndex;
  unsigned slots;                          // bit k: touched body k moves with this joint
  int crossingBegin = 0, crossingEnd = 0;  // into crossings; none for a muscle with blended points
};

// The part of a muscle that is the same in every environment.
struct MuscleStructure {
  int pointBegin, pointEnd;      // into points
  int bodyBegin, bodyEnd;        // into touchedBodies
  int jointBegin, jointEnd;      // into spannedJoints
  bool blended;                  // a point moves with several bodies: the path is evaluated by points, otherwise by segments
  int segmentBegin, segmentEnd;  // into segments
  int nodeBegin, nodeEnd;        // into pathNodes; none where the path consists of segments or blended points
  CurveType curves;
  int curveIndex;                      // into mujocoCurves or laws
  int elasticIndex = -1;               // among the muscles with elastic tendons; -1: rigid
  ActivationDynamics activationTimes;  // s; off where they are 0
};

template <class T>
struct Muscle : MuscleStructure {
  T rigidLength;  // of the parts along single bodies, m
  T maxForce, optimalLength, tendonSlackLength;
  T cosPennation;  // constant-angle law
  T width;         // constant-width law, m
};

// The muscle law's constants in the form that the kernels use.
template <class T>
struct HillConstants {
  T inverseWidth;        // of the force-length curve
  T passiveRate;         // exponent k over strain e
  T passiveScale;        // 1 / (exp(k) - 1)
  T passiveStiffness;    // their product
  T passiveCap;          // of the curve's exponent, rate (l - 1)
  T inverseMaxVelocity;  // s per optimal fibre length
  bool forceVelocity, constantWidth;
};

// MuJoCo's curves in the form that the kernels use.
template <class T>
struct MujocoConstants {
  T shortest, longest, inverseMaxVelocity, passiveForce, lengtheningForce;
  T passiveLongest, passiveScale, passiveOffset;
};

// Bodies whose joints share coordinates, with the bodies between these joints. Dynamics eliminate their coordinates together.
struct Cluster {
  std::vector<int> bodies;  // parents first; that of the first is in no path between two of them, and carries all
  std::vector<int> dofs;
};

template <class T>
struct Constants {
  HillConstants<Element<T>> hill;
  std::vector<MujocoConstants<Element<T>>> mujocoCurves;
  std::vector<TabulatedLaw<Element<T>>> laws;
  std::vector<Body<T>> bodies;
  std::vector<Cluster> clusters;
  std::vector<JointElement<Element<T>>> elements;  // the same for all lanes
  std::vector<JointKnot<Element<T>>> knots;
  std::vector<Element<T>> weights;
  std::vector<Contact<T>> contacts;
  std::vector<Muscle<T>> muscles;
  std::vector<int> attachmentOffsets;  // per path point, one more than points
  std::vector<PathAttachment<T>> attachments;
  std::vector<int> touchedBodies;
  std::vector<SpannedJoint> spannedJoints;
  std::vector<PathSegment<T>> segments;
  std::vector<Crossing> crossings;
  std::vector<PathNode<T>> pathNodes;
  std::vector<PathMotion<T>> pathMotions;
  std::vector<Element<T>> functionNumbers;  // of the moving points' functions
  bool anchorForceOnFirstBody = false;
  double totalMass = 0;  // kg
};

class Model {
 public:
  // Throws std::invalid_argument, naming body or muscle, for a description that cannot be simulated.
  explicit Model(CharacterDescription description);

  const CharacterDescription& description() const { return description_; }
  // Of the root's joint in the world; the rotation of a free root is this times the quaternion of its position.
  Quat<double> rootOrientation() const { return normalized(description_.bodies[0].joint.orientation); }
  int numBodies() const { return static_cast<int>(description_.bodies.size()); }
  int numMuscles() const { return static_cast<int>(description_.muscles.size()); }
  int numContacts() const { return static_cast<int>(single_.contacts.size()); }
  int numDofs() const { return numDofs_; }
  int numRootDofs() const { return numRootDofs_; }
  int numJointDofs() const { return numDofs_ - numRootDofs_; }                // D: without the root's
  int numPositions() const { return numPositions_; }                          // internal, quaternions
  int numEntries() const { return static_cast<int>(muscleOfEntry_.size()); }  // R
  int numScrews() const { return numScrews_; }                                // custom joints
  int numElastic() const { return numElastic_; }                              // muscles with elastic tendons
  int numPathPoints() const { return pathOffsets_.back(); }                   // of the drawn paths
  double totalMass() const { return totalMass_; }

  // For each entry of the reduced Jacobian: its muscle and its dof (root included in the count).
  const std::vector<int>& muscleOfEntry() const { return muscleOfEntry_; }
  const std::vector<int>& dofOfEntry() const { return dofOfEntry_; }
  const std::vector<bool>& muscleDrivenDofs() const { return muscleDrivenDofs_; }  // (dofs)
  const std::vector<int>& entriesOfDof(int dof) const { return entriesOfDof_[dof]; }

  // (muscles + 1) The drawn points of muscle m are those from pathOffsets()[m] to pathOffsets()[m + 1].
  const std::vector<int>& pathOffsets() const { return pathOffsets_; }

  template <class T>
  const Constants<T>& constants() const;

  // Generalised positions as in DART (rotation vectors) to the internal ones (quaternions) and back.
  void toInternal(const double* generalised, double* internal) const;
  void toGeneralised(const double* internal, double* generalised) const;

 private:
  void checkBodies() const;
  void checkJoint(int body, const std::string& where) const;
  void checkMasses();
  void checkContacts() const;
  void checkMuscles() const;
  void layOut();
  void findClusters();
  template <class T>
  void resolve(Constants<T>& out) const;
  template <class T>
  void resolveElements(int body, Constants<T>& out) const;
  template <class T>
  void resolveLaws(Constants<T>& out) const;
  void resolveMuscles();

  CharacterDescription description_;
  int numDofs_ = 0, numRootDofs_ = 0, numPositions_ = 0, numScrews_ = 0, numElastic_ = 0;
  double totalMass_ = 0;
  std::vector<int> positionIndex_, dofIndex_;
  std::vector<bool> massless_;      // per body: with all that it carries
  std::vector<int> positionOfDof_;  // internal position of a dof that is one, or -1
  std::vector<int> muscleOfEntry_, dofOfEntry_;
  std::vector<int> pathOffsets_{0};
  std::vector<bool> muscleDrivenDofs_;
  std::vector<std::vector<int>> entriesOfDof_;
  Constants<double> double_;
  Constants<float> single_;
};

// Fills in the segments, crossings and rigid lengths of all muscles, after the rest of the constants.
template <class T>
void resolveSegments(Constants<T>& constants);
extern template void resolveSegments(Constants<double>&);
extern template void resolveSegments(Constants<float>&);
// Whether a muscle's path is more than a polyline through points that always exist: then it consists of nodes.
bool isChain(const MuscleDescription& muscle);
// Throws std::invalid_argument for wraps, conditional or moving points and pulleys that cannot be simulated, naming the muscle.
void checkPaths(const CharacterDescription& description, const std::vector<int>& positionOfDof);
// Fills in the nodes of the muscles whose paths have wraps, conditional or moving points, or pulleys; before the segments.
template <class T>
void resolveNodes(const CharacterDescription& description, const std::vector<int>& positionOfDof, Constants<T>& constants);
// Fills in the crossings and entries of these muscles, after the joints that they span.
template <class T>
void connectNodes(Constants<T>& constants);

// Length of the parts of a chain of nodes that never change, m.
template <class T>
T rigidLength(const PathNode<T>* nodes, int count) {
  T length(0);
  for (int k = 1; k < count; ++k)
    if (nodes[k].rigid) length += norm(nodes[k].position - nodes[k - 1].position) * static_cast<T>(nodes[k].share);
  return length;
}

// Moves the segments and rigid lengths to where the attachments are. Allocates nothing.
void placeSegments(Constants<double>& constants);

inline constexpr int kMaxElements = 12;  // of one custom joint

int dofsOf(JointType type);
int positionsOf(JointType type);

}  // namespace muscle::model
