// One environment's substep over DART: kinematics, mass matrix, forward dynamics and contact are DART's, the rest
// (muscles, PD error, activation, joint torques, integration) is that of the lanes, in double.
#pragma once

#include <dart/simulation/World.hpp>

#include <memory>
#include <vector>

#include "dart/contact_lcp.hpp"
#include "dart/skeleton.hpp"
#include "lanes/lanes_engine.hpp"

namespace muscle::dart_engine {

// Debian builds DART with assertions, which end the process over a NaN. Whatever is not finite, or so large that DART's
// arithmetic could make it so, is therefore kept from DART: the accelerations come out as NaN, and the task sees a lane that
// diverged.
class DartLane final : public lanes::LanesEngine<double> {
 public:
  // Throws std::invalid_argument for a body of which DART's arithmetic could make something that is not finite.
  static void check(const model::Model& model);

  DartLane(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings, dynamics::LaneState<double>& state);
  ~DartLane() override;
  DartLane(const DartLane&) = delete;
  DartLane& operator=(const DartLane&) = delete;

 private:
  using Base = lanes::LanesEngine<double>;
  using Base::Work;

  void build();
  bool canPlace() const;
  void place();
  void setJointDiagonal(const Work& work);
  bool step(Work& work);
  void readContacts();

  void kinematics(Work& work) override;
  void beginStep(Work& work) override;
  // Tan, Liu, Turk 2011 (doi 10.1109/MCG.2011.30): (M + diagonal) a = tau - C + J^T f, M and C of DART, the forces of contact
  // those of the step before, as in MASS and GaitNet.
  void predict(Work& work) override;
  void solve(Work& work) override;

  dart::simulation::WorldPtr world_;
  Skeleton character_;
  std::shared_ptr<ContactProblem> contact_;
  bool placed_ = false;  // whether DART's skeleton is in the lane's state
  Eigen::VectorXd positions_, velocities_, forces_, right_;
  Eigen::MatrixXd mass_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

}  // namespace muscle::dart_engine
