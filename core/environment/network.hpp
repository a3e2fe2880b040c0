// What the substep asks of a muscle network: activations from torques, for all lanes of a group at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace muscle::environment {

class ActivationNetwork {
 public:
  // Buffers of one caller, for the number of lanes that they were made for.
  class Workspace {
   public:
    virtual ~Workspace() = default;
  };

  virtual ~ActivationNetwork() = default;
  virtual int inputs() const = 0;
  virtual int outputs() const = 0;
  // lanes: kGroupLanes, or 1 for an environment by itself.
  virtual std::unique_ptr<Workspace> makeWorkspace(int lanes) const = 0;
  // input: (inputs, lanes), output: (outputs, lanes), both feature-major. A lane's output depends on its own input alone.
  // Single-threaded.
  virtual void forward(const float* input, float* output, Workspace& workspace) const = 0;
};

// A fully connected layer: weights (outputs, inputs) row-major, biases (outputs).
struct DenseLayer {
  int inputs = 0, outputs = 0;
  std::vector<float> weights, biases;
};

// relu(tanh(.)) of layers with leaky ReLU (slope 0.2) between them, as a product over lanes of the instruction set's width, or
// for "bf16" with weights and layers' inputs rounded to bfloat16. Allocates nothing in forward(). Throws std::invalid_argument
// for layers that do not chain or a kernel that cannot run here.
std::shared_ptr<const ActivationNetwork> makeLaneNetwork(const std::string& instructionSet, const std::vector<DenseLayer>& layers);

}  // namespace muscle::environment
