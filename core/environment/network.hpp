// What the substep asks of a muscle network; the implementation lives in network/, the only folder that knows torch.
#pragma once

#include <memory>

namespace muscle::environment {

class ActivationNetwork {
 public:
  // Buffers of one caller.
  class Workspace {
   public:
    virtual ~Workspace() = default;
  };

  virtual ~ActivationNetwork() = default;
  virtual int inputs() const = 0;
  virtual int outputs() const = 0;
  virtual std::unique_ptr<Workspace> makeWorkspace() const = 0;
  // input: (inputs, kGroupLanes), output: (outputs, kGroupLanes), both feature-major. A lane's output depends on its own
  // input alone. Allocates nothing.
  virtual void forward(const float* input, float* output, Workspace& workspace) const = 0;
};

}  // namespace muscle::environment
