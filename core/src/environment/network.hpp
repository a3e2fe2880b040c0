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
  // lanes: kGroupLanes, or 1 for an environment by itself. used: the outputs of the first so many are wanted.
  virtual std::unique_ptr<Workspace> makeWorkspace(int lanes, int used) const = 0;
  // input: (inputs, lanes), output: (outputs, lanes), both feature-major. A lane's output depends on its own input alone,
  // bit for bit, whatever the number of lanes used. Single-threaded.
  virtual void forward(const float* input, float* output, Workspace& workspace) const = 0;
};

// A muscle network that infers for many groups at once, on a device beside the CPU.
class DeviceNetwork {
 public:
  // The environments of some groups, in the order of the groups; made once, used inference after inference.
  class Batch {
   public:
    virtual ~Batch() = default;
    // A group's inputs (inputs, lanes), feature-major. Any thread, each group by one.
    virtual void put(int group, const float* input) = 0;
    // Infers what was put; returns while the device is at it. start() and wait() are one thread's, by turns.
    virtual void start() = 0;
    virtual void wait() = 0;
    // A group's outputs (outputs, lanes), after wait(). Any thread.
    virtual void take(int group, float* output) const = 0;
  };

  virtual ~DeviceNetwork() = default;
  virtual std::unique_ptr<Batch> makeBatch(int groups, int lanes) const = 0;
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
