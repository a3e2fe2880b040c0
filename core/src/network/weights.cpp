#include "network/weights.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace muscle::network {
namespace {

constexpr int kLayers = 4;

using Problems = std::vector<std::string>;
using Entries = std::map<std::string, const NamedTensor*>;

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + ")";
}

std::array<std::string, kLayers> prefixes(const Entries& entries) {
  for (const auto& [name, tensor] : entries)
    if (name.starts_with("fc1.") || name.starts_with("fc2.") || name.starts_with("fc3.") || name.starts_with("fc4."))
      return {"fc1", "fc2", "fc3", "fc4"};
  return {"fc.0", "fc.2", "fc.4", "fc.6"};
}

bool isFinite(const NamedTensor& tensor, Problems& problems) {
  const auto bad = std::count_if(tensor.values.begin(), tensor.values.end(), [](float v) { return !std::isfinite(v); });
  if (bad > 0)
    problems.push_back(tensor.name + ": " + std::to_string(bad) + " of " + std::to_string(tensor.values.size()) + " values are not finite");
  return bad == 0;
}

// The entry `name` if it is a valid tensor of `rank` dimensions; else adds a problem.
const NamedTensor* take(Entries& entries, const std::string& name, std::size_t rank, Problems& problems) {
  const auto found = entries.find(name);
  if (found == entries.end()) {
    problems.push_back(name + ": missing");
    return nullptr;
  }
  const NamedTensor& tensor = *found->second;
  entries.erase(found);
  if (!tensor.problem.empty()) {
    problems.push_back(name + ": " + tensor.problem);
    return nullptr;
  }
  const bool empty = std::any_of(tensor.shape.begin(), tensor.shape.end(), [](std::int64_t n) { return n < 1; });
  if (tensor.shape.size() != rank || empty) {
    problems.push_back(name + ": shape " + shapeText(tensor.shape) + ", a " + (rank == 2 ? "matrix" : "vector") + " expected");
    return nullptr;
  }
  isFinite(tensor, problems);
  return &tensor;
}

std::string joined(const Problems& problems) {
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "; ") + problem;
  return text;
}

std::string widthHint(std::int64_t columns, const Expected& expected) {
  Expected other = expected;
  other.cascaded = !expected.cascaded;
  if (columns != other.features()) return "";
  return other.cascaded ? " (this is a cascaded network, which reads other networks' activations too)"
                        : " (this is a plain network, not a cascaded one)";
}

}  // namespace

std::vector<environment::DenseLayer> readLayers(const std::vector<NamedTensor>& stateDict, const Expected& expected) {
  Entries entries;
  for (const NamedTensor& tensor : stateDict) entries.emplace(tensor.name, &tensor);
  const auto names = prefixes(entries);

  Problems problems;
  std::vector<environment::DenseLayer> layers;
  std::int64_t width = expected.features();  // of the layer's input; 0 after an unreadable layer
  for (int k = 0; k < kLayers; ++k) {
    const NamedTensor* weight = take(entries, names[k] + ".weight", 2, problems);
    const NamedTensor* bias = take(entries, names[k] + ".bias", 1, problems);
    if (!weight) {
      width = 0;
      continue;
    }
    const std::int64_t outputs = weight->shape[0], inputs = weight->shape[1];
    const std::int64_t wanted = k == kLayers - 1 ? expected.muscles : outputs;
    if (outputs != wanted || (width > 0 && inputs != width))
      problems.push_back(weight->name + ": shape " + shapeText(weight->shape) + ", " + shapeText({wanted, width > 0 ? width : inputs}) +
                         " expected" + (k == 0 ? widthHint(inputs, expected) : ""));
    if (bias && bias->shape[0] != outputs)
      problems.push_back(bias->name + ": shape " + shapeText(bias->shape) + ", " + shapeText({outputs}) + " expected");
    width = outputs;
    if (bias) layers.push_back({static_cast<int>(inputs), static_cast<int>(outputs), weight->values, bias->values});
  }
  for (const auto& [name, tensor] : entries) problems.push_back(name + ": unexpected");
  if (!problems.empty())
    throw WeightsError("muscle network for " + std::to_string(expected.features()) + " inputs and " + std::to_string(expected.muscles) +
                       " muscles: " + joined(problems));
  return layers;
}

}  // namespace muscle::network
