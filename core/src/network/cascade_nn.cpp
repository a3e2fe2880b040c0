#include "network/cascade_nn.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace muscle::network {

// Feature-major arrays for `lanes` lanes.
struct CascadeNN::Buffers final : Workspace {
  int lanes = 0;
  std::vector<float> given;           // (muscles + 1 + R + D) of the cascaded network at work
  std::vector<std::vector<float>> z;  // (muscles) of each network
  std::vector<std::unique_ptr<Workspace>> networks;
};

CascadeNN::CascadeNN(std::vector<std::shared_ptr<const MuscleNN>> networks, std::vector<std::vector<int>> sources, bool passThrough)
    : networks_(std::move(networks)), sources_(std::move(sources)), passThrough_(passThrough) {
  if (networks_.empty() || sources_.size() != networks_.size())
    throw std::invalid_argument("cascade: networks and sources of equal number expected");
  features_ = networks_.front()->inputs();
  for (std::size_t k = 0; k < networks_.size(); ++k) {
    const std::string name = "cascade: network " + std::to_string(k) + ": ";
    const int wanted = features_ + (k > 0 ? outputs() + 1 : 0);
    if (networks_[k]->outputs() != outputs() || networks_[k]->inputs() != wanted)
      throw std::invalid_argument(name + std::to_string(networks_[k]->inputs()) + " inputs and " + std::to_string(networks_[k]->outputs()) +
                                  " outputs, " + std::to_string(wanted) + " and " + std::to_string(outputs()) + " expected");
    for (const int source : sources_[k])
      if (source < 0 || source >= static_cast<int>(k)) throw std::invalid_argument(name + "its sources must stand before it");
  }
}

std::unique_ptr<CascadeNN::Workspace> CascadeNN::makeWorkspace(int lanes, int used) const {
  auto buffers = std::make_unique<Buffers>();
  buffers->lanes = lanes;
  buffers->given.resize(static_cast<std::size_t>(outputs() + 1 + features_) * lanes);
  buffers->z.assign(networks_.size(), std::vector<float>(static_cast<std::size_t>(outputs()) * lanes));
  for (const auto& network : networks_) buffers->networks.push_back(network->makeWorkspace(lanes, used));
  return buffers;
}

void CascadeNN::evaluate(std::size_t k, const float* input, Buffers& buffers) const {
  const int lanes = buffers.lanes, muscles = outputs() * lanes;
  const float* weight = input + static_cast<std::size_t>(features_ + k) * lanes;
  std::vector<float>& z = buffers.z[k];
  float* sum = buffers.given.data();
  std::fill_n(sum, muscles, 0.0f);
  for (const int source : sources_[k])
    for (int i = 0; i < muscles; ++i) sum[i] += buffers.z[source][i] / 2;
  std::copy_n(weight, lanes, sum + muscles);
  std::copy_n(input, static_cast<std::size_t>(features_) * lanes, sum + muscles + lanes);
  networks_[k]->forwardPreactivation(buffers.given.data(), z.data(), *buffers.networks[k]);
  for (int i = 0; i < muscles; ++i) {
    const float w = weight[i % lanes];
    z[i] = w * (passThrough_ ? 2 * sum[i] + w * z[i] : z[i]);
  }
}

void CascadeNN::forward(const float* input, float* output, Workspace& workspace) const {
  auto& buffers = static_cast<Buffers&>(workspace);
  const int muscles = outputs() * buffers.lanes;
  networks_.front()->forwardPreactivation(input, buffers.z.front().data(), *buffers.networks.front());
  for (std::size_t k = 1; k < networks_.size(); ++k) evaluate(k, input, buffers);
  std::fill_n(output, muscles, 0.0f);
  for (const std::vector<float>& z : buffers.z)
    for (int i = 0; i < muscles; ++i) output[i] += z[i];
  for (int i = 0; i < muscles; ++i) output[i] = output[i] < 0 ? 0 : std::tanh(output[i]);  // keeps a NaN
}

}  // namespace muscle::network
