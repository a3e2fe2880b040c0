#include "network/muscle_nn.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "dynamics/lane_state.hpp"
#include "network/torch_threads.hpp"

namespace muscle::network {
namespace {

constexpr float kNegativeSlope = 0.2f;

at::Tensor lanesOf(const float* data, int features, int lanes) {
  return at::from_blob(const_cast<float*>(data), {features, lanes}, at::kFloat);
}

// y[o][lane] += b[o], then l(y).
void addBiasAndRectify(float* y, const std::vector<float>& bias, int lanes) {
  for (std::size_t o = 0; o < bias.size(); ++o)
    for (int lane = 0; lane < lanes; ++lane) {
      const float z = y[o * lanes + lane] + bias[o];
      y[o * lanes + lane] = z > 0 ? z : kNegativeSlope * z;
    }
}

void addBias(float* y, const std::vector<float>& bias, int lanes) {
  for (std::size_t o = 0; o < bias.size(); ++o)
    for (int lane = 0; lane < lanes; ++lane) y[o * lanes + lane] += bias[o];
}

}  // namespace

struct MuscleNN::Tensors {
  std::vector<at::Tensor> weights;         // (outputs, inputs) of each layer
  std::vector<std::vector<float>> biases;  // (outputs)
};

// Tensors over the caller's memory are made when an address is first used; a group's arrays do not move.
struct MuscleNN::Buffers final : Workspace {
  explicit Buffers(int lanes) : lanes(lanes) {}

  int lanes;
  std::unique_ptr<Workspace> product;  // of the product over lanes
  std::vector<at::Tensor> hidden;
  at::Tensor input, output;

  const at::Tensor& over(at::Tensor& kept, const float* data, int features) const {
    if (!kept.defined() || kept.const_data_ptr<float>() != data) kept = lanesOf(data, features, lanes);
    return kept;
  }
};

MuscleNN::MuscleNN(const std::vector<NamedTensor>& stateDict, const Expected& expected, std::string kernel) : kernel_(std::move(kernel)) {
  const auto layers = readLayers(stateDict, expected);
  inputs_ = layers.front().inputs;
  outputs_ = layers.back().outputs;
  auto tensors = std::make_unique<Tensors>();
  const c10::InferenceMode inference;
  for (const environment::DenseLayer& layer : layers) {
    if (&layer != &layers.back()) hiddenWidths_.push_back(layer.outputs);
    tensors->weights.push_back(at::from_blob(const_cast<float*>(layer.weights.data()), {layer.outputs, layer.inputs}, at::kFloat).clone());
    tensors->biases.push_back(layer.biases);
  }
  tensors_ = std::move(tensors);
  if (kernel_ != "torch") lanes_ = environment::makeLaneNetwork(kernel_, layers, environment::Functions::kMuscle);
}

MuscleNN::~MuscleNN() = default;

std::unique_ptr<MuscleNN::Workspace> MuscleNN::makeWorkspace(int lanes, int used) const {
  auto buffers = std::make_unique<Buffers>(lanes);
  if (lanes_) buffers->product = lanes_->makeWorkspace(lanes, used);
  const c10::InferenceMode inference;
  for (const int width : hiddenWidths_) buffers->hidden.push_back(at::zeros({width, lanes}, at::kFloat));
  return buffers;
}

void MuscleNN::forward(const float* input, float* output, Workspace& workspace) const {
  if (lanes_) return lanes_->forward(input, output, *static_cast<Buffers&>(workspace).product);
  forwardPreactivation(input, output, workspace);
  // As torch's relu, std::max(z, 0) would lose a NaN; this keeps it.
  for (int k = 0; k < outputs_ * static_cast<Buffers&>(workspace).lanes; ++k) output[k] = output[k] < 0 ? 0 : std::tanh(output[k]);
}

void MuscleNN::forwardTeam(std::span<const Inference> team) const {
  if (!lanes_) return ActivationNetwork::forwardTeam(team);
  std::array<Inference, kMaxTeam> products;
  std::transform(team.begin(), team.end(), products.begin(), [](const Inference& one) {
    return Inference{one.input, one.output, static_cast<Buffers*>(one.workspace)->product.get()};
  });
  lanes_->forwardTeam({products.data(), team.size()});
}

void MuscleNN::forwardPreactivation(const float* input, float* output, Workspace& workspace) const {
  auto& buffers = static_cast<Buffers&>(workspace);
  const c10::InferenceMode inference;
  const TorchThreads alone{1};
  at::Tensor from = buffers.over(buffers.input, input, inputs_);
  const std::size_t last = tensors_->weights.size() - 1;
  for (std::size_t k = 0; k < last; ++k) {
    at::mm_out(buffers.hidden[k], tensors_->weights[k], from);
    addBiasAndRectify(buffers.hidden[k].mutable_data_ptr<float>(), tensors_->biases[k], buffers.lanes);
    from = buffers.hidden[k];
  }
  at::Tensor to = buffers.over(buffers.output, output, outputs_);
  at::mm_out(to, tensors_->weights[last], from);
  addBias(output, tensors_->biases[last], buffers.lanes);
}

}  // namespace muscle::network
