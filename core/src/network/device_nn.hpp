// MuscleNN on a libtorch device: the environments of many groups in one forward pass, in parallel with the CPU's work.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "environment/network.hpp"
#include "network/weights.hpp"

namespace muscle::network {

// Whether this libtorch supports CUDA and finds a device.
bool hasCuda();

// Computes the same function as MuscleNN. Immutable: any number of batches may share one. Nothing here is specific to CUDA:
// streams, events and pinned memory are those of the requested libtorch device, and on the CPU there are none.
//
// A forward pass always has the same number of columns, so that libtorch chooses the same product for any number of environments
// and an environment's results do not depend on the others.
class DeviceNN final : public environment::DeviceNetwork {
 public:
  // device: as torch names it, "cuda", "cuda:1", "cpu". precision: "float32", "float16" or "bfloat16", of weights and layers.
  // Throws WeightsError; std::invalid_argument for an unknown precision; std::runtime_error for errors of the device.
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
