#include "environment/policy_network.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "dynamics/lane_state.hpp"

namespace muscle::environment {

using dynamics::kGroupLanes;

class PolicyNetwork::Workspace {
 public:
  explicit Workspace(const ActivationNetwork& network)
      : input(static_cast<std::size_t>(network.inputs()) * kGroupLanes),
        output(static_cast<std::size_t>(network.outputs()) * kGroupLanes),
        product(network.makeWorkspace(kGroupLanes, kGroupLanes)) {}

  std::vector<float> input, output;
  std::unique_ptr<ActivationNetwork::Workspace> product;
};

PolicyNetwork::PolicyNetwork(const std::vector<DenseLayer>& layers, Normalisation normalisation, std::vector<float> deviations,
                             const std::string& kernel)
    : network_(makeLaneNetwork(kernel, layers, Functions::kPolicy)),
      normalisation_(std::move(normalisation)),
      deviations_(std::move(deviations)) {
  const auto fits = [](const std::vector<float>& values, int size) { return values.size() == static_cast<std::size_t>(size); };
  if (!fits(normalisation_.mean, inputs()) || !fits(normalisation_.deviation, inputs()) || !fits(deviations_, outputs()))
    throw std::invalid_argument("a policy's normalisation and deviations must have the sizes of its observations and actions");
}

std::shared_ptr<PolicyNetwork::Workspace> PolicyNetwork::makeWorkspace() const { return std::make_shared<Workspace>(*network_); }

void PolicyNetwork::act(const float* observations, const float* noise, int rows, float* actions, Workspace& workspace) const {
  const int from = inputs(), to = outputs();
  const auto& [mean, deviation, clip] = normalisation_;
  for (int i = 0; i < from; ++i)
    for (int lane = 0; lane < rows; ++lane) {
      const float scaled = (observations[static_cast<std::size_t>(lane) * from + i] - mean[i]) / deviation[i];
      // as torch's clamp, a NaN propagates
      workspace.input[i * kGroupLanes + lane] = scaled < -clip ? -clip : scaled > clip ? clip : scaled;
    }
  network_->forward(workspace.input.data(), workspace.output.data(), *workspace.product);
  for (int lane = 0; lane < rows; ++lane)
    for (int o = 0; o < to; ++o) {
      const std::size_t at = static_cast<std::size_t>(lane) * to + o;
      actions[at] = workspace.output[o * kGroupLanes + lane] + (noise ? noise[at] * deviations_[o] : 0);
    }
}

}  // namespace muscle::environment
