// The interface of a muscle network: activations from torques, for all lanes of a group at once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace muscle::environment {

class ActivationNetwork {
 public:
  // One caller's buffers for a fixed number of lanes.
  class Workspace {
   public:
    virtual ~Workspace() = default;
  };

  virtual ~ActivationNetwork() = default;
  virtual int inputs() const = 0;
  virtual int outputs() const = 0;
  // lanes: kGroupLanes, or 1 for a single environment. used: the number of lanes, from the first, whose outputs are read.
  virtual std::unique_ptr<Workspace> makeWorkspace(int lanes, int used) const = 0;
  // input: (inputs, lanes), output: (outputs, lanes), both feature-major. A lane's output depends on its own input alone,
  // bit for bit, for any number of used lanes. Single-threaded.
  virtual void forward(const float* input, float* output, Workspace& workspace) const = 0;

  // One group's inference, as in forward().
  struct Inference {
    const float* input;
    float* output;
    Workspace* workspace;
  };
  // Those of several groups, at most kMaxTeam, with the same bits. Weights that no near cache holds are read once for all of them.
  static constexpr int kMaxTeam = 4;
  virtual void forwardTeam(std::span<const Inference> team) const {
    for (const Inference& one : team) forward(one.input, one.output, *one.workspace);
  }
};

// A muscle network that is inferred for many groups at once, on a device such as a GPU.
class DeviceNetwork {
 public:
  // The environments of some groups, in the order of the groups; made once, reused for every inference.
  class Batch {
   public:
    virtual ~Batch() = default;
    // Copies in a group's inputs (inputs, lanes), feature-major. Callable from any thread, each group by one at a time.
    virtual void put(int group, const float* input) = 0;
    // Starts the inference of all inputs and returns at once. One thread calls start() and wait() alternately.
    virtual void start() = 0;
    virtual void wait() = 0;
    // Copies out a group's outputs (outputs, lanes), after wait(). Callable from any thread.
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

// The functions between a network's layers, and after the last one.
enum class Functions {
  kMuscle,  // leaky ReLU of slope 0.2, and relu(tanh(.))
  kPolicy,  // ELU, and none
};

// Layers as a product over lanes of the instruction set's width, or for "bf16", a muscle network's alone, with weights and layers'
// inputs rounded to bfloat16. Allocates nothing in forward(). Throws std::invalid_argument for layers that do not chain or a kernel
// that cannot run here.
std::shared_ptr<const ActivationNetwork> makeLaneNetwork(const std::string& instructionSet, const std::vector<DenseLayer>& layers,
                                                         Functions functions);

}  // namespace muscle::environment
