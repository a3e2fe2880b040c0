// The muscle network as a product over lanes: y[o][lane] = b[o] + sum_i w[o][i] x[i][lane]. The lanes are the environments, so
// the simulator's arrays go in and out as they are; the weights are packed once, a block of outputs side by side for each input.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "dynamics/lane_state.hpp"
#include "environment/network.hpp"
#include "lanes/activation.hpp"

namespace muscle::lanes {

template <class Pack>
class LaneNetwork final : public environment::ActivationNetwork {
 public:
  explicit LaneNetwork(const std::vector<environment::DenseLayer>& layers);

  int inputs() const override { return layers_.front().inputs; }
  int outputs() const override { return layers_.back().outputs; }
  std::unique_ptr<Workspace> makeWorkspace() const override { return std::make_unique<Buffers>(widest_); }
  void forward(const float* input, float* output, Workspace& workspace) const override;

 private:
  using Traits = ScalarTraits<Pack>;
  static constexpr int kLanes = dynamics::kGroupLanes;
  // As many accumulators as registers allow next to the input and the broadcast weight.
  static constexpr int kBlock = Traits::kWidth == 16 ? 16 : 8;

  struct Layer {
    int inputs, outputs;
    std::vector<float> weights;  // (blocks, inputs, kBlock), the last block padded with zeros
    std::vector<float> biases;   // (blocks, kBlock)
  };
  struct Buffers final : Workspace {
    explicit Buffers(int features) : hidden{std::vector<float>(features * kLanes), std::vector<float>(features * kLanes)} {}
    std::vector<float> hidden[2];
  };

  template <bool kLast>
  static void apply(const Layer& layer, const float* input, float* output);

  std::vector<Layer> layers_;
  int widest_ = 0;
};

template <class Pack>
LaneNetwork<Pack>::LaneNetwork(const std::vector<environment::DenseLayer>& layers) {
  if (layers.empty()) throw std::invalid_argument("a network needs at least one layer");
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const environment::DenseLayer& from = layers[k];
    if (k > 0 && from.inputs != layers[k - 1].outputs) throw std::invalid_argument("the network's layers do not chain");
    const int blocks = (from.outputs + kBlock - 1) / kBlock;
    Layer layer{from.inputs, from.outputs, std::vector<float>(static_cast<std::size_t>(blocks) * from.inputs * kBlock),
                std::vector<float>(blocks * kBlock)};
    for (int o = 0; o < from.outputs; ++o) {
      layer.biases[o] = from.biases[o];
      for (int i = 0; i < from.inputs; ++i)
        layer.weights[(static_cast<std::size_t>(o / kBlock) * from.inputs + i) * kBlock + o % kBlock] =
            from.weights[static_cast<std::size_t>(o) * from.inputs + i];
    }
    widest_ = std::max(widest_, from.outputs);
    layers_.push_back(std::move(layer));
  }
}

template <class Pack>
void LaneNetwork<Pack>::forward(const float* input, float* output, Workspace& workspace) const {
  auto& buffers = static_cast<Buffers&>(workspace);
  const float* from = input;
  for (std::size_t k = 0; k + 1 < layers_.size(); ++k) {
    float* to = buffers.hidden[k % 2].data();
    apply<false>(layers_[k], from, to);
    from = to;
  }
  apply<true>(layers_.back(), from, output);
}

template <class Pack>
template <bool kLast>
void LaneNetwork<Pack>::apply(const Layer& layer, const float* input, float* output) {
  const float* weights = layer.weights.data();
  for (int first = 0; first < layer.outputs; first += kBlock) {
    for (int offset = 0; offset < kLanes; offset += Traits::kWidth) {
      Pack sum[kBlock];
      for (int k = 0; k < kBlock; ++k) sum[k] = Pack(layer.biases[first + k]);
      const float* w = weights;
      const float* x = input + offset;
      for (int i = 0; i < layer.inputs; ++i, w += kBlock, x += kLanes) {
        const Pack value = Traits::load(x);
        for (int k = 0; k < kBlock; ++k) sum[k] += value * Pack(w[k]);
      }
      const int count = std::min(kBlock, layer.outputs - first);
      for (int k = 0; k < count; ++k) {
        Pack y;
        if constexpr (kLast)
          y = activation(sum[k]);
        else
          y = leaky(sum[k]);
        Traits::store(output + (first + k) * kLanes + offset, y);
      }
    }
    weights += static_cast<std::size_t>(layer.inputs) * kBlock;
  }
}

}  // namespace muscle::lanes
