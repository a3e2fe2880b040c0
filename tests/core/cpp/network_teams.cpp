// The lanes' network for teams of one to four groups against each group alone, and against sums in double; built once for each
// instruction set by test_lane_functions.py, with MUSCLE_ISA naming it. Prints the number of outputs whose bits differ and the largest
// error, as JSON.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "dynamics/pack.hpp"
#include "lanes/lane_network.hpp"

using Network = muscle::lanes::LaneNetwork<muscle::MUSCLE_ISA::Pack, muscle::lanes::MuscleFunctions>;
using muscle::environment::DenseLayer;
constexpr int kLanes = muscle::dynamics::kGroupLanes;

std::vector<DenseLayer> randomLayers(const std::vector<int>& widths, std::mt19937& random) {
  std::vector<DenseLayer> layers;
  for (std::size_t k = 1; k < widths.size(); ++k) {
    std::normal_distribution<float> weight(0, 1 / std::sqrt(static_cast<float>(widths[k - 1])));
    DenseLayer layer{widths[k - 1], widths[k], {}, {}};
    for (int i = 0; i < layer.inputs * layer.outputs; ++i) layer.weights.push_back(weight(random));
    for (int o = 0; o < layer.outputs; ++o) layer.biases.push_back(weight(random));
    layers.push_back(layer);
  }
  return layers;
}

std::vector<double> reference(const std::vector<DenseLayer>& layers, std::vector<double> x) {
  for (const DenseLayer& layer : layers) {
    std::vector<double> y(layer.outputs);
    for (int o = 0; o < layer.outputs; ++o) {
      y[o] = layer.biases[o];
      for (int i = 0; i < layer.inputs; ++i) y[o] += static_cast<double>(layer.weights[o * layer.inputs + i]) * x[i];
      const bool last = &layer == &layers.back();
      y[o] = last ? std::max(std::tanh(y[o]), 0.0) : std::max(y[o], 0.2 * y[o]);
    }
    x = y;
  }
  return x;
}

int main() {
  std::mt19937 random(0);
  const std::vector<DenseLayer> layers = randomLayers({37, 50, 24, 19}, random);
  const Network network(layers);
  const int used[] = {16, 5, 3, 16};
  std::vector<std::vector<float>> inputs(4), alone(4), together(4);
  std::vector<std::unique_ptr<Network::Workspace>> workspaces;
  std::normal_distribution<float> normal;
  double error = 0;
  for (int g = 0; g < 4; ++g) {
    for (int i = 0; i < network.inputs() * kLanes; ++i) inputs[g].push_back(normal(random));
    alone[g].resize(network.outputs() * kLanes);
    workspaces.push_back(network.makeWorkspace(kLanes, used[g]));
    network.forward(inputs[g].data(), alone[g].data(), *workspaces[g]);
    for (int lane = 0; lane < used[g]; ++lane) {
      std::vector<double> x;
      for (int i = 0; i < network.inputs(); ++i) x.push_back(inputs[g][i * kLanes + lane]);
      const std::vector<double> y = reference(layers, x);
      for (int o = 0; o < network.outputs(); ++o) error = std::max(error, std::abs(y[o] - alone[g][o * kLanes + lane]));
    }
  }
  int different = 0;
  for (int size = 1; size <= 4; ++size) {
    std::vector<Network::Inference> team;
    for (int g = 0; g < size; ++g) {
      together[g].assign(network.outputs() * kLanes, -1);
      team.push_back({inputs[g].data(), together[g].data(), workspaces[g].get()});
    }
    network.forwardTeam(team);
    for (int g = 0; g < size; ++g)
      for (int o = 0; o < network.outputs(); ++o)
        different += std::memcmp(&together[g][o * kLanes], &alone[g][o * kLanes], used[g] * sizeof(float)) != 0;
  }
  std::printf("{\"different\": %d, \"error\": %.3g}\n", different, error);
}
