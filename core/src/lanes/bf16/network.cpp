// The muscle network over lanes with weights and layer inputs rounded to bfloat16 (8 bits of mantissa) and sums in float:
// AVX-512's dot product takes two inputs an instruction, twice the arithmetic of float. A lane's output depends on its own
// input alone, bit for bit. Compiled for AVX-512 with BF16; MUSCLE_ISA is bf16.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "dynamics/lane_state.hpp"
#include "dynamics/pack.hpp"
#include "environment/network.hpp"
#include "lanes/activation.hpp"

namespace muscle::lanes::bf16 {
namespace {

using Pack = muscle::bf16::Pack;
constexpr int kLanes = dynamics::kGroupLanes;
constexpr int kBlock = 16;  // outputs computed at once, with one accumulator each
static_assert(kLanes == muscle::bf16::kPackWidth);

// Rounds to nearest, ties to even, as the conversion of the inputs does.
std::uint16_t rounded(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(bits >> 16 | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

// Rows 2p and 2p + 1 of the lanes become the low and high halves of row p.
void pairUp(const float* input, int inputs, std::uint32_t* pairs) {
  alignas(64) std::uint16_t order[32];
  for (int k = 0; k < 16; ++k) {
    order[2 * k] = static_cast<std::uint16_t>(k);
    order[2 * k + 1] = static_cast<std::uint16_t>(16 + k);
  }
  const __m512i interleave = _mm512_load_si512(order);
  for (int i = 0; i < inputs; i += 2) {
    const __m512 low = _mm512_loadu_ps(input + i * kLanes);
    const __m512 high = i + 1 < inputs ? _mm512_loadu_ps(input + (i + 1) * kLanes) : _mm512_setzero_ps();
    const __m512bh both = _mm512_cvtne2ps_pbh(high, low);
    __m512i bits;
    std::memcpy(&bits, &both, sizeof bits);
    _mm512_storeu_si512(pairs + i / 2 * kLanes, _mm512_permutexvar_epi16(interleave, bits));
  }
}

class Network final : public environment::ActivationNetwork {
 public:
  explicit Network(const std::vector<environment::DenseLayer>& layers) {
    if (layers.empty()) throw std::invalid_argument("a network needs at least one layer");
    for (std::size_t k = 0; k < layers.size(); ++k) {
      const environment::DenseLayer& from = layers[k];
      if (k > 0 && from.inputs != layers[k - 1].outputs) throw std::invalid_argument("the network's layers do not chain");
      layers_.push_back(packed(from));
      widest_ = std::max({widest_, from.inputs, from.outputs});
    }
  }

  int inputs() const override { return layers_.front().inputs; }
  int outputs() const override { return layers_.back().outputs; }
  std::unique_ptr<Workspace> makeWorkspace(int lanes, int) const override {
    if (lanes != kLanes) throw std::invalid_argument("kernel: bf16 works only with the lanes engine");
    return std::make_unique<Buffers>(widest_);
  }

  void forward(const float* input, float* output, Workspace& workspace) const override {
    auto& buffers = static_cast<Buffers&>(workspace);
    const float* from = input;
    for (const Layer& layer : layers_) {
      pairUp(from, layer.inputs, buffers.pairs.data());
      if (&layer == &layers_.back()) {
        apply(layer, buffers.pairs.data(), output, [](Pack sum) { return activation(sum); });
      } else {
        apply(layer, buffers.pairs.data(), buffers.hidden.data(), [](Pack sum) { return leaky(sum); });
        from = buffers.hidden.data();
      }
    }
  }

 private:
  struct Layer {
    int inputs, outputs;
    std::vector<std::uint32_t> weights;  // (blocks, pairs of inputs, kBlock), padded with zeros
    std::vector<float> biases;           // (blocks, kBlock)
  };
  struct Buffers final : Workspace {
    explicit Buffers(int features) : hidden(features * kLanes), pairs((features + 1) / 2 * kLanes) {}
    std::vector<float> hidden;
    std::vector<std::uint32_t> pairs;
  };

  static Layer packed(const environment::DenseLayer& from) {
    const int blocks = (from.outputs + kBlock - 1) / kBlock, pairs = (from.inputs + 1) / 2;
    Layer layer{from.inputs, from.outputs, std::vector<std::uint32_t>(static_cast<std::size_t>(blocks) * pairs * kBlock),
                std::vector<float>(blocks * kBlock)};
    std::copy(from.biases.begin(), from.biases.end(), layer.biases.begin());
    for (int o = 0; o < from.outputs; ++o)
      for (int i = 0; i < from.inputs; ++i)
        layer.weights[(static_cast<std::size_t>(o / kBlock) * pairs + i / 2) * kBlock + o % kBlock] |=
            std::uint32_t{rounded(from.weights[static_cast<std::size_t>(o) * from.inputs + i])} << (i % 2 * 16);
    return layer;
  }

  template <class Finish>
  static void apply(const Layer& layer, const std::uint32_t* pairs, float* output, Finish&& finish) {
    const std::uint32_t* w = layer.weights.data();
    const int count = (layer.inputs + 1) / 2;
    for (int first = 0; first < layer.outputs; first += kBlock) {
      __m512 sum[kBlock];
      for (int k = 0; k < kBlock; ++k) sum[k] = _mm512_set1_ps(layer.biases[first + k]);
      for (int p = 0; p < count; ++p, w += kBlock) {
        __m512bh x;
        std::memcpy(&x, pairs + p * kLanes, sizeof x);
        for (int k = 0; k < kBlock; ++k) {
          const __m512i weight = _mm512_set1_epi32(static_cast<int>(w[k]));
          __m512bh y;
          std::memcpy(&y, &weight, sizeof y);
          sum[k] = _mm512_dpbf16_ps(sum[k], x, y);
        }
      }
      for (int k = 0; k < std::min(kBlock, layer.outputs - first); ++k)
        ScalarTraits<Pack>::store(output + (first + k) * kLanes, finish(Pack(Pack::Vector(sum[k]))));
    }
  }

  std::vector<Layer> layers_;
  int widest_ = 0;
};

}  // namespace

std::shared_ptr<const environment::ActivationNetwork> makeNetwork(const std::vector<environment::DenseLayer>& layers) {
  return std::make_shared<const Network>(layers);
}

}  // namespace muscle::lanes::bf16
