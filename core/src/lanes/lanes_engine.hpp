// The engine over one scalar type: the parts of a substep, pack by pack of the group's lanes.
#pragma once

#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "dynamics/articulated_body.hpp"
#include "dynamics/contact_solver.hpp"
#include "dynamics/engine.hpp"
#include "lanes/activation_dynamics.hpp"
#include "lanes/own_constants.hpp"
#include "muscle/fibre.hpp"
#include "muscle/path.hpp"

namespace muscle::lanes {

// V: the type of the model's constants; one number for all lanes, or S, with a number for each lane.
template <class S, class V = Element<S>>
class LanesEngine : public dynamics::Engine<Element<S>> {
 public:
  using T = Element<S>;
  using State = dynamics::LaneState<T>;

  LanesEngine(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings, State& state);

  void kinematics() override {
    for (Work& work : packs_) kinematics(work);
  }
  void paths() override {
    for (Work& work : packs_) paths(work);
  }
  void muscles(dynamics::MuscleResults results) override {
    for (Work& work : packs_) muscles(work, results == dynamics::MuscleResults::kAll);
  }
  void prepare() override {
    for (Work& work : packs_) prepare(work);
  }
  void desire() override {
    for (Work& work : packs_) desire(work);
  }
  void advance() override {
    for (Work& work : packs_) advance(work);
  }
  void forwardDynamics() override;
  void setBody(int lane, const model::Constants<double>& constants, const dynamics::Surroundings<double>& surroundings) override;

 protected:
  using Traits = ScalarTraits<S>;
  static constexpr int kStride = dynamics::kStride<S>;

  // The data of one pack that is passed from one part of the substep to the next.
  struct Work {
    Work(const model::Model& model, const dynamics::EngineSettings& settings, int offset);
    int offset;                                // of the pack's first lane
    std::unique_ptr<model::Constants<V>> own;  // of the pack; null where all share the model's
    const model::Constants<V>* constants;      // the model's or own
    std::unique_ptr<dynamics::Surroundings<V>> surroundings;
    dynamics::ArticulatedBody<S, V> tree;
    dynamics::ContactSolver<S, V> contacts;
    std::vector<S> active, activeDamping, passiveStiffness;  // per muscle
    std::vector<S> tau, diagonal, acceleration;              // per dof
    std::vector<Vec3<S>> torque, force;                      // per body, on its subtree about its origin: the ground's
  };

  static S row(const T* base, int feature) { return Traits::load(base + feature * kStride); }
  S load(const T* base, int feature, const Work& w) const { return row(base + w.offset, feature); }
  void store(T* base, int feature, const Work& w, S value) const { Traits::store(base + feature * kStride + w.offset, value); }

  Vec3<S> vector(const T* base, int feature, const Work& w) const {
    return {load(base, feature, w), load(base, feature + 1, w), load(base, feature + 2, w)};
  }
  Quat<S> quaternion(const T* base, int feature, const Work& w) const {
    return {load(base, feature, w), load(base, feature + 1, w), load(base, feature + 2, w), load(base, feature + 3, w)};
  }
  void storeQuaternion(T* base, int feature, const Work& w, const Quat<S>& q) const {
    store(base, feature, w, q.w);
    store(base, feature + 1, w, q.x);
    store(base, feature + 2, w, q.y);
    store(base, feature + 3, w, q.z);
  }
  // q after a time step at a body-frame angular velocity.
  Quat<S> turned(const Quat<S>& q, const Vec3<S>& angular) const { return normalized(q * exponentialMap(angular * S(dt_))); }

  // The functions that an engine with other dynamics overrides.
  virtual void kinematics(Work& work);
  // The forces on bodies: external ones and the ground's.
  virtual void beginStep(Work& work);
  // The acceleration due to w.tau with w.diagonal on the joint-space diagonal, as stable PD predicts it.
  virtual void predict(Work& work);
  // The actual acceleration, with the contact forces.
  virtual void solve(Work& work);

 private:
  void setNetworkInputs();
  void paths(Work& work);
  void muscles(Work& work, bool all);
  void prepare(Work& work);
  void desire(Work& work);
  void advance(Work& work);
  void solveLinear(Work& work) { work.contacts.solveLinear(work.tree, work.tau.data(), work.diagonal.data(), work.acceleration.data()); }
  void moveTarget(Work& work);
  void proportionalDerivative(Work& work);
  void passiveJoints(Work& work);
  void networkInput(Work& work);
  void updateActivation(Work& work);
  void jointTorque(Work& work);
  void constraintForces(Work& work);
  void predictFromLastForces(Work& work);
  void integrate(Work& work);

 protected:
  std::shared_ptr<const model::Model> model_;
  const model::Body<T>* bodies_;  // the model's, for what is the same in every environment
  int bodyCount_, dofCount_, rootDofs_, muscleCount_, entryCount_, contactCount_;
  const int* dofOfEntry_;
  std::vector<unsigned char> pdDriven_;  // per dof
  std::vector<int> networkRow_;          // per entry: its row of the network's input
  int networkEntries_;                   // rows before those of the dofs
  std::vector<int> muscleEntryEnd_;      // per muscle: one past its last entry
  int refinements_;                      // relinearisations of the contact forces in solve(); stable PD's prediction is one more
  dynamics::EngineSettings settings_;
  T dt_;
  State& state_;
  std::vector<Work> packs_;
};

template <class S, class V>
LanesEngine<S, V>::Work::Work(const model::Model& model, const dynamics::EngineSettings& settings, int offset)
    : offset(offset),
      own(ownConstants<S, V>(model, settings)),
      constants(sharedOr(model, own.get())),
      surroundings(std::make_unique<dynamics::Surroundings<V>>(dynamics::surroundingsOf<S, V>(model, settings))),
      tree(*constants, model.numDofs()),
      contacts(model, *constants, *surroundings, settings),
      active(model.numMuscles()),
      activeDamping(model.numMuscles()),
      passiveStiffness(model.numMuscles()),
      tau(model.numDofs()),
      diagonal(model.numDofs()),
      acceleration(model.numDofs()),
      torque(model.numBodies()),
      force(model.numBodies()) {}

template <class S, class V>
LanesEngine<S, V>::LanesEngine(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings, State& state)
    : model_(std::move(model)),
      bodies_(model_->constants<T>().bodies.data()),
      bodyCount_(model_->numBodies()),
      dofCount_(model_->numDofs()),
      rootDofs_(model_->numRootDofs()),
      muscleCount_(model_->numMuscles()),
      entryCount_(model_->numEntries()),
      contactCount_(settings.ground ? model_->numContacts() : 0),
      dofOfEntry_(model_->dofOfEntry().data()),
      settings_(settings),
      dt_(static_cast<T>(settings.timeStep)),
      state_(state) {
  if (state.lanes != kStride) throw std::logic_error("LanesEngine: the state is of another number of lanes");
  const bool muscles = usesMuscles(settings_.actuator);
  for (int dof = 0; dof < dofCount_; ++dof)
    pdDriven_.push_back(!muscles || (settings_.pdDofs.empty() ? !model_->muscleDrivenDofs()[dof] : settings_.pdDofs[dof]));
  setNetworkInputs();
  muscleEntryEnd_.assign(muscleCount_, 0);
  for (int m = 0, entry = 0; m < muscleCount_; ++m) {
    while (entry < entryCount_ && model_->muscleOfEntry()[entry] == m) ++entry;
    muscleEntryEnd_[m] = entry;
  }
  const bool foreseen = settings_.actuator == dynamics::Actuator::kMuscle || settings_.actuator == dynamics::Actuator::kPd;
  refinements_ = foreseen && !settings_.gaitnetPd ? 1 : 2;
  for (int offset = 0; offset < state.lanes; offset += Traits::kWidth) packs_.emplace_back(*model_, settings_, offset);
}

// Assigns rows of the network's input: its entries one after another, the others to a row past its end.
template <class S, class V>
void LanesEngine<S, V>::setNetworkInputs() {
  const std::vector<int>& inputs = settings_.networkEntries;
  networkEntries_ = inputs.empty() ? entryCount_ : static_cast<int>(inputs.size());
  networkRow_.assign(entryCount_, entryCount_ + model_->numJointDofs());
  for (int row = 0; row < networkEntries_; ++row) networkRow_[inputs.empty() ? row : inputs[row]] = row;
}

template <class S, class V>
void LanesEngine<S, V>::setBody(int lane, const model::Constants<double>& constants, const dynamics::Surroundings<double>& surroundings) {
  if constexpr (std::is_same_v<S, V>) {
    Work& w = packs_[lane / Traits::kWidth];
    if (!w.own) throw std::logic_error("setBody: the engine's environments share one body");
    const int k = lane % Traits::kWidth;
    const auto put = [k](V& to, double value) { Traits::setLane(to, k, static_cast<T>(value)); };
    copyValues(constants, *w.own, put);
    putVector(surroundings.lift, w.surroundings->lift, put);
    put(w.surroundings->friction, surroundings.friction);
    w.tree.use(*w.own);
  } else {
    throw std::logic_error("setBody: the engine's environments share one body");
  }
}

template <class S, class V>
void LanesEngine<S, V>::kinematics(Work& w) {
  w.tree.kinematics(state_.position + w.offset, state_.velocity + w.offset);
  for (int i = 0; i < bodyCount_; ++i) {
    const dynamics::BodyWork<S>& body = w.tree.body(i);
    for (int k = 0; k < 9; ++k) store(state_.bodyRotation, 9 * i + k, w, body.rotation.m[k]);
    const S position[3] = {body.position.x, body.position.y, body.position.z};
    const Vec3<S> angular = transposeTimes(body.rotation, body.angular), linear = transposeTimes(body.rotation, body.linear);
    const S velocity[6] = {angular.x, angular.y, angular.z, linear.x, linear.y, linear.z};
    for (int k = 0; k < 3; ++k) store(state_.bodyPosition, 3 * i + k, w, position[k]);
    for (int k = 0; k < 6; ++k) store(state_.bodyVelocity, 6 * i + k, w, velocity[k]);
    if (bodies_[i].type != model::JointType::kCustom) continue;
    const Vec3<S> a = transposeTimes(body.rotation, w.tree.screwOf(i).angular), l = transposeTimes(body.rotation, w.tree.screwOf(i).linear);
    const S screw[6] = {a.x, a.y, a.z, l.x, l.y, l.z};
    for (int k = 0; k < 6; ++k) store(state_.jointScrew, 6 * bodies_[i].screwIndex + k, w, screw[k]);
  }
}

template <class S, class V>
void LanesEngine<S, V>::paths(Work& w) {
  const BodyFrames<S> frames{state_.bodyRotation + w.offset, state_.bodyPosition + w.offset, state_.position + w.offset,
                             state_.jointScrew + w.offset};
  for (int m = 0; m < muscleCount_; ++m)
    store(state_.muscleLength, m, w, computePath<S>(*w.constants, w.constants->muscles[m], frames, state_.momentArm + w.offset));
}

template <class S, class V>
void LanesEngine<S, V>::muscles(Work& w, bool all) {
  const S scale(T(1 / dynamics::kNetworkTorqueScale));
  // Copies of what the compiler would load again after each store.
  const T *const arms = state_.momentArm + w.offset, *const rates = state_.velocity + w.offset;
  T *const jacobian = state_.jacobian + w.offset, *const inputs = state_.networkInput + w.offset;
  const int *const dofs = dofOfEntry_, *const rows = networkRow_.data();
  S* const passive = w.tau.data();
  for (int dof = 0; dof < dofCount_; ++dof) passive[dof] = S(0);
  int entry = 0;
  for (int m = 0; m < muscleCount_; ++m) {
    const model::Muscle<V>& muscle = w.constants->muscles[m];
    // The path's velocity is dL/dq qd, which needs fewer operations than the velocities of its points.
    const int begin = entry, end = muscleEntryEnd_[m];
    S velocity(0);
    for (; entry < end; ++entry) velocity -= row(arms, entry) * row(rates, dofs[entry]);
    const bool elastic = muscle.elasticIndex >= 0;
    const FibreInput<S> input{load(state_.muscleLength, m, w), velocity, load(state_.activation, m, w),
                              elastic ? load(state_.fibreStart, muscle.elasticIndex, w) : S(0), dt_};
    const FibreResult<S> fibre = computeFibre<S>(*w.constants, muscle, input);
    if (elastic) store(state_.fibreEnd, muscle.elasticIndex, w, fibre.projection);
    if (all) {
      store(state_.muscleVelocity, m, w, velocity);
      store(state_.fibreLength, m, w, fibre.length);
      store(state_.fibreVelocity, m, w, fibre.velocity);
      store(state_.activeForce, m, w, fibre.active);
      store(state_.passiveForce, m, w, fibre.passive);
    }
    w.active[m] = fibre.active;
    w.activeDamping[m] = fibre.activeDamping;
    w.passiveStiffness[m] = fibre.passiveStiffness;
    for (int e = begin; e < end; ++e) {
      const S arm = row(arms, e);
      const S torque = arm * fibre.active;
      if (all) Traits::store(jacobian + e * kStride, torque);
      Traits::store(inputs + rows[e] * kStride, torque * scale);
      passive[dofs[e]] += arm * fibre.passive;
    }
  }
  for (int dof = 0; dof < dofCount_; ++dof) store(state_.passiveTorque, dof, w, passive[dof]);
}

// Advances the PD target by a time step, to the step's end.
template <class S, class V>
[[gnu::flatten]] void LanesEngine<S, V>::moveTarget(Work& w) {
  for (int i = 0; i < bodyCount_; ++i) {
    const model::Body<T>& body = bodies_[i];
    const int p = body.positionIndex, v = body.dofIndex;
    if (body.type == model::JointType::kFree || body.dofs == 0) continue;
    Vec3<S> rate{};
    S* rates[3] = {&rate.x, &rate.y, &rate.z};
    for (int k = 0; k < body.dofs; ++k) {
      const S change = load(state_.targetAcceleration, v + k, w) * S(dt_), velocity = load(state_.targetVelocity, v + k, w);
      *rates[k] = velocity + change * S(T(0.5)) + load(state_.offsetRate, v + k, w);
      store(state_.targetVelocity, v + k, w, velocity + change);
    }
    if (body.dofs == 1)
      store(state_.target, p, w, load(state_.target, p, w) + rate.x * S(dt_));
    else
      storeQuaternion(state_.target, p, w, turned(quaternion(state_.target, p, w), rate));
  }
}

// Torque p + d of stable PD (Tan, Liu, Turk 2011, doi 10.1109/MCG.2011.30) and dt Kv on the diagonal.
template <class S, class V>
[[gnu::flatten]] void LanesEngine<S, V>::proportionalDerivative(Work& w) {
  for (int i = 0; i < bodyCount_; ++i) {
    const model::Body<V>& body = w.constants->bodies[i];
    const int p = body.positionIndex, v = body.dofIndex;
    if (body.type == model::JointType::kFree) {
      for (int k = 0; k < 6; ++k) w.tau[k] = w.diagonal[k] = S(0);
    } else if (body.dofs == 1) {
      const S rate = load(state_.velocity, v, w);
      const S error = load(state_.position, p, w) + rate * S(dt_) - load(state_.target, p, w);
      const S kv(body.kv[0]);
      w.tau[v] = -(error * S(body.kp[0])) - (rate - load(state_.targetVelocity, v, w)) * kv;
      w.diagonal[v] = kv * S(dt_);
    } else if (body.type == model::JointType::kBall) {
      const Vec3<S> rate = vector(state_.velocity, v, w);
      const Quat<S> here = quaternion(state_.position, p, w);
      const Quat<S> ahead = settings_.gaitnetPd ? exponentialMap(logarithmMap(here) + rate * S(dt_)) : turned(here, rate);
      const Vec3<S> error = logarithmMap(conjugate(quaternion(state_.target, p, w)) * ahead);
      const Vec3<S> slower = rate - vector(state_.targetVelocity, v, w);
      w.tau[v] = -(error.x * S(body.kp[0])) - slower.x * S(body.kv[0]);
      w.tau[v + 1] = -(error.y * S(body.kp[1])) - slower.y * S(body.kv[1]);
      w.tau[v + 2] = -(error.z * S(body.kp[2])) - slower.z * S(body.kv[2]);
      for (int k = 0; k < 3; ++k) w.diagonal[v + k] = S(body.kv[k]) * S(dt_);
    }
  }
}

template <class S, class V>
void LanesEngine<S, V>::beginStep(Work& w) {
  w.tree.beginStep(state_.externalForce + w.offset);
  const bool free = bodies_[0].type == model::JointType::kFree;
  w.contacts.begin(w.tree, free ? load(state_.position, 5, w) : S(w.constants->bodies[0].position.y));
}

template <class S, class V>
void LanesEngine<S, V>::passiveJoints(Work& w) {
  const bool springs = !settings_.hardLimits;
  w.tree.passiveJoints(state_.position + w.offset, state_.velocity + w.offset, dt_, springs ? T(dynamics::kLimitStiffness) : T(0),
                       springs ? T(dynamics::kLimitDamping) : T(0));
}

template <class S, class V>
void LanesEngine<S, V>::predict(Work& w) {
  if (settings_.gaitnetPd) return predictFromLastForces(w);
  w.tree.reduceBranches(w.tau.data(), w.diagonal.data());
  solveLinear(w);
  w.tree.accelerateBranches(w.surroundings->lift, w.acceleration.data());
  w.contacts.refine(w.tree);
}

template <class S, class V>
void LanesEngine<S, V>::predictFromLastForces(Work& w) {
  for (int dof = 0; dof < dofCount_; ++dof) w.tau[dof] += load(state_.constraintForce, dof, w);
  w.tree.reduceBranches(w.tau.data(), w.diagonal.data());
  w.tree.beginContacts();
  w.tree.reduceCarriers(w.tau.data(), w.diagonal.data());
  w.tree.accelerateCarriers(w.tau.data(), w.surroundings->lift, w.acceleration.data());
  w.tree.accelerateBranches(w.surroundings->lift, w.acceleration.data());
}

template <class S, class V>
void LanesEngine<S, V>::solve(Work& w) {
  w.tree.reduceBranches(w.tau.data(), w.diagonal.data());
  solveLinear(w);
  if (contactCount_ > 0) {
    for (int k = 0; k < refinements_; ++k) {
      w.contacts.refine(w.tree);
      solveLinear(w);
    }
    w.contacts.solveBounded(w.tree, w.tau.data(), w.diagonal.data(), w.acceleration.data());
    for (int c = 0; c < contactCount_; ++c) {
      const Vec3<S> force = w.contacts.force(c);
      store(state_.contactForce, 3 * c, w, force.x);
      store(state_.contactForce, 3 * c + 1, w, force.y);
      store(state_.contactForce, 3 * c + 2, w, force.z);
    }
  }
  w.tree.accelerateBranches(w.surroundings->lift, w.acceleration.data());
  if (settings_.gaitnetPd) constraintForces(w);
}

template <class S, class V>
void LanesEngine<S, V>::prepare(Work& w) {
  beginStep(w);
  passiveJoints(w);
}

template <class S, class V>
void LanesEngine<S, V>::desire(Work& w) {
  if (settings_.actuator == dynamics::Actuator::kTorque) {
    for (int dof = 0; dof < dofCount_; ++dof) store(state_.desiredTorque, dof, w, load(state_.directTorque, dof, w));
    return;
  }
  if (settings_.actuator == dynamics::Actuator::kActivation) {
    for (int dof = 0; dof < dofCount_; ++dof) store(state_.desiredTorque, dof, w, S(0));
    return;
  }
  moveTarget(w);
  proportionalDerivative(w);
  // The desired torque is that of PD alone, p + d - dt Kv qdd; the joints' passive torques are in the prediction.
  const S* passive = w.tree.passiveTorque();
  const S* passiveDiagonal = w.tree.passiveDiagonal();
  const S known(T(settings_.gaitnetPd ? 0 : 1));
  for (int dof = 0; dof < dofCount_; ++dof) {
    store(state_.desiredTorque, dof, w, w.tau[dof]);
    w.tau[dof] += known * passive[dof];
    w.diagonal[dof] += known * passiveDiagonal[dof];
  }
  predict(w);
  for (int dof = 0; dof < dofCount_; ++dof) {
    const S reaction = (w.diagonal[dof] - known * passiveDiagonal[dof]) * w.acceleration[dof];
    store(state_.desiredTorque, dof, w, load(state_.desiredTorque, dof, w) - reaction);
  }
  if (settings_.actuator == dynamics::Actuator::kMuscle) networkInput(w);
}

// The network's torque inputs: the torque of stable PD, by default minus the muscles' passive torque.
template <class S, class V>
void LanesEngine<S, V>::networkInput(Work& w) {
  const S scale(T(1 / dynamics::kNetworkTorqueScale));
  for (int dof = rootDofs_; dof < dofCount_; ++dof) {
    S torque = load(state_.desiredTorque, dof, w);
    if (settings_.networkActiveOnly) torque -= load(state_.passiveTorque, dof, w);
    if (!settings_.networkSeesPdDofs && pdDriven_[dof]) torque = S(0);
    store(state_.networkInput, networkEntries_ + dof - rootDofs_, w, torque * scale);
  }
}

template <class S, class V>
void LanesEngine<S, V>::updateActivation(Work& w) {
  for (int m = 0; m < muscleCount_; ++m) {
    const model::ActivationDynamics& dynamics = w.constants->muscles[m].activationTimes;
    const S u = minimum(maximum(load(state_.excitation, m, w), S(T(dynamics.lowest))), S(1));
    store(state_.activation, m, w, dynamics.activation > 0 ? followed(dynamics, u, load(state_.activation, m, w), dt_) : u);
  }
}

// The joints' torque and implicit diagonal of the step: muscles, and stable PD on the dofs that it drives.
template <class S, class V>
void LanesEngine<S, V>::jointTorque(Work& w) {
  const bool muscles = usesMuscles(settings_.actuator);
  const S* passive = w.tree.passiveTorque();
  const S* passiveDiagonal = w.tree.passiveDiagonal();
  for (int dof = 0; dof < dofCount_; ++dof) {
    w.tau[dof] = muscles ? load(state_.passiveTorque, dof, w) : S(0);
    w.diagonal[dof] = S(0);
  }
  if (muscles) {
    // A stiff fibre on a light bone is stable only if the end-of-step velocity feels it: the diagonal of
    // r (a dF/dV + dt dFp/dL) r^T acts on the change of velocity. Twice, as a muscle over several joints couples them.
    const T* const arms = state_.momentArm + w.offset;
    const int* const dofs = dofOfEntry_;
    S *const tau = w.tau.data(), *const diagonal = w.diagonal.data();
    int e = 0;
    for (int m = 0; m < muscleCount_; ++m) {
      const S a = load(state_.activation, m, w), force = w.active[m] * a;
      const S damping = (a * w.activeDamping[m] + w.passiveStiffness[m] * S(dt_)) * S(2 * dt_);
      for (const int end = muscleEntryEnd_[m]; e < end; ++e) {
        const S arm = row(arms, e);
        tau[dofs[e]] += arm * force;
        diagonal[dofs[e]] += arm * arm * damping;
      }
    }
  }
  for (int dof = 0; dof < dofCount_; ++dof) {
    store(state_.muscleTorque, dof, w, w.tau[dof]);
    if (pdDriven_[dof]) w.tau[dof] += load(state_.desiredTorque, dof, w);
    store(state_.appliedTorque, dof, w, w.tau[dof]);
    w.tau[dof] += passive[dof];
    w.diagonal[dof] += passiveDiagonal[dof];
  }
}

template <class S, class V>
void LanesEngine<S, V>::advance(Work& w) {
  for (int k = 0; k < state_.elasticCount; ++k) store(state_.fibreStart, k, w, load(state_.fibreEnd, k, w));
  updateActivation(w);
  jointTorque(w);
  solve(w);
  for (int dof = 0; dof < dofCount_; ++dof) store(state_.jointMoment, dof, w, w.tau[dof] - w.diagonal[dof] * w.acceleration[dof]);
  integrate(w);
}

// The contact forces as forces on the dofs, J^T f: from the leaves to the root.
template <class S, class V>
void LanesEngine<S, V>::constraintForces(Work& w) {
  const S zero(0);
  for (int i = 0; i < bodyCount_; ++i) w.torque[i] = w.force[i] = {zero, zero, zero};
  for (int dof = 0; dof < dofCount_; ++dof) store(state_.constraintForce, dof, w, zero);
  for (int c = 0; c < contactCount_; ++c) {
    const model::Contact<V>& contact = w.constants->contacts[c];
    const Vec3<S> f = vector(state_.contactForce, 3 * c, w);
    w.torque[contact.body] += cross(w.contacts.point(c), f);
    w.force[contact.body] += f;
  }
  for (int i = bodyCount_ - 1; i >= 0; --i) {
    const model::Body<V>& body = w.constants->bodies[i];
    const Vec3<S> torque = w.torque[i], force = w.force[i];
    const int v = body.dofIndex;
    const dynamics::BodyWork<S>& tree = w.tree.body(i);
    const Vec3<S> ownTorque = transposeTimes(tree.rotation, torque), ownForce = transposeTimes(tree.rotation, force);
    const S out[6] = {ownTorque.x, ownTorque.y, ownTorque.z, ownForce.x, ownForce.y, ownForce.z};
    if (body.moves())  // perhaps one of several joints of a coordinate
      store(state_.constraintForce, v, w,
            load(state_.constraintForce, v, w) + dot(w.tree.screwOf(i).angular, torque) + dot(w.tree.screwOf(i).linear, force));
    else if (body.type == model::JointType::kRevolute)
      store(state_.constraintForce, v, w, load(state_.constraintForce, v, w) + dot(tree.axis, torque));
    else
      for (int k = 0; k < body.dofs; ++k) store(state_.constraintForce, v + k, w, out[k]);
    if (body.parent < 0) continue;
    w.torque[body.parent] += torque + cross(tree.offset, force);
    w.force[body.parent] += force;
  }
}

// Semi-implicit Euler on the manifold, as DART: velocities first, then q <- q exp(dt v).
template <class S, class V>
[[gnu::flatten]] void LanesEngine<S, V>::integrate(Work& w) {
  const S dt(dt_);
  for (int dof = 0; dof < dofCount_; ++dof) {
    store(state_.acceleration, dof, w, w.acceleration[dof]);
    store(state_.velocity, dof, w, load(state_.velocity, dof, w) + w.acceleration[dof] * dt);
  }
  for (int i = 0; i < bodyCount_; ++i) {
    const model::Body<T>& body = bodies_[i];
    const int p = body.positionIndex, v = body.dofIndex;
    if (body.dofs == 1) {
      store(state_.position, p, w, load(state_.position, p, w) + load(state_.velocity, v, w) * dt);
    } else if (body.dofs >= 3) {
      storeQuaternion(state_.position, p, w, turned(quaternion(state_.position, p, w), vector(state_.velocity, v, w)));
      if (body.type == model::JointType::kFree) {
        const Vec3<S> moved = w.tree.body(0).rotation * (vector(state_.velocity, 3, w) * dt);
        store(state_.position, 4, w, load(state_.position, 4, w) + moved.x);
        store(state_.position, 5, w, load(state_.position, 5, w) + moved.y);
        store(state_.position, 6, w, load(state_.position, 6, w) + moved.z);
      }
    }
  }
}

template <class S, class V>
void LanesEngine<S, V>::forwardDynamics() {
  for (Work& w : packs_) {
    beginStep(w);
    passiveJoints(w);
    for (int dof = 0; dof < dofCount_; ++dof) {
      w.tau[dof] = load(state_.directTorque, dof, w) + w.tree.passiveTorque()[dof];
      w.diagonal[dof] = w.tree.passiveDiagonal()[dof];
    }
    solve(w);
    for (int dof = 0; dof < dofCount_; ++dof) store(state_.acceleration, dof, w, w.acceleration[dof]);
  }
}

}  // namespace muscle::lanes
