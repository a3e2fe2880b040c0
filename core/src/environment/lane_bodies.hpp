// The parameters of a group's environments, and the bodies and conditions that they make.
#pragma once

#include <memory>
#include <vector>

#include "dynamics/articulated_body.hpp"
#include "dynamics/engine.hpp"
#include "environment/parameters.hpp"
#include "environment/reference.hpp"

namespace muscle::environment {

struct TaskSettings;

class LaneBodies {
 public:
  // `settings` must outlive the object. `blends`: whether measure() is given poses between two clips.
  LaneBodies(std::shared_ptr<const model::Model> model, const TaskSettings& settings, int lanes, bool blends);

  int count() const { return static_cast<int>(parameters_.size()); }  // of parameters
  bool any() const { return !parameters_.empty(); }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  ParameterValue* values(int lane) { return values_.data() + static_cast<std::size_t>(lane) * parameters_.size(); }
  const ParameterValue* values(int lane) const { return values_.data() + static_cast<std::size_t>(lane) * parameters_.size(); }
  const Conditions& conditions(int lane) const { return conditions_[lane]; }
  // The model's constants, or those of the lane's own body.
  const model::Constants<double>& constants(int lane) const { return own_.empty() ? model_->constants<double>() : own_[lane]; }

  void draw(int lane, std::uint64_t seed, std::uint64_t environment, std::uint64_t episode, std::uint64_t steps);
  // Computes body and conditions of the lane's values, and gives the body to the engine. Allocates nothing.
  void build(int lane, dynamics::Engine<float>& engine);
  // The observed parameters, normalised; `mirrored`: with left and right exchanged.
  float* observe(int lane, bool mirrored, float* out) const;
  void writeValues(int lane, double* out) const;

  // Moves the reference's root as the lane's leg length requires; `stride`: factor on its forward displacement.
  void moveRoot(int lane, const Reference& reference, double stride, ReferencePose& pose) const;
  // Puts the lowest contact of a pose between two clips at a height, m, that changes by a rate, m/s.
  void ground(int lane, double height, double rate, ReferencePose& pose) const;
  // After moveRoot(): velocities at the lane's cadence; end effectors and centre of mass of its own body, and of a pose between two
  // clips (`isBlend`).
  void measure(int lane, const Reference& reference, bool isBlend, ReferencePose& pose);

 private:
  std::shared_ptr<const model::Model> model_;
  const TaskSettings& settings_;
  const std::vector<Parameter>& parameters_;
  std::vector<ParameterValue> values_;         // (lanes, parameters)
  std::vector<Conditions> conditions_;         // per lane
  std::vector<model::Constants<double>> own_;  // per lane; empty where all have the model's
  std::vector<double> scratch_;                // (parameters)
  std::unique_ptr<model::BodyBuilder> builder_;
  std::unique_ptr<model::Variation> variation_;
  std::unique_ptr<dynamics::ArticulatedBody<double>> tree_;
};

}  // namespace muscle::environment
