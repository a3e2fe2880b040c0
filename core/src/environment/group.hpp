// A group: the fixed number of environments that share a lane state and one network inference. It is the unit of work, so
// an environment's results depend on its index and seed alone, not on the number of threads or of other environments.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "environment/clips.hpp"
#include "environment/lane_bodies.hpp"
#include "environment/network.hpp"
#include "environment/random.hpp"
#include "environment/reference_lane.hpp"
#include "environment/state_header.hpp"
#include "environment/substep_record.hpp"
#include "environment/substep_series.hpp"
#include "environment/task.hpp"

namespace muscle::environment {

// An error: a call before the call that must precede it, or during another call.
class StateError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// The constant data that all groups share.
struct Scene {
  std::shared_ptr<const model::Model> model;
  std::vector<Clip> clips;  // at least one
  TaskSettings settings;
  std::shared_ptr<const dynamics::EngineFactory> engine;
  std::shared_ptr<const GaitNet> gait;       // of the gaitnet reward, else null
  std::vector<int> networkEntries;           // see dynamics::EngineSettings
  std::shared_ptr<const Symmetry> symmetry;  // null: no mirroring

  // Number of actions before the phase action: one for each muscle (activations), or for each joint dof.
  int motorActions() const { return settings.actuator == dynamics::Actuator::kActivation ? model->numMuscles() : model->numJointDofs(); }
  int actionSize() const { return motorActions() + (settings.phaseAction ? 1 : 0) + settings.networkWeights; }
  bool observesGait() const { return gait && settings.observation.type == ObservationType::kDefault; }
  int observationSize() const {
    return environment::observationSize(*model, settings.observation, gait != nullptr) + (observesGait() ? GaitNet::kObservations : 0) +
           observedClips() + observedParameters();
  }
  // A policy of several clips observes which one it follows.
  int observedClips() const { return clips.size() > 1 ? static_cast<int>(clips.size()) : 0; }
  int observedParameters() const {
    const auto& all = settings.parameters;
    return static_cast<int>(std::count_if(all.begin(), all.end(), [](const Parameter& p) { return p.observed; }));
  }
  // Of torques; a cascade's weights come after them.
  int networkInputs() const {
    return (networkEntries.empty() ? model->numEntries() : static_cast<int>(networkEntries.size())) + model->numJointDofs();
  }
  dynamics::EngineSettings engineSettings() const;
};

// Entries of the reduced Jacobian whose torque at full activation in the zero pose is above a threshold (N m): the inputs of
// the muscle networks of MASS and GaitNet. Empty, for all entries, where the threshold is 0.
std::vector<int> entriesAbove(const std::shared_ptr<const model::Model>& model, double threshold);
// For each dof of the model, whether stable PD drives it.
std::vector<bool> pdDofs(const model::Model& model, const TaskSettings& settings);

// The arrays to which a group writes the results of its used lanes; row = environment. Null arrays are not written.
struct Outputs {
  float* observation = nullptr;       // (environments, observation size)
  float* finalObservation = nullptr;  // the same shape; rows of ended environments
  float* reward = nullptr;
  float* rewardTerms = nullptr;  // (environments, settings.rewardTerms())
  bool* terminated = nullptr;
  bool* truncated = nullptr;
  float* activation = nullptr;      // (environments, muscles), last substep
  float* meanActivation = nullptr;  // (environments, muscles), over the control step
  float* sampleJacobian = nullptr;  // (environments, entries), of one random substep
  float* sampleTorque = nullptr;    // (environments, joint dofs), desired - JtP of the same substep, N m
  float* samplePassive = nullptr;   // (environments, joint dofs), JtP of the same substep, N m
  double* parameters = nullptr;     // (environments, parameters) of the present episodes
  std::int32_t* clips = nullptr;    // (environments) clip of the present episodes
};

// How a control step treats its environments.
struct StepOptions {
  bool autoReset = false;      // an ended environment starts a new episode in the same call
  const bool* held = nullptr;  // (environments of the batch): these stay as they are; null: none
};

// Seconds spent in the parts of a substep, in their order, summed over calls.
struct Timings {
  double kinematics = 0;
  double paths = 0;     // muscle lengths and moment arms
  double muscles = 0;   // forces, JtA and JtP
  double stablePd = 0;  // and the network's input
  double network = 0;
  double dynamics = 0;  // contact, joint torques, forward dynamics, integration
  double task = 0;      // actions, observation, reward, ends and starts of episodes

  Timings& operator+=(const Timings& other);
};

inline constexpr const char* kNoEpisode = "step: no episode has begun; call reset first, and after seed";

class Group {
 public:
  // `first`: index of the group's first environment; `exposed`: number of its lanes that are environments.
  Group(std::shared_ptr<const Scene> scene, int first, int exposed, std::uint64_t seed);

  int lanes() const { return state_.lanes; }
  int first() const { return first_; }
  int exposed() const { return exposed_; }
  void setNetwork(std::shared_ptr<const ActivationNetwork> network);
  bool hasNetwork() const { return network_ != nullptr; }

  // Starts a new episode in every environment. reseed() restarts the random numbers.
  void reset(const Outputs& out);
  // In those of `mask` (environments of the batch) alone: nothing of the others changes. StateError before reset().
  void reset(const Outputs& out, const bool* mask);
  void reseed(std::uint64_t seed);
  // Each environment with a seed of its own (environments of the batch), as the first of a batch with that seed; `shared` is the
  // seed of what they have in common, which substep is sampled.
  void reseed(const std::uint64_t* seeds, std::uint64_t shared);
  // One control step. `actions`: (environments of the batch, action size). An environment whose action is not finite ends as
  // diverged, after a step with zero action. With autoReset an ended environment starts a new
  // episode in the same call: its observation is the new episode's first, the last one goes to finalObservation. Of a held one nothing
  // changes, bit for bit; its reward is zero and its action is not read. StateError
  // before reset(), after reseed() until reset(), and without the network that the muscles need.
  void step(const float* actions, const Outputs& out, const StepOptions& options);
  // The same of several groups, at most ActivationNetwork::kMaxTeam, substep by substep, so that their inferences share the network's
  // weights; with the same bits.
  static void stepTeam(std::span<const std::unique_ptr<Group>> team, const float* actions, const Outputs& out, const StepOptions& options);

  // The same in parts, for a network that is inferred for many groups at once: beginStep, proceed until it returns false, endStep.
  void beginStep(const float* actions, const bool* held);
  // Runs until an inference is due (true: the state's networkInput is ready, its excitation must be set) or all substeps are done.
  bool proceed(const Outputs& out);
  void endStep(const Outputs& out, bool autoReset);
  // In place of endStep where something threw: the external forces are again the caller's alone. At any time.
  void abandonStep() {
    endPushes();
    releaseLanes();
    heldCount_ = 0;
  }

  // Sets an environment's generalised positions and velocities.
  void setState(int lane, const double* positions, const double* velocities);
  void setPhase(int lane, double phase);
  // Sets the external force on a body until it is changed: force (N) at a point (m), both in world coordinates.
  void setExternalForce(int lane, int body, const Vec3<double>& force, const Vec3<double>& point);
  void clearExternalForces(int lane);
  // Adds a force to the external force on a body, as setExternalForce.
  void addExternalForce(int lane, int body, const Vec3<double>& force, const Vec3<double>& point);
  // Replaces the network's excitations of lane 0 by these values (muscles); NaN keeps the network's. Null: no override.
  void overrideExcitation(const float* values);
  // Recomputes what frames show of the present state: transforms and, if asked for, muscles.
  void refresh(bool muscles);

  // Parameters of the environments of `mask` (null: of all) have these values (environments of the batch, parameters) in place of
  // drawn ones from the next reset on, or `atOnce`; NaN: drawn again. Throws std::invalid_argument, and changes nothing, for a value
  // out of its range. StateError for `atOnce` before reset().
  void setParameters(const double* values, const bool* mask, bool atOnce, const Outputs& out);
  void checkParameters(const double* values, const bool* mask) const;
  // The environments of `mask` (null: of all) follow this clip from the next reset on; negative: each episode draws one again. `atOnce`:
  // also in the present episode, from the phase that is nearest to the character's pose, at its place and in its direction. StateError for
  // `atOnce` before reset(), or without a clip.
  // `begun`: for each environment of the batch the part of the transition that is over, 0 to 1; the character is put where its reference
  // is then. Null: 0, and it stays where it is.
  void setClip(int clip, const bool* mask, bool atOnce, const double* begun, const Outputs& out);
  // Shares of the episodes that draw each clip (clips), relative to one another; not negative, not all zero.
  void setClipWeights(std::span<const double> weights);
  const ParameterValue* parameters(int lane) const { return bodies_.values(lane); }
  double mass(int lane) const { return bodies_.constants(lane).totalMass; }                               // kg
  double gravity(int lane) const { return scene_->settings.gravity * bodies_.conditions(lane).gravity; }  // m/s^2

  LaneView view(int lane) const { return {*scene_->model, bodies_.constants(lane), state_, lane}; }
  const dynamics::LaneState<float>& state() const { return state_; }
  dynamics::LaneState<float>& state() { return state_; }
  const Episode& episode(int lane) const { return episodes_[lane]; }
  // Records what the substeps do, from the next control step on; `reactions`: the joints' reactions, too. Allocates.
  void recordSubsteps(bool record, bool reactions = false);
  // Keeps each substep of the first environment, too, which must be the only one; with its record. Allocates.
  void keepSubsteps(bool keep);
  // Null where none are kept.
  const SubstepSeries* substepSeries() const { return series_.get(); }
  // The record of the last control step; null where none is kept.
  const SubstepRecord* substepRecord() const { return record_.get(); }
  // The push that acted in the last control step, N, world axes; zero for none.
  Vec3<double> lastPush(int lane) const;
  const Reward& lastReward(int lane) const { return rewards_[lane]; }
  const ReferencePose& referencePose(int lane);
  // At the present control step; with a delay of the senses, what was so many steps before.
  void writeObservation(int lane, float* out) const;

  const Timings& timings() const { return timings_; }
  void resetTimings() { timings_ = {}; }

  // The state of the exposed environments, without weights and configuration, continues bit for bit. Their records follow one
  // another, header().recordBytes each.
  StateHeader header() const;
  // Whether the environments have seeds of their own, which are saved as (seed, environment) pairs.
  bool hasOwnSeeds() const { return ownSeeds_; }
  void saveKeys(std::uint64_t* pairs) const;
  // Before restore().
  void restoreKeys(const std::uint64_t* pairs);
  void save(std::byte* records, std::size_t recordBytes) const;
  // StateError for records that no environment of this scene can have saved.
  void check(const std::byte* records, std::size_t recordBytes) const;
  // Restores records that check() has accepted; writes their observations.
  void restore(const StateHeader& header, const std::byte* records, const Outputs& out);

 private:
  void requireNetwork() const;
  const Reference& reference(int lane) const { return *scene_->clips[episodes_[lane].clip].reference; }
  void switchClip(int lane, int clip);
  double beginPhaseOf(int lane) const;
  void beginWithin(int lane, double part);
  void setTransitionRate(int lane);
  void advanceTransition(int lane);
  void placeHere(int lane, int clip, const CyclePhase& motion, Placement& placement);
  static constexpr double kMiddle = 0.5;  // of a control step, whose paces are the rates of its phases
  // Of the clips of an episode in transition, so many control steps from now.
  Paces paces(int lane, double ahead) const;
  std::span<const double> clipWeights(int lane) const { return {clipWeights_.data() + lane * scene_->clips.size(), scene_->clips.size()}; }
  void beginEpisode(int lane);
  double lowestContact(int lane);
  void fitPose(int lane);
  void takePose(int lane);
  void forgetStep(int lane);
  void differenceAhead(int lane);
  // The reference's pose for the lane's body and stride, but for its end effectors and centre of mass. From 1 on, a cycle's phase is
  // one of the cycles that follow.
  void evaluateReference(int lane, double phase, std::int64_t cycle, ReferencePose& pose) const;
  void evaluateClip(int lane, int clip, const Placement& placement, double phase, std::int64_t cycle, ReferencePose& pose) const;
  double cadence(int lane) const { return scene_->settings.cadence * bodies_.conditions(lane).cadence; }
  // How far the reference's phase goes in a control step unless an action changes its rate.
  double phaseStep(int lane) const {
    const double own = cadence(lane) / (reference(lane).duration() * scene_->settings.controlHz);
    return episodes_[lane].transition.isOn() ? own * paces(lane, kMiddle).next : own;
  }
  GaitGoal goal(int lane) const { return scene_->gait->goal(bodies_.conditions(lane), bodies_.constants(lane).totalMass); }
  // The episode's observation, parameters and clip, where they are wanted.
  void writeEpisode(int lane, const Outputs& out) const;
  // Visits the exposed lanes of `mask`, which has every environment of the batch (null: all).
  template <class Visit>
  void eachChosen(const bool* mask, Visit&& visit) const {
    for (int lane = 0; lane < exposed_; ++lane)
      if (!mask || mask[first_ + lane]) visit(lane);
  }
  void addNoise(int lane, float* out, int count) const;
  void sense(int lane, float* out) const;
  float* sensed(int lane, std::int64_t step) const;
  void beginGait(int lane);
  double* comHistory(int lane) { return comHistory_.data() + static_cast<std::size_t>(lane) * comHistory_.size() / lanes(); }
  double beginPhase(Random& random) const;
  void applyAction(int lane, const float* action);
  void applyTarget(int lane, const float* action);
  void offsetTarget(int lane, const model::Body<double>& body, const float* action);
  const float* networkInput();
  void advancePhase(int lane);
  void prepareObservation();
  // Whether policy and network observe the mirror image, `ahead` control steps from now.
  bool isMirrored(int lane, double ahead = 0) const;
  void mirrorAction(float* action);
  void mirrorInput();
  void mirrorExcitation();
  double partOfStep() const { return static_cast<double>(substep_) / scene_->settings.substeps(); }
  void fillUnusedLanes();
  void beginPushes();
  void endPushes();
  void watchSubstep();
  void recordEffort();
  void beginRecord();
  void addToRecord();
  Effort effort(int lane) const;
  Reward reward(int lane);
  void applyOverride();
  void recordSample(const Outputs& out, double ahead) const;
  void finishStep(int lane, const Outputs& out, bool autoReset);
  bool isHeld(int lane) const { return heldCount_ > 0 && kept_[lane].held; }
  void holdLanes(const bool* held);
  void makeKept();
  void releaseLanes();
  void writeHeld(int lane, const Outputs& out) const;
  template <class Self, class Record>
  static void describe(Self& self, int lane, Record&& record);

  std::shared_ptr<const Scene> scene_;
  int first_, exposed_;
  std::uint64_t seed_;
  struct Key {
    std::uint64_t seed, environment;
  };
  std::vector<Key> keys_;  // per lane: of its random numbers
  bool ownSeeds_ = false;
  std::uint64_t steps_ = 0;  // control steps of the group; the key of the sampled substep
  int substep_ = 0, sampled_ = 0;
  bool awaiting_ = false;  // within a substep, waiting for the network's output
  dynamics::LaneState<float> state_;
  LaneBodies bodies_;
  std::unique_ptr<dynamics::Engine<float>> engine_;
  std::shared_ptr<const ActivationNetwork> network_;
  std::unique_ptr<ActivationNetwork::Workspace> workspace_;
  std::vector<Episode> episodes_;          // per lane
  std::vector<double> clipWeights_;        // (lanes, clips)
  std::vector<std::int32_t> chosenClips_;  // per lane: the clip of its episodes; -1: drawn
  std::vector<std::uint64_t> number_;      // per lane: number of the episode when the step began
  std::vector<Reward> rewards_;            // per lane
  std::vector<double> squaredActivation_;  // per lane: weighted, sum over muscles and substeps
  std::vector<double> torque_;             // per lane: N m, sum over substeps
  std::vector<float> squareWeights_;       // (muscles)
  std::vector<double> comHistory_;         // (lanes, window, 2) of the gaitnet reward, m
  mutable std::vector<float> sensed_;      // (lanes, longest delay + 1, observation size) by control step, if there is a delay
  std::vector<float> activationSum_;       // (muscles, lanes)
  std::vector<float> unpushed_;            // (6, lanes) the pushed body's external force, without the pushes
  bool pushed_ = false;                    // the external forces hold the pushes
  std::unique_ptr<SubstepRecord> record_;  // null: not recorded
  std::unique_ptr<SubstepSeries> series_;
  std::vector<float> noAction_;         // (action size) zeros
  std::vector<unsigned char> refused_;  // per lane: the step's action was not finite
  std::vector<float> networkInput_;     // (network inputs + weights, lanes) of a cascade, else empty
  struct KeptLane {
    bool held = false;
    Episode episode;
    std::vector<float> state;
    std::vector<double> comHistory;
  };
  std::vector<KeptLane> kept_;             // per environment; empty until one is held
  int heldCount_ = 0;                      // in this step
  std::vector<float> excitationOverride_;  // (muscles) of lane 0; empty: no override
  std::vector<bool> pdDofs_;
  std::vector<float> action_, scratch_;  // of one environment, used with symmetry
  ReferencePose pose_, ahead_;
  mutable ReferencePose blended_, left_;      // in evaluateClip() and evaluateReference()
  std::unique_ptr<ReferenceLane> reference_;  // of the observation kImitation and of fitted poses
  std::vector<double> generalised_;
  Timings timings_;
};

}  // namespace muscle::environment
