// The interface between the task and the physics: an engine steps the lanes of one group. A substep is divided into parts because
// the network is inferred between `desire` and `advance`.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "dynamics/lane_state.hpp"
#include "dynamics/surroundings.hpp"

namespace muscle::dynamics {

// kMuscle: activations by the network, from the torques of stable PD; kActivation: activations are given.
enum class Actuator { kMuscle, kPd, kTorque, kActivation };

inline bool usesMuscles(Actuator actuator) { return actuator == Actuator::kMuscle || actuator == Actuator::kActivation; }

struct EngineSettings {
  double timeStep = 1.0 / 480;  // s
  double gravity = 9.81;        // m/s^2
  double slope = 0;             // rad, uphill along z; the ground stays the plane y = 0, and gravity is tilted from -y towards -z
  Actuator actuator = Actuator::kMuscle;
  bool ground = true;
  bool rigidGround = false;  // without the compliance of the model's contact parameters; DART only
  // Stable PD as in the GaitNets (sim/Character.cpp of their fork, getSPDForces): the predicted acceleration includes neither joint
  // damping nor limits, and the ground only by the forces of the last substep; rotation vectors advance by dt times the rates.
  bool gaitnetPd = false;
  bool ownBodies = false;   // each lane has constants of its own, see Engine::setBody
  bool hardLimits = false;  // joint limits stop the joint within a step (DART only); otherwise they are spring-dampers
  // For the actuator kMuscle:
  std::vector<bool> pdDofs;         // (dofs) driven by stable PD in addition to the muscles; empty: those that no muscle spans
  std::vector<int> networkEntries;  // entries of the reduced Jacobian that are network inputs, ascending; empty: all
  bool networkActiveOnly = true;    // the network's torque input is the desired minus the passive muscle torque, else all of it
  bool networkSeesPdDofs = true;    // otherwise the network's torque input is 0 for the dofs that stable PD drives
};

// The negative of gravity's acceleration, m/s^2, in the ground's frame.
inline Vec3<double> liftOf(double gravity, double slope) { return {0, gravity * std::cos(slope), gravity * std::sin(slope)}; }

// Those of the settings and the model, the same in all lanes of a scalar S.
template <class S, class V>
Surroundings<V> surroundingsOf(const model::Model& model, const EngineSettings& settings) {
  using T = Element<S>;
  const Vec3<double> lift = liftOf(settings.gravity, settings.slope);
  return {{V(static_cast<T>(lift.x)), V(static_cast<T>(lift.y)), V(static_cast<T>(lift.z))},
          V(static_cast<T>(model.description().contact.friction))};
}

// Joint limits are spring-dampers outside [lower, upper].
inline constexpr double kLimitStiffness = 1000;  // N m/rad
inline constexpr double kLimitDamping = 10;      // N m s/rad

// The network's inputs are torques divided by this, N m, as in MASS and GaitNet.
inline constexpr double kNetworkTorqueScale = 200;

// What muscles() writes: everything, or what the substep itself needs: the network's input and JtP. The arrays that are left out are
// large, and no cache holds them beside the network.
enum class MuscleResults { kAll, kNeeded };

template <class T>
class Engine {
 public:
  virtual ~Engine() = default;

  // Body transforms and velocities from positions and velocities.
  virtual void kinematics() = 0;
  // Muscle lengths and moment arms. After kinematics().
  virtual void paths() = 0;
  // Muscle velocities, forces, JtA and JtP. After paths().
  virtual void muscles(MuscleResults results) = 0;
  // Forces at the present state that do not depend on the joints' torques: bias forces, contact, passive joints. After kinematics().
  virtual void prepare() = 0;
  // The stable PD torque towards `target`, and the network's input. After muscles() and prepare().
  virtual void desire() = 0;
  // Activation from `excitation`, torques, forward dynamics with contact; advances positions and velocities by one time step.
  virtual void advance() = 0;
  // The accelerations due to `directTorque` alone (with gravity, contact, damping); leaves the state unchanged. After kinematics().
  virtual void forwardDynamics() = 0;
  // Gives a lane constants of its own, of the model's structure, for an engine with settings.ownBodies. Allocates nothing.
  virtual void setBody(int lane, const model::Constants<double>& constants, const Surroundings<double>& surroundings) = 0;
};

// Makes the engines of a scene's groups. Immutable: any number of threads may share one.
class EngineFactory {
 public:
  virtual ~EngineFactory() = default;

  virtual std::string name() const = 0;
  // Number of environments of a group, at most kGroupLanes: served by one network inference, stepped by one thread.
  virtual int lanes() const = 0;
  // Throws std::invalid_argument for a model that the engine cannot simulate, with its own constants or with others.
  virtual void check(const model::Model&, const model::Constants<double>&) const {}
  // An engine over a state of lanes() lanes, for a model that check() accepts.
  virtual std::unique_ptr<Engine<float>> make(std::shared_ptr<const model::Model> model, const EngineSettings& settings,
                                              LaneState<float>& state) const = 0;
  // The same physics in double over a state of one lane: for tests and analysis.
  virtual std::unique_ptr<Engine<double>> makeDouble(std::shared_ptr<const model::Model> model, const EngineSettings& settings,
                                                     LaneState<double>& state) const = 0;
};

// Instruction sets that this build has and this CPU can run, the widest first.
std::vector<std::string> instructionSets();

// Whether this build and CPU have the muscle network's product in bfloat16 (AVX-512 BF16).
bool multipliesBfloat16();

// The lanes engine for an instruction set's name. Throws std::invalid_argument for one that cannot run here.
std::shared_ptr<const EngineFactory> makeLanesFactory(const std::string& instructionSet);

// The lanes engine's algorithms in double for one environment: the reference for tests and analysis.
std::unique_ptr<Engine<double>> makeReferenceEngine(std::shared_ptr<const model::Model> model, const EngineSettings& settings,
                                                    LaneState<double>& state);

}  // namespace muscle::dynamics
