// CascadeNN: the muscle networks of a GaitNet cascade, which act together.
#pragma once

#include <memory>
#include <vector>

#include "environment/network.hpp"
#include "network/muscle_nn.hpp"

namespace muscle::network {

// Activations a = relu(tanh(sum of z_k)). The first network is plain, z_0 = f_0(x). Network k > 0 is cascaded: it reads
// [s/2, w_k, x] with s the sum of z over its sources, which stand before it, and adds z_k = w_k f_k(.) or, where the sources
// pass through, z_k = w_k (s + w_k f_k(.)). Inputs: x (R + D), as MuscleNN's, then a weight w_k for each network; the first's
// is not read. Always by libtorch. Immutable, as MuscleNN.
class CascadeNN final : public environment::ActivationNetwork {
 public:
  // sources[k]: indices below k. Throws std::invalid_argument for networks or indices that do not fit each other.
  CascadeNN(std::vector<std::shared_ptr<const MuscleNN>> networks, std::vector<std::vector<int>> sources, bool passThrough);

  int inputs() const override { return features_ + static_cast<int>(networks_.size()); }
  int outputs() const override { return networks_.front()->outputs(); }
  std::unique_ptr<Workspace> makeWorkspace(int lanes, int used) const override;
  void forward(const float* input, float* output, Workspace& workspace) const override;

 private:
  struct Buffers;
  void evaluate(std::size_t k, const float* input, Buffers& buffers) const;

  std::vector<std::shared_ptr<const MuscleNN>> networks_;
  std::vector<std::vector<int>> sources_;
  bool passThrough_;
  int features_;  // R + D
};

}  // namespace muscle::network
