#include "network/device_nn.hpp"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "network/torch_threads.hpp"

namespace muscle::network {
namespace {

constexpr float kNegativeSlope = 0.2f;
constexpr int kDeviceColumns = 1024, kCpuColumns = 64;  // of one forward pass
// Rows whose size is a power of two would share a few sets of the cache.
constexpr int kPadding = 16;

at::ScalarType typeOf(const std::string& precision) {
  if (precision == "float32") return at::kFloat;
  if (precision == "float16") return at::kHalf;
  if (precision == "bfloat16") return at::kBFloat16;
  throw std::invalid_argument("precision: '" + precision + "' is neither float32 nor float16 nor bfloat16");
}

// Rethrows libtorch's errors as one line.
template <class Work>
auto onDevice(Work&& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    throw std::runtime_error("muscle network: " + text.substr(0, text.find('\n')));
  }
}

at::Device resolved(const std::string& name) {
  const at::Device device(name);
  return device.is_cpu() || device.has_index() ? device : c10::impl::VirtualGuardImpl(device.type()).getDevice();
}

}  // namespace

bool hasCuda() { return at::hasCUDA(); }

struct DeviceNN::Layers {
  at::Device device;
  at::ScalarType type;
  int columns;
  std::vector<at::Tensor> weights;  // (outputs, inputs)
  std::vector<at::Tensor> biases;   // (outputs, columns), one column repeated

  int inputs() const { return static_cast<int>(weights.front().size(1)); }
  int outputs() const { return static_cast<int>(weights.back().size(0)); }
};

// Columns are environments, rows features, as in the groups' own arrays, so that nothing has to be transposed.
class DeviceNN::Rows final : public Batch {
 public:
  Rows(std::shared_ptr<const Layers> layers, int groups, int lanes);
  ~Rows() override;

  void put(int group, const float* input) override;
  void start() override;
  void wait() override;
  void take(int group, float* output) const override;

 private:
  // The environments of one forward pass.
  struct Block {
    at::Tensor hostInput, hostOutput;      // pinned where the device is not the CPU: (features, used + padding)
    at::Tensor deviceInput, deviceOutput;  // the same on the device
    at::Tensor usedInput, usedOutput;      // views of them and of the layers' ends: (features, used)
    at::Tensor layerInput, layerOutput;
    float* input = nullptr;  // of hostInput and hostOutput
    const float* output = nullptr;
    std::size_t stride = 0;
  };

  Block makeBlock(int used) const;
  // A group's block, and its first column in it.
  std::pair<const Block*, int> place(int group) const;
  // Runs on the device's stream; on the CPU by the calling thread alone.
  template <class Work>
  void run(Work&& work);

  std::shared_ptr<const Layers> layers_;
  int lanes_;
  std::optional<c10::Stream> stream_;  // none on the CPU
  std::optional<c10::Event> done_;
  std::vector<at::Tensor> values_;  // the input and each layer's output, (features, columns)
  std::vector<Block> blocks_;
};

DeviceNN::DeviceNN(const std::vector<NamedTensor>& stateDict, const Expected& expected, const std::string& device,
                   const std::string& precision) {
  const auto layers = readLayers(stateDict, expected);
  const at::ScalarType type = typeOf(precision);
  layers_ = onDevice([&] {
    const c10::InferenceMode inference;
    const at::Device where = resolved(device);
    auto made = std::make_shared<Layers>(Layers{where, type, where.is_cpu() ? kCpuColumns : kDeviceColumns, {}, {}});
    // Converted here: the device's other streams would not wait for a conversion on the device.
    const auto moved = [&](const std::vector<float>& values, at::IntArrayRef shape) {
      return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).to(type, false, true).to(where);
    };
    for (const environment::DenseLayer& layer : layers) {
      made->weights.push_back(moved(layer.weights, {layer.outputs, layer.inputs}));
      made->biases.push_back(moved(layer.biases, {layer.outputs, 1}).expand({layer.outputs, made->columns}));
    }
    return made;
  });
  device_ = layers_->device.str();
}

DeviceNN::~DeviceNN() = default;

std::unique_ptr<DeviceNN::Batch> DeviceNN::makeBatch(int groups, int lanes) const {
  if (layers_->columns % lanes != 0) throw std::invalid_argument("lanes: must divide " + std::to_string(layers_->columns));
  return onDevice([&] { return std::make_unique<Rows>(layers_, groups, lanes); });
}

DeviceNN::Rows::Rows(std::shared_ptr<const Layers> layers, int groups, int lanes) : layers_(std::move(layers)), lanes_(lanes) {
  const at::Device device = layers_->device;
  if (!device.is_cpu()) {
    stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
    done_.emplace(device.type());
  }
  run([&] {
    const auto made = [&](std::int64_t features) {
      return at::zeros({features, layers_->columns}, at::TensorOptions(device).dtype(layers_->type));
    };
    values_.push_back(made(layers_->inputs()));
    for (const at::Tensor& weights : layers_->weights) values_.push_back(made(weights.size(0)));
    for (int left = groups * lanes; left > 0; left -= layers_->columns) blocks_.push_back(makeBlock(std::min(left, layers_->columns)));
  });
}

DeviceNN::Rows::~Rows() {
  // The device may still use this object's memory.
  try {
    wait();
  } catch (const std::exception&) {  // a broken device no longer uses it
  }
}

template <class Work>
void DeviceNN::Rows::run(Work&& work) {
  const c10::InferenceMode inference;
  std::optional<TorchThreads> alone;
  std::optional<c10::StreamGuard> guard;
  if (stream_)
    guard.emplace(*stream_);
  else
    alone.emplace(1);
  work();
}

DeviceNN::Rows::Block DeviceNN::Rows::makeBlock(int used) const {
  const auto onHost = [&](int features) {
    return at::zeros({features, used + kPadding}, at::TensorOptions(at::kFloat).pinned_memory(stream_.has_value()));
  };
  const auto onTheDevice = [&](int features) {
    return at::zeros({features, used + kPadding}, at::TensorOptions(layers_->device).dtype(at::kFloat));
  };
  Block block;
  block.hostInput = onHost(layers_->inputs());
  block.hostOutput = onHost(layers_->outputs());
  block.deviceInput = onTheDevice(layers_->inputs());
  block.deviceOutput = onTheDevice(layers_->outputs());
  block.usedInput = block.deviceInput.narrow(1, 0, used);
  block.usedOutput = block.deviceOutput.narrow(1, 0, used);
  block.layerInput = values_.front().narrow(1, 0, used);
  block.layerOutput = values_.back().narrow(1, 0, used);
  block.input = block.hostInput.mutable_data_ptr<float>();
  block.output = block.hostOutput.const_data_ptr<float>();
  block.stride = used + kPadding;
  return block;
}

std::pair<const DeviceNN::Rows::Block*, int> DeviceNN::Rows::place(int group) const {
  const int column = group * lanes_;
  return {&blocks_[column / layers_->columns], column % layers_->columns};
}

void DeviceNN::Rows::put(int group, const float* input) {
  const auto [block, column] = place(group);
  for (int i = 0; i < layers_->inputs(); ++i) std::copy_n(input + i * lanes_, lanes_, block->input + i * block->stride + column);
}

void DeviceNN::Rows::take(int group, float* output) const {
  const auto [block, column] = place(group);
  for (int o = 0; o < layers_->outputs(); ++o) std::copy_n(block->output + o * block->stride + column, lanes_, output + o * lanes_);
}

void DeviceNN::Rows::start() {
  onDevice([&] {
    run([&] {
      for (Block& block : blocks_) {
        block.deviceInput.copy_(block.hostInput, /*non_blocking=*/true);
        block.layerInput.copy_(block.usedInput);
        for (std::size_t k = 0; k < layers_->weights.size(); ++k) {
          at::addmm_out(values_[k + 1], layers_->biases[k], layers_->weights[k], values_[k]);
          if (k + 1 < layers_->weights.size()) at::leaky_relu_(values_[k + 1], kNegativeSlope);
        }
        block.usedOutput.copy_(block.layerOutput);
        block.deviceOutput.tanh_().relu_();
        block.hostOutput.copy_(block.deviceOutput, /*non_blocking=*/true);
      }
      if (done_) done_->record(*stream_);
    });
  });
}

void DeviceNN::Rows::wait() {
  if (done_) onDevice([&] { done_->synchronize(); });
}

}  // namespace muscle::network
