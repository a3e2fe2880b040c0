// MuscleNN: the network from torques to muscle activations, on libtorch or on a product over lanes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "environment/network.hpp"
#include "network/weights.hpp"

namespace muscle::network {

// Activations a = relu(tanh(z)), z = fc6(l(fc4(l(fc2(l(fc0(x))))))), l = leaky ReLU of slope 0.2. The inputs x are torques
// already divided by 200 N m: [JtA/200 (R), (desired - JtP)/200 (D)], before which a cascaded network has [z_before/2 (M), w].
// Immutable: any number of threads may share one, each with a workspace of its own. New weights are a new object.
class MuscleNN final : public environment::ActivationNetwork {
 public:
  // kernel: "torch" (libtorch's matrix product), or for the product over lanes an instruction set of
  // dynamics::instructionSets() or "bf16".
  // Throws WeightsError, or std::invalid_argument for an unknown kernel.
  MuscleNN(const std::vector<NamedTensor>& stateDict, const Expected& expected, std::string kernel);
  ~MuscleNN() override;

  int inputs() const override { return inputs_; }
  int outputs() const override { return outputs_; }
  const std::vector<int>& hiddenWidths() const { return hiddenWidths_; }
  const std::string& kernel() const { return kernel_; }

  std::unique_ptr<Workspace> makeWorkspace(int lanes, int used) const override;
  void forward(const float* input, float* output, Workspace& workspace) const override;
  void forwardTeam(std::span<const Inference> team) const override;

  // z instead of a, always by libtorch; z of cascaded networks add up before relu(tanh(.)). Layouts as in forward().
  void forwardPreactivation(const float* input, float* output, Workspace& workspace) const;

 private:
  struct Tensors;
  struct Buffers;

  int inputs_, outputs_;
  std::vector<int> hiddenWidths_;
  std::string kernel_;
  std::unique_ptr<const Tensors> tensors_;
  std::shared_ptr<const environment::ActivationNetwork> lanes_;  // none for the kernel "torch"
};

}  // namespace muscle::network
