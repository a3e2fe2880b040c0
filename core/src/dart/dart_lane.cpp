#include "dart/dart_lane.hpp"

#include <dart/collision/CollisionObject.hpp>
#include <dart/collision/dart/DARTCollisionDetector.hpp>
#include <dart/constraint/BoxedLcpConstraintSolver.hpp>
#include <dart/constraint/DantzigBoxedLcpSolver.hpp>
#include <dart/constraint/JointConstraint.hpp>
#include <dart/constraint/PgsBoxedLcpSolver.hpp>
#include <dart/dynamics/DegreeOfFreedom.hpp>

#include <algorithm>
#include <limits>
#include <mutex>
#include <stdexcept>

namespace muscle::dart_engine {
namespace {

// Beyond these bounds DART is not called. They are far outside physical values and far inside the range of double.
constexpr double kMaxSpeed = 1e4;     // rad/s, m/s
constexpr double kMaxPosition = 1e6;  // rad, m
constexpr double kMaxForce = 1e9;     // N m, N; and N m s/rad times dt of the implicit diagonal
constexpr double kMaxMobility = 1e5;  // 1/kg: DART asserts the contact matrix symmetric to 1e-6, absolute

// Whether a value is within a bound; NaN is not.
bool within(const double* values, int count, double lowest, double highest) {
  return std::all_of(values, values + count, [=](double v) { return v >= lowest && v <= highest; });
}

// Every frame of DART is a child of its one world frame, which keeps a list of them.
std::mutex& frameList() {
  static std::mutex mutex;
  return mutex;
}

// A joint beyond its limit is stopped there, and not moved back. So it is in DART up to 6.12 and in the GaitNets; 6.13 moves it back
// at up to this speed, which is one number for all worlds.
void stopJointsAtLimits() {
  static const bool once = [] {
    ::dart::constraint::JointConstraint::setMaxErrorReductionVelocity(0);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace

void DartLane::check(const model::Model& model, const model::Constants<double>& constants) {
  const auto refuse = [&](int body, const char* why) {
    throw std::invalid_argument("body '" + model.description().bodies[body].name + "': " + why);
  };
  for (std::size_t i = 0; i < constants.bodies.size(); ++i)
    if (constants.bodies[i].moves()) refuse(static_cast<int>(i), "the DART engine has no slide or custom joints; use engine: lanes");
  std::vector<double> smallest;
  for (std::size_t i = 0; i < constants.bodies.size(); ++i) {
    const double mass = constants.bodies[i].mass;
    for (const double armature : constants.bodies[i].armature)
      if (armature != 0) refuse(static_cast<int>(i), "the DART engine has no armature; use engine: lanes");
    const Eigen::Matrix3d moment = centralInertia(constants.bodies[i]);
    smallest.push_back(Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d>(moment, Eigen::EigenvaluesOnly).eigenvalues()[0]);
    if (!within(&mass, 1, 1e-9, 1e9) || !(smallest.back() >= 1e-15 && moment.norm() <= 1e12))
      refuse(static_cast<int>(i), "the DART engine needs a mass from 1e-9 to 1e9 kg and an inertia that is positive definite");
  }
  for (const model::Contact<double>& contact : constants.contacts) {
    const model::Body<double>& body = constants.bodies[contact.body];
    const double arm = norm(contact.position - body.firstMoment * (1 / body.mass)) + contact.radius;
    // A joint can only restrain the body, so the free body's mobility at a contact is the largest.
    const double mobility = 1 / body.mass + arm * arm / smallest[contact.body];
    if (!(mobility >= 0 && mobility <= kMaxMobility))
      refuse(contact.body, "too light for its contacts on the DART engine; give it more mass or inertia");
  }
}

DartLane::DartLane(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings, dynamics::LaneState<double>& state)
    : Base(std::move(model), settings, state),
      contact_(std::make_shared<ContactProblem>()),
      positions_(Eigen::VectorXd::Zero(model_->numDofs())),
      velocities_(positions_),
      forces_(positions_),
      right_(positions_),
      mass_(model_->numDofs(), model_->numDofs()),
      factor_(model_->numDofs()) {
  const std::lock_guard lock(frameList());
  build();
}

DartLane::~DartLane() {
  const std::lock_guard lock(frameList());
  world_.reset();
  character_ = {};
}

void DartLane::build() {
  namespace dc = ::dart::constraint;
  stopJointsAtLimits();
  world_ = ::dart::simulation::World::create();
  world_->setTimeStep(settings_.timeStep);
  world_->setGravity(-toEigen(dynamics::liftOf(settings_.gravity, settings_.slope)));
  auto solver =
      std::make_unique<dc::BoxedLcpConstraintSolver>(std::make_shared<ContactLcp>(std::make_shared<dc::DantzigBoxedLcpSolver>(), contact_),
                                                     std::make_shared<ContactLcp>(std::make_shared<dc::PgsBoxedLcpSolver>(), contact_));
  // DART's own detector stores nothing between steps, unlike the manifolds of others: the state determines the next step.
  solver->setCollisionDetector(::dart::collision::DARTCollisionDetector::create());
  world_->setConstraintSolver(std::move(solver));
  contact_->contacts = &world_->getConstraintSolver()->getLastCollisionResult();
  contact_->timeStep = settings_.timeStep;
  if (!settings_.rigidGround) contact_->compliance = model_->description().contact;
  character_ = makeSkeleton(*model_, settings_.hardLimits);
  world_->addSkeleton(character_.skeleton);
  if (!settings_.ground || contactCount_ == 0) return;
  const ::dart::dynamics::SkeletonPtr ground = makeGround(model_->description().contact.friction);
  ground_ = ground->getBodyNode(0)->getShapeNode(0);
  world_->addSkeleton(ground);
}

void DartLane::setBody(int lane, const model::Constants<double>& constants, const dynamics::Surroundings<double>& surroundings) {
  Base::setBody(lane, constants, surroundings);
  world_->setGravity(-toEigen(surroundings.lift));
  change(character_, constants, surroundings.friction, settings_.hardLimits);
  if (ground_) ground_->getDynamicsAspect()->setFrictionCoeff(surroundings.friction);
}

bool DartLane::canPlace() const {
  return within(state_.position, model_->numPositions(), -kMaxPosition, kMaxPosition) &&
         within(state_.velocity, dofCount_, -kMaxSpeed, kMaxSpeed) &&
         within(&packs_[0].surroundings->lift.x, 3, -kMaxPosition, kMaxPosition);
}

// The root is placed over the middle of the ground: only the character's height matters.
void DartLane::place() {
  for (int i = 0; i < bodyCount_; ++i) {
    const model::Body<double>& body = bodies_[i];
    const double* p = state_.position + body.positionIndex;
    if (body.type == model::JointType::kRevolute) positions_[body.dofIndex] = p[0];
    if (body.type == model::JointType::kFree || body.type == model::JointType::kBall)
      positions_.segment<3>(body.dofIndex) = toEigen(logarithmMap(normalized(Quat<double>{p[0], p[1], p[2], p[3]})));
    if (body.type == model::JointType::kFree)
      positions_.segment<3>(body.dofIndex + 3) = toEigen(transposeTimes(body.orientation, Vec3<double>{0, p[5], 0}));
  }
  // A quaternion of length zero has no direction.
  placed_ = within(positions_.data(), dofCount_, -kMaxPosition, kMaxPosition);
  if (!placed_) return;
  velocities_ = Eigen::Map<const Eigen::VectorXd>(state_.velocity, dofCount_);
  character_.skeleton->setPositions(positions_);
  character_.skeleton->setVelocities(velocities_);
}

void DartLane::kinematics(Work& w) {
  Base::kinematics(w);
  placed_ = canPlace();
  if (placed_) place();
  if (!placed_) return;
  const Eigen::Vector3d root = character_.bodies[0]->getTransform().translation();
  for (int i = 0; i < bodyCount_; ++i) {
    const Eigen::Isometry3d& transform = character_.bodies[i]->getTransform();
    Eigen::Map<Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(state_.bodyRotation + 9 * i) = transform.linear();
    Eigen::Map<Eigen::Vector3d>(state_.bodyPosition + 3 * i) = transform.translation() - root;
    Eigen::Map<Eigen::Matrix<double, 6, 1>>(state_.bodyVelocity + 6 * i) = character_.bodies[i]->getSpatialVelocity();
  }
}

void DartLane::beginStep(Work&) {
  placed_ = placed_ && within(state_.externalForce, 6 * bodyCount_, -kMaxForce, kMaxForce) &&
            within(state_.constraintForce, dofCount_, -kMaxForce, kMaxForce);
  if (!placed_) return;
  character_.skeleton->setVelocities(velocities_);
  character_.skeleton->clearExternalForces();
  for (int i = 0; i < bodyCount_; ++i) {
    const Eigen::Map<const Eigen::Matrix<double, 6, 1>> wrench(state_.externalForce + 6 * i);
    if (wrench.isZero(0)) continue;
    character_.bodies[i]->addExtTorque(wrench.head<3>());
    character_.bodies[i]->addExtForce(wrench.tail<3>());
  }
}

void DartLane::predict(Work& w) {
  const Eigen::Map<const Eigen::VectorXd> tau(w.tau.data(), dofCount_), diagonal(w.diagonal.data(), dofCount_);
  if (!placed_ || !within(w.diagonal.data(), dofCount_, 0, kMaxForce)) {
    std::fill(w.acceleration.begin(), w.acceleration.end(), std::numeric_limits<double>::quiet_NaN());
    return;
  }
  mass_ = character_.skeleton->getMassMatrix();
  mass_.diagonal() += diagonal;
  factor_.compute(mass_);
  right_ = tau - character_.skeleton->getCoriolisAndGravityForces() + character_.skeleton->getExternalForces() +
           Eigen::Map<const Eigen::VectorXd>(state_.constraintForce, dofCount_);
  factor_.solveInPlace(right_);
  std::copy_n(right_.data(), dofCount_, w.acceleration.begin());
}

// DART's joint damping D is implicit: dt D joins the diagonal, and D v (v before the step) is taken from the force.
void DartLane::setJointDiagonal(const Work& w) {
  for (int dof = 0; dof < dofCount_; ++dof) {
    const double damping = w.diagonal[dof] / dt_;
    character_.skeleton->getDof(dof)->setDampingCoefficient(damping);
    forces_[dof] = w.tau[dof] + damping * velocities_[dof];
  }
  character_.skeleton->setForces(forces_);
  character_.skeleton->dirtyArticulatedInertia(0);
}

void DartLane::solve(Work& w) {
  if (!step(w)) std::fill(w.acceleration.begin(), w.acceleration.end(), std::numeric_limits<double>::quiet_NaN());
}

// A step of DART's World in its parts, with a check of each result. Returns false where the step must not continue.
bool DartLane::step(Work& w) {
  if (!placed_ || !within(w.tau.data(), dofCount_, -kMaxForce, kMaxForce) || !within(w.diagonal.data(), dofCount_, 0, kMaxForce))
    return false;
  ::dart::dynamics::Skeleton& skeleton = *character_.skeleton;
  setJointDiagonal(w);
  skeleton.computeForwardDynamics();
  right_ = skeleton.getAccelerations();
  if (!within(right_.data(), dofCount_, -kMaxSpeed / dt_, kMaxSpeed / dt_)) return false;
  if (contactCount_ > 0 || settings_.hardLimits) {
    // Not by DART's integrateVelocities, which since 6.12 adds w x v for a free joint, as if its frame did not rotate.
    skeleton.setVelocities(velocities_ + right_ * dt_);
    contact_->failed = false;
    world_->getConstraintSolver()->solve();
    if (contact_->failed) {
      skeleton.clearConstraintImpulses();
      skeleton.setImpulseApplied(false);
      return false;
    }
    if (skeleton.isImpulseApplied()) {
      skeleton.computeImpulseForwardDynamics();
      skeleton.setImpulseApplied(false);
      right_ = (skeleton.getVelocities() - velocities_) / dt_;
      if (!within(right_.data(), dofCount_, -kMaxSpeed / dt_, kMaxSpeed / dt_)) return false;
    }
    readContacts();
  }
  std::copy_n(right_.data(), dofCount_, w.acceleration.begin());
  return true;
}

void DartLane::readContacts() {
  Eigen::Map<Eigen::VectorXd>(state_.constraintForce, dofCount_) = character_.skeleton->getConstraintForces();
  std::fill_n(state_.contactForce, 3 * contactCount_, 0.0);
  for (const ::dart::collision::Contact& contact : world_->getConstraintSolver()->getLastCollisionResult().getContacts()) {
    for (const double sign : {1.0, -1.0}) {
      const auto* touching = (sign > 0 ? contact.collisionObject1 : contact.collisionObject2)->getShapeFrame();
      const auto shape =
          std::find_if(character_.contacts.begin(), character_.contacts.end(), [&](const ContactShape& s) { return s.frame == touching; });
      if (shape == character_.contacts.end()) continue;
      // A force is assigned to the nearest corner of a box.
      const Eigen::Vector3d at = shape->body->getTransform().inverse() * contact.point;
      int nearest = shape->first;
      for (int c = shape->first; c < shape->first + shape->count; ++c)
        if ((toEigen(packs_[0].constants->contacts[c].position) - at).norm() <
            (toEigen(packs_[0].constants->contacts[nearest].position) - at).norm())
          nearest = c;
      Eigen::Map<Eigen::Vector3d>(state_.contactForce + 3 * nearest) += sign * contact.force;
    }
  }
}

}  // namespace muscle::dart_engine
