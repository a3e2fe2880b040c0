// A network as a product over lanes: y[o][lane] = b[o] + sum_i w[o][i] x[i][lane]. The lanes are the environments, so
// the simulator's arrays are used without copies; the weights are packed once, in a contiguous block of outputs for each input.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <vector>

#include "dynamics/lane_state.hpp"
#include "environment/network.hpp"
#include "lanes/activation.hpp"

namespace muscle::lanes {

template <class Pack, class Functions>
class LaneNetwork final : public environment::ActivationNetwork {
 public:
  explicit LaneNetwork(const std::vector<environment::DenseLayer>& layers);

  int inputs() const override { return layers_.front().inputs; }
  int outputs() const override { return layers_.back().outputs; }
  std::unique_ptr<Workspace> makeWorkspace(int lanes, int used) const override;
  void forward(const float* input, float* output, Workspace& workspace) const override;
  void forwardTeam(std::span<const Inference> team) const override;

 private:
  using Traits = ScalarTraits<Pack>;
  static constexpr int kLanes = dynamics::kGroupLanes;
  // Outputs whose weights lie together.
  static constexpr int kBlock = Traits::kWidth == 16 ? 16 : 8;
  // Sums of each of two packs that are in registers at once: a weight that is read serves both, as one reading a product is as much as
  // processors make, or more.
  static constexpr int kRows = kBlock / 2;
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

  // The inputs and outputs of a layer for every group of a team.
  struct Team {
    int size = 0;
    std::array<const float*, kMaxTeam> input;
    std::array<float*, kMaxTeam> output;
  };
  // One pack of lanes of one group, in rows of kLanes.
  struct Column {
    const float* input;
    float* output;
  };

  void layersOfOne(const float* input, float* output, Buffers& buffers) const;
  void layersOfTeam(std::span<const Inference> team) const;
  template <bool kLast>
  static void apply(const Layer& layer, const Team& team);
  template <bool kLast, int kSums, int kPacks>
  static void applyBlock(const Layer& layer, int first, const std::array<Column, kPacks>& columns);
  // The same for one environment, bit for bit: the packs run over a block's outputs instead of over lanes, and every sum has
  // the same order.
  template <bool kLast>
  static void applyToOne(const Layer& layer, const float* input, float* output);
  template <bool kLast>
  static Pack activate(Pack sum);

  std::vector<Layer> layers_;
  int widest_ = 0;
};

template <class Pack, class Functions>
LaneNetwork<Pack, Functions>::LaneNetwork(const std::vector<environment::DenseLayer>& layers) {
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

template <class Pack, class Functions>
std::unique_ptr<environment::ActivationNetwork::Workspace> LaneNetwork<Pack, Functions>::makeWorkspace(int lanes, int used) const {
  auto buffers = std::make_unique<Buffers>();
  buffers->lanes = lanes;
  buffers->used = used;
  for (std::vector<float>& hidden : buffers->hidden) hidden.resize(static_cast<std::size_t>(widest_) * lanes);
  buffers->row.resize(inputs());
  buffers->result.resize(outputs());
  return buffers;
}

template <class Pack, class Functions>
void LaneNetwork<Pack, Functions>::forward(const float* input, float* output, Workspace& workspace) const {
  const Inference one{input, output, &workspace};
  forwardTeam({&one, 1});
}

template <class Pack, class Functions>
void LaneNetwork<Pack, Functions>::forwardTeam(std::span<const Inference> team) const {
  std::array<Inference, kMaxTeam> whole;
  int count = 0;
  for (const Inference& one : team) {
    auto& buffers = static_cast<Buffers&>(*one.workspace);
    if (buffers.lanes == 1) {
      layersOfOne(one.input, one.output, buffers);
    } else if (buffers.used > kFew) {
      whole[count++] = one;
    } else {
      for (int lane = 0; lane < buffers.used; ++lane) {
        for (int i = 0; i < inputs(); ++i) buffers.row[i] = one.input[i * kLanes + lane];
        layersOfOne(buffers.row.data(), buffers.result.data(), buffers);
        for (int o = 0; o < outputs(); ++o) one.output[o * kLanes + lane] = buffers.result[o];
      }
    }
  }
  if (count > 0) layersOfTeam({whole.data(), static_cast<std::size_t>(count)});
}

template <class Pack, class Functions>
void LaneNetwork<Pack, Functions>::layersOfOne(const float* input, float* output, Buffers& buffers) const {
  for (std::size_t k = 0; k + 1 < layers_.size(); ++k) {
    float* to = buffers.hidden[k % 2].data();
    applyToOne<false>(layers_[k], input, to);
    input = to;
  }
  applyToOne<true>(layers_.back(), input, output);
}

template <class Pack, class Functions>
void LaneNetwork<Pack, Functions>::layersOfTeam(std::span<const Inference> team) const {
  Team now;
  now.size = static_cast<int>(team.size());
  for (int g = 0; g < now.size; ++g) now.input[g] = team[g].input;
  for (std::size_t k = 0; k + 1 < layers_.size(); ++k) {
    for (int g = 0; g < now.size; ++g) now.output[g] = static_cast<Buffers*>(team[g].workspace)->hidden[k % 2].data();
    apply<false>(layers_[k], now);
    for (int g = 0; g < now.size; ++g) now.input[g] = now.output[g];
  }
  for (int g = 0; g < now.size; ++g) now.output[g] = team[g].output;
  apply<true>(layers_.back(), now);
}

template <class Pack, class Functions>
template <bool kLast>
Pack LaneNetwork<Pack, Functions>::activate(Pack sum) {
  if constexpr (kLast)
    return Functions::last(sum);
  else
    return Functions::hidden(sum);
}

template <class Pack, class Functions>
template <bool kLast>
void LaneNetwork<Pack, Functions>::apply(const Layer& layer, const Team& team) {
  constexpr int kPerGroup = kLanes / Traits::kWidth;
  const int packs = team.size * kPerGroup;
  for (int first = 0; first < layer.outputs; first += kBlock) {
    const auto column = [&](int pack) {
      const int group = pack / kPerGroup, offset = pack % kPerGroup * Traits::kWidth;
      return Column{team.input[group] + offset, team.output[group] + first * kLanes + offset};
    };
    int pack = 0;
    for (; pack + 1 < packs; pack += 2) applyBlock<kLast, kRows, 2>(layer, first, {column(pack), column(pack + 1)});
    if (pack < packs) applyBlock<kLast, kBlock, 1>(layer, first, {column(pack)});
  }
}

// A block of outputs of some packs, kSums sums of each in registers at once. The block's weights stay in a near cache between calls.
template <class Pack, class Functions>
template <bool kLast, int kSums, int kPacks>
void LaneNetwork<Pack, Functions>::applyBlock(const Layer& layer, int first, const std::array<Column, kPacks>& columns) {
  const float* weights = layer.weights.data() + static_cast<std::size_t>(first) * layer.inputs;
  const int outputs = std::min(kBlock, layer.outputs - first);
  for (int row = 0; row < outputs; row += kSums) {
    Pack sum[kSums][kPacks];
    for (int k = 0; k < kSums; ++k)
      for (int p = 0; p < kPacks; ++p) sum[k][p] = Pack(layer.biases[first + row + k]);
    const float* w = weights + row;
    const float* x[kPacks];
    for (int p = 0; p < kPacks; ++p) x[p] = columns[p].input;
    for (int i = 0; i < layer.inputs; ++i, w += kBlock) {
      Pack value[kPacks];
      for (int p = 0; p < kPacks; ++p, x[p - 1] += kLanes) value[p] = Traits::load(x[p]);
      for (int k = 0; k < kSums; ++k) {
        const Pack weight(w[k]);
        for (int p = 0; p < kPacks; ++p) sum[k][p] = multiplyAdd(value[p], weight, sum[k][p]);
      }
    }
    const int count = std::min(kSums, outputs - row);
    for (int k = 0; k < count; ++k)
      for (int p = 0; p < kPacks; ++p) Traits::store(columns[p].output + (row + k) * kLanes, activate<kLast>(sum[k][p]));
  }
}

template <class Pack, class Functions>
template <bool kLast>
void LaneNetwork<Pack, Functions>::applyToOne(const Layer& layer, const float* input, float* output) {
  constexpr int kPacks = kBlock / Traits::kWidth;  // of a block
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
