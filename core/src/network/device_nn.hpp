// MuscleNN on a device of libtorch's: the rows of many groups in one forward, beside the CPU's work.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "environment/network.hpp"
#include "network/weights.hpp"

namespace muscle::network {

// Whether this libtorch has CUDA, and a device for it.
bool hasCuda();

// The function of MuscleNN. Immutable: any number of batches may share one. Nothing here is CUDA's own: streams, events and
// pinned memory are those of whatever device libtorch is asked for, and on the CPU there are none.
//
// A forward has kColumns columns on whatever number of environments, so that libtorch chooses the same product for all and
// an environment's numbers do not depend on how many others there are.
class DeviceNN final : public environment::DeviceNetwork {
 public:
  // device: as torch names it, "cuda", "cuda:1", "cpu". precision: "float32", "float16" or "bfloat16", of weights and layers.
  // Throws WeightsError; std::invalid_argument for an unknown precision; std::runtime_error for what the device refuses.
  DeviceNN(const std::vector<NamedTensor>& stateDict, const Expected& expected, const std::string& device, const std::string& precision);
  ~DeviceNN() override;

  const std::string& device() const { return device_; }
  std::unique_ptr<Batch> makeBatch(int groups, int lanes) const override;

 private:
  struct Layers;
  class Rows;

  std::string device_;
  std::shared_ptr<const Layers> layers_;
};

}  // namespace muscle::network
