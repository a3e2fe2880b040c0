// Conversion of a state_dict to layers, with every check of a muscle network's weights, without torch.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "environment/network.hpp"

namespace muscle::network {

// One entry of a state_dict, its values as floats in row-major order.
struct NamedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  // The reason why this entry is not a tensor of floating-point numbers ("is int64, ..."), in which case `values` may be empty;
  // empty for a valid entry.
  std::string problem = {};
};

// The sizes that the weights must have. A cascaded network (GaitNet) reads first half of what the networks before it add up to
// and its own weight: muscles + 1 more inputs.
struct Expected {
  int inputs = 0;   // R + D: entries of the reduced JtA, and joint dofs
  int muscles = 0;  // M
  bool cascaded = false;

  int features() const { return cascaded ? inputs + muscles + 1 : inputs; }
};

// Weights that do not fit. The message is one line that names every problem.
class WeightsError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// The four layers of a muscle network, from keys fc.0/2/4/6.weight|bias (as in MASS and GaitNet) or fc1..fc4.weight|bias.
// The tensors determine the hidden widths. Throws WeightsError.
std::vector<environment::DenseLayer> readLayers(const std::vector<NamedTensor>& stateDict, const Expected& expected);

}  // namespace muscle::network
