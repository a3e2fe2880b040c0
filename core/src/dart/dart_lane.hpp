// One environment's substep with DART: kinematics, mass matrix, forward dynamics and contact are DART's; the rest
// (muscles, PD error, activation, joint torques, integration) is the code of the lanes, in double.
#pragma once

#include <dart/simulation/World.hpp>

#include <memory>
#include <vector>

#include "dart/contact_lcp.hpp"
#include "dart/skeleton.hpp"
#include "lanes/lanes_engine.hpp"

extern template class muscle::lanes::LanesEngine<double>;  // dynamics/reference_engine.cpp

namespace muscle::dart_engine {

// Debian builds DART with assertions, which abort the process for a NaN. Values that are not finite, or so large that DART's
// arithmetic could overflow, are therefore not passed to DART: the accelerations become NaN, and the task treats the lane as
// diverged.
class DartLane final : public lanes::LanesEngine<double> {
 public:
  // Throws std::invalid_argument for a body for which DART's arithmetic could give values that are not finite.
  static void check(const model::Model& model, const model::Constants<double>& constants);

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

  void setBody(int lane, const model::Constants<double>& constants, const dynamics::Surroundings<double>& surroundings) override;
  void kinematics(Work& work) override;
  void beginStep(Work& work) override;
  // Tan, Liu, Turk 2011 (doi 10.1109/MCG.2011.30): (M + diagonal) a = tau - C + J^T f, with DART's M and C, and the contact forces
  // of the previous step, as in MASS and GaitNet.
  void predict(Work& work) override;
  void solve(Work& work) override;

  dart::simulation::WorldPtr world_;
  Skeleton character_;
  dart::dynamics::ShapeNode* ground_ = nullptr;
  std::shared_ptr<ContactProblem> contact_;
  bool placed_ = false;  // whether DART's skeleton has the lane's state
  Eigen::VectorXd positions_, velocities_, forces_, right_;
  Eigen::MatrixXd mass_;
  Eigen::LLT<Eigen::MatrixXd> factor_;
};

}  // namespace muscle::dart_engine
