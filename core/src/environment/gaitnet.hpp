// The reward of Generative and Bidirectional GaitNet: head motion, walking speed, footholds and muscle effort, without a reference pose.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "environment/footholds.hpp"
#include "environment/lane_view.hpp"
#include "environment/parameters.hpp"
#include "environment/reference.hpp"
#include "environment/reward.hpp"

namespace muscle::environment {

// A: activations; M: weighted with the muscles' masses (kg); 2: squared.
enum class EnergyType { kA, kA2, kMA, kMA2 };

inline constexpr double kMuscleDensity = 1060;  // kg/m^3 (Mendez and Keys 1960)

// The last term exists only where the torque is a separate factor.
inline constexpr std::array<const char*, 6> kGaitNetRewardNames = {
    "head_acceleration", "head_rotation", "average_speed", "step", "energy", "torque"};

struct GaitNetSettings {
  bool multiplicative = true;  // whether the energy multiplies the rest or is added to it
  int head = 0;                // body
  double headAccelerationWeight = 4, headRotationWeight = 4;
  double speed = 0;   // m/s along z
  double stride = 0;  // m, two steps
  int window = 32;    // control steps that the speed is averaged over
  double speedWeight = 4;
  double speedClip = 0;  // speed error without a penalty, m/s
  bool considerX = true;
  std::array<int, 2> feet{};                // bodies, right and left
  std::array<double, 2> heelStrikes{};      // phases in [0, 1) at which each foot's stance begins; it ends at the other's
  double stepWeight = 2, stepClip = 0.075;  // 1/m; foothold error without a penalty, m
  EnergyType energyType = EnergyType::kA2;
  double energyWeight = 0.03;
  double energyScale = 1;        // factor on the energy if it is added
  double specificTension = 6e5;  // Pa, of the muscles' masses
  // Details as in the GaitNets: the head's change is that between a control step's first and last substep; the average velocity
  // includes the vertical one and has no effect until a whole window has passed; a muscle's mass is f0 (L - tendon) / 100.
  bool gaitnetTerms = false;
  FootholdSettings footholds;
  double torqueCoefficient = 0;  // energy per N m of the dofs that no muscle drives; 0: off
  bool torqueSeparate = true;    // whether it is a separate factor

  bool hasTorqueTerm() const { return torqueCoefficient > 0 && torqueSeparate; }
  int terms() const { return static_cast<int>(kGaitNetRewardNames.size()) - (hasTorqueTerm() ? 0 : 1); }
};

// Memory of the reward within an episode, without the history of the centre of mass. Plain data: part of the episode.
struct GaitMemory {
  Vec3<double> headVelocity{};     // m/s, world axes; gaitnetTerms: in the control step's first substep
  Vec3<double> headVelocityNow{};  // gaitnetTerms: in its last
  Vec3<double> averageVelocity{};  // m/s, over the window
  double target = 0;               // m, desired world z of the stance foot
  std::int64_t steps = 0;          // control steps since the memory began
  int stance = 0;                  // index into feet
  FootholdMemory footholds;        // for the rules kPhase and kContact
};

// The gait that is asked of an environment.
struct GaitGoal {
  double speed = 0;   // m/s along z
  double stride = 0;  // m, two steps
  double scale = 1;   // of the reference's places along z
  double weight = 0;  // of the body, N
};

// Activation and torque of a control step, means over its substeps.
struct Effort {
  double activation = 0;  // what the energy type sums over muscles
  double torque = 0;      // sum of |torque| over the dofs that no muscle drives, N m
};

class GaitNet {
 public:
  static constexpr int kObservations = 3;

  // Throws std::invalid_argument, naming the field, if the model, the motion or the settings are unsuitable.
  GaitNet(std::shared_ptr<const model::Model> model, std::shared_ptr<const Reference> reference, const GaitNetSettings& settings,
          int controlHz, const std::vector<bool>& pdDofs);

  const GaitNetSettings& settings() const { return settings_; }
  // Of the settings' speed and stride, for a body of this mass (kg) in these conditions.
  GaitGoal goal(const Conditions& conditions, double mass) const;
  int window() const { return settings_.window; }
  // (muscles) weight of each activation (or of its square, see squares()) in the energy.
  const std::vector<double>& energyWeights() const { return energyWeights_; }
  bool squares() const { return settings_.energyType == EnergyType::kA2 || settings_.energyType == EnergyType::kMA2; }
  // Dofs whose torques count as energy; may be empty.
  const std::vector<int>& torqueDofs() const { return torqueDofs_; }

  // Starts a memory at the present state, as if the character had come here at the desired speed. `rootOffset`: the root's distance
  // along z from the reference's, m. `way`: the last `window` positions of the centre of mass, 3 * window values, m.
  void begin(const LaneView& view, const GaitGoal& goal, double phase, std::int64_t cycle, double rootOffset, GaitMemory& memory,
             double* comHistory) const;
  // Whether substep() must be called.
  bool watchesSubsteps() const { return footholds_.follows() || settings_.gaitnetTerms; }
  // After each substep's kinematics, at `phase`; `done` of the control step's `count` substeps are complete.
  void substep(const LaneView& view, const GaitGoal& goal, double phase, int done, int count, GaitMemory& memory) const;
  // After a control step: updates the memory and returns the reward, terms in the order of kGaitNetRewardNames.
  Reward step(const LaneView& view, const GaitGoal& goal, double phase, const Effort& effort, GaitMemory& memory, double* comHistory) const;
  // Position of the next foothold relative to the centre of mass along z (m); average minus desired velocity, x and z (m/s).
  void observe(const LaneView& view, const GaitGoal& goal, const GaitMemory& memory, float* out) const;

 private:
  Vec3<double> headVelocity(const LaneView& view) const;
  double headTerm(const LaneView& view) const;
  double speedTerm(const GaitGoal& goal, const GaitMemory& memory) const;
  double stepTerm(const LaneView& view, const GaitMemory& memory) const;

  std::shared_ptr<const model::Model> model_;
  GaitNetSettings settings_;
  Footholds footholds_;
  double timeStep_;                                 // duration of a control step, s
  double cycleTranslation_;                         // m
  std::array<double, 2> midStance_{}, foothold_{};  // the reference's: phase in [0, 1), z in its cycle 0 (m)
  std::vector<double> energyWeights_;
  std::vector<int> torqueDofs_;
};

}  // namespace muscle::environment
