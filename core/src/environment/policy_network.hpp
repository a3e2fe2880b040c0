// PolicyNetwork: a policy's actions from observations, on a product over lanes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "environment/network.hpp"

namespace muscle::environment {

// Mean and standard deviation by which observations are normalised, and the bound of the result.
struct Normalisation {
  std::vector<float> mean, deviation;
  float clip = 0;
};

// Actions a = W x_n + b + s n: x_0 are the normalised observations, x_k = ELU(W x_(k-1) + b), n is noise and s its standard
// deviations. Immutable: any number of threads may share one, each with a workspace of its own.
class PolicyNetwork {
 public:
  class Workspace;

  // kernel: an instruction set of dynamics::instructionSets(). Throws std::invalid_argument for layers, a
  // normalisation or deviations whose sizes do not fit, or a kernel that cannot run here.
  PolicyNetwork(const std::vector<DenseLayer>& layers, Normalisation normalisation, std::vector<float> deviations,
                const std::string& kernel);

  int inputs() const { return network_->inputs(); }
  int outputs() const { return network_->outputs(); }

  // Of at most dynamics::kGroupLanes rows.
  std::shared_ptr<Workspace> makeWorkspace() const;
  // observations: (rows, inputs), noise and actions: (rows, outputs); noise may be null. Allocates nothing.
  void act(const float* observations, const float* noise, int rows, float* actions, Workspace& workspace) const;

 private:
  std::shared_ptr<const ActivationNetwork> network_;
  Normalisation normalisation_;
  std::vector<float> deviations_;
};

}  // namespace muscle::environment
