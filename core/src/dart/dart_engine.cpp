#include "dart/dart_engine.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "dart/dart_lane.hpp"

namespace muscle::dart_engine {
namespace {

using dynamics::LaneState;

// Steps a group's environments one after another, each in double; between the parts of a substep the state is stored in the group's
// float arrays, where the task and the network read it.
class DartEngine final : public dynamics::Engine<float> {
 public:
  DartEngine(const std::shared_ptr<const model::Model>& model, const dynamics::EngineSettings& settings, LaneState<float>& state)
      : model_(model), state_(state) {
    for (int lane = 0; lane < state.lanes; ++lane) lanes_.push_back(std::make_unique<Lane>(model, settings));
  }

  void kinematics() override {
    each([&](Lane& lane, int index) {
      const LaneState<double>& s = lane.state;
      load(state_.position, s.position, model_->numPositions(), index);
      load(state_.velocity, s.velocity, model_->numDofs(), index);
      lane.engine->kinematics();
      store(s.bodyRotation, state_.bodyRotation, 9 * model_->numBodies(), index);
      store(s.bodyPosition, state_.bodyPosition, 3 * model_->numBodies(), index);
      store(s.bodyVelocity, state_.bodyVelocity, 6 * model_->numBodies(), index);
    });
  }

  void paths() override {
    each([&](Lane& lane, int index) {
      lane.engine->paths();
      store(lane.state.muscleLength, state_.muscleLength, model_->numMuscles(), index);
      store(lane.state.momentArm, state_.momentArm, model_->numEntries(), index);
    });
  }

  void muscles(dynamics::MuscleResults) override {
    each([&](Lane& lane, int index) {
      const LaneState<double>& s = lane.state;
      const int muscles = model_->numMuscles(), entries = model_->numEntries();
      load(state_.activation, s.activation, muscles, index);
      load(state_.fibreStart, s.fibreStart, model_->numElastic(), index);
      lane.engine->muscles(dynamics::MuscleResults::kAll);
      store(s.fibreEnd, state_.fibreEnd, model_->numElastic(), index);
      store(s.muscleVelocity, state_.muscleVelocity, muscles, index);
      store(s.fibreLength, state_.fibreLength, muscles, index);
      store(s.fibreVelocity, state_.fibreVelocity, muscles, index);
      store(s.activeForce, state_.activeForce, muscles, index);
      store(s.passiveForce, state_.passiveForce, muscles, index);
      store(s.jacobian, state_.jacobian, entries, index);
      store(s.passiveTorque, state_.passiveTorque, model_->numDofs(), index);
    });
  }

  void prepare() override {
    each([&](Lane& lane, int index) {
      loadForces(lane.state, index);
      lane.engine->prepare();
    });
  }

  void desire() override {
    each([&](Lane& lane, int index) {
      const LaneState<double>& s = lane.state;
      load(state_.target, s.target, model_->numPositions(), index);
      load(state_.targetVelocity, s.targetVelocity, model_->numDofs(), index);
      load(state_.targetAcceleration, s.targetAcceleration, model_->numDofs(), index);
      load(state_.offsetRate, s.offsetRate, model_->numDofs(), index);
      lane.engine->desire();
      store(s.target, state_.target, model_->numPositions(), index);
      store(s.targetVelocity, state_.targetVelocity, model_->numDofs(), index);
      store(s.desiredTorque, state_.desiredTorque, model_->numDofs(), index);
      store(s.networkInput, state_.networkInput, model_->numEntries() + model_->numJointDofs(), index);
    });
  }

  void advance() override {
    each([&](Lane& lane, int index) {
      const LaneState<double>& s = lane.state;
      load(state_.excitation, s.excitation, model_->numMuscles(), index);
      load(state_.activation, s.activation, model_->numMuscles(), index);
      lane.engine->advance();
      const int dofs = model_->numDofs();
      store(s.fibreStart, state_.fibreStart, model_->numElastic(), index);
      store(s.activation, state_.activation, model_->numMuscles(), index);
      store(s.muscleTorque, state_.muscleTorque, dofs, index);
      store(s.appliedTorque, state_.appliedTorque, dofs, index);
      store(s.jointMoment, state_.jointMoment, dofs, index);
      store(s.position, state_.position, model_->numPositions(), index);
      store(s.velocity, state_.velocity, dofs, index);
      storeForces(s, index);
    });
  }

  void setBody(int lane, const model::Constants<double>& constants, const dynamics::Surroundings<double>& surroundings) override {
    lanes_[lane]->engine->setBody(0, constants, surroundings);
  }

  void forwardDynamics() override {
    each([&](Lane& lane, int index) {
      loadForces(lane.state, index);
      lane.engine->forwardDynamics();
      storeForces(lane.state, index);
    });
  }

 private:
  struct Lane {
    Lane(const std::shared_ptr<const model::Model>& model, const dynamics::EngineSettings& settings)
        : state(*model, 1), engine(std::make_unique<DartLane>(model, settings, state)) {}
    LaneState<double> state;
    std::unique_ptr<dynamics::Engine<double>> engine;
  };

  template <class Visit>
  void each(Visit&& visit) {
    for (int index = 0; index < state_.lanes; ++index) visit(*lanes_[index], index);
  }
  void load(const float* from, double* to, int features, int lane) const {
    for (int i = 0; i < features; ++i) to[i] = from[i * state_.lanes + lane];
  }
  void store(const double* from, float* to, int features, int lane) const {
    for (int i = 0; i < features; ++i) to[i * state_.lanes + lane] = static_cast<float>(from[i]);
  }
  void loadForces(const LaneState<double>& s, int lane) const {
    load(state_.externalForce, s.externalForce, 6 * model_->numBodies(), lane);
    load(state_.constraintForce, s.constraintForce, model_->numDofs(), lane);
    load(state_.directTorque, s.directTorque, model_->numDofs(), lane);
  }
  void storeForces(const LaneState<double>& s, int lane) const {
    store(s.acceleration, state_.acceleration, model_->numDofs(), lane);
    store(s.constraintForce, state_.constraintForce, model_->numDofs(), lane);
    store(s.contactForce, state_.contactForce, 3 * model_->numContacts(), lane);
  }

  std::shared_ptr<const model::Model> model_;
  LaneState<float>& state_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

class DartFactory final : public dynamics::EngineFactory {
 public:
  std::string name() const override { return "dart"; }
  int lanes() const override { return 1; }
  void check(const model::Model& model, const model::Constants<double>& constants) const override { DartLane::check(model, constants); }
  std::unique_ptr<dynamics::Engine<float>> make(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings,
                                                LaneState<float>& state) const override {
    return std::make_unique<DartEngine>(model, settings, state);
  }
  std::unique_ptr<dynamics::Engine<double>> makeDouble(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings,
                                                       LaneState<double>& state) const override {
    return std::make_unique<DartLane>(std::move(model), settings, state);
  }
};

}  // namespace

std::shared_ptr<const dynamics::EngineFactory> makeDartFactory() { return std::make_shared<DartFactory>(); }

}  // namespace muscle::dart_engine
