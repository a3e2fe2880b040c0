// The muscle network as a product over lanes: y[o][lane] = b[o] + sum_i w[o][i] x[i][lane]. The lanes are the environments, so
// the simulator's arrays are used without copies; the weights are packed once, in a contiguous block of outputs for each input.
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
  std::unique_ptr<Workspace> makeWorkspace(int lanes, int used) const override;
  void forward(const float* input, float* output, Workspace& workspace) const override;

 private:
  using Traits = ScalarTraits<Pack>;
  static constexpr int kLanes = dynamics::kGroupLanes;
  // As many accumulators as registers allow next to the input and the broadcast weight.
  static constexpr int kBlock = Traits::kWidth == 16 ? 16 : 8;
  // Up to this number of environments, inference one by one is faster than for the whole group.
  static constexpr int kFew = 4;

  struct Layer {
    int inputs, outputs;
    std::vector<float> weights;  // (blocks, inputs, kBlock), the last block padded with zeros
    std::vector<float> biases;   // (blocks, kBlock)
  };
  struct Buffers final : Workspace {
    int lanes = 0, used = 0;
    std::vector<float> hidden[2];
    std::vector<float> row, result;  // one lane's input and output, where few are used
  };

  template <bool kOne>
  void layers(const float* input, float* output, Buffers& buffers) const;
  template <bool kLast>
  static void apply(const Layer& layer, const float* input, float* output);
  // The same for one environment, bit for bit: the packs run over a block's outputs instead of over lanes, and every sum has
  // the same order.
  template <bool kLast>
  static void applyToOne(const Layer& layer, const float* input, float* output);
  template <bool kLast>
  static Pack activate(Pack sum);

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
std::unique_ptr<environment::ActivationNetwork::Workspace> LaneNetwork<Pack>::makeWorkspace(int lanes, int used) const {
  auto buffers = std::make_unique<Buffers>();
  buffers->lanes = lanes;
  buffers->used = used;
  for (std::vector<float>& hidden : buffers->hidden) hidden.resize(static_cast<std::size_t>(widest_) * lanes);
  buffers->row.resize(inputs());
  buffers->result.resize(outputs());
  return buffers;
}

template <class Pack>
void LaneNetwork<Pack>::forward(const float* input, float* output, Workspace& workspace) const {
  auto& buffers = static_cast<Buffers&>(workspace);
  if (buffers.lanes == 1) return layers<true>(input, output, buffers);
  if (buffers.used > kFew) return layers<false>(input, output, buffers);
  for (int lane = 0; lane < buffers.used; ++lane) {
    for (int i = 0; i < inputs(); ++i) buffers.row[i] = input[i * kLanes + lane];
    layers<true>(buffers.row.data(), buffers.result.data(), buffers);
    for (int o = 0; o < outputs(); ++o) output[o * kLanes + lane] = buffers.result[o];
  }
}

template <class Pack>
template <bool kOne>
void LaneNetwork<Pack>::layers(const float* input, float* output, Buffers& buffers) const {
  const float* from = input;
  for (std::size_t k = 0; k + 1 < layers_.size(); ++k) {
    float* to = buffers.hidden[k % 2].data();
    kOne ? applyToOne<false>(layers_[k], from, to) : apply<false>(layers_[k], from, to);
    from = to;
  }
  kOne ? applyToOne<true>(layers_.back(), from, output) : apply<true>(layers_.back(), from, output);
}

template <class Pack>
template <bool kLast>
Pack LaneNetwork<Pack>::activate(Pack sum) {
  if constexpr (kLast)
    return activation(sum);
  else
    return leaky(sum);
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
        for (int k = 0; k < kBlock; ++k) sum[k] = multiplyAdd(value, Pack(w[k]), sum[k]);
      }
      const int count = std::min(kBlock, layer.outputs - first);
      for (int k = 0; k < count; ++k) Traits::store(output + (first + k) * kLanes + offset, activate<kLast>(sum[k]));
    }
    weights += static_cast<std::size_t>(layer.inputs) * kBlock;
  }
}

template <class Pack>
template <bool kLast>
void LaneNetwork<Pack>::applyToOne(const Layer& layer, const float* input, float* output) {
  constexpr int kPacks = kBlock / Traits::kWidth;
  // Several blocks at once, so that the latencies of their sums overlap.
  constexpr int kStreams = 8 / kPacks;
  const int blocks = (layer.outputs + kBlock - 1) / kBlock;
  const std::size_t size = static_cast<std::size_t>(layer.inputs) * kBlock;
  for (int begin = 0; begin < blocks; begin += kStreams) {
    const int streams = std::min(kStreams, blocks - begin);
    // A stream past the last block reads the last one again; its sums are not used.
    const float* weights[kStreams];
    Pack sum[kStreams][kPacks];
    for (int s = 0; s < kStreams; ++s) {
      const int block = std::min(begin + s, blocks - 1);
      weights[s] = layer.weights.data() + block * size;
      for (int k = 0; k < kPacks; ++k) sum[s][k] = Traits::load(layer.biases.data() + block * kBlock + k * Traits::kWidth);
    }
    for (int i = 0; i < layer.inputs; ++i) {
      const Pack value(input[i]);
      for (int s = 0; s < kStreams; ++s)
        for (int k = 0; k < kPacks; ++k)
          sum[s][k] = multiplyAdd(value, Traits::load(weights[s] + i * kBlock + k * Traits::kWidth), sum[s][k]);
    }
    for (int s = 0; s < streams; ++s) {
      alignas(64) float y[kBlock];
      for (int k = 0; k < kPacks; ++k) Traits::store(y + k * Traits::kWidth, activate<kLast>(sum[s][k]));
      const int first = (begin + s) * kBlock;
      std::copy(y, y + std::min(kBlock, layer.outputs - first), output + first);
    }
  }
}

}  // namespace muscle::lanes
