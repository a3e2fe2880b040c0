#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <optional>

#include "bindings/arrays.hpp"
#include "environment/policy_network.hpp"
#include "network/cascade_nn.hpp"
#include "network/device_nn.hpp"
#include "network/muscle_nn.hpp"
#include "network/torch_threads.hpp"

namespace muscle::bindings {
namespace {

using environment::ActivationNetwork;
using environment::PolicyNetwork;
using network::CascadeNN;
using network::DeviceNN;
using network::Expected;
using network::MuscleNN;
using network::NamedTensor;

std::string typeName(py::handle object) { return py::str(py::type::of(object).attr("__name__")); }

constexpr std::int64_t kMostValues = std::int64_t{1} << 26;

bool isDense(const py::object& tensor) {
  const auto flag = [&](const char* name) { return py::bool_(tensor.attr(name)).cast<bool>(); };
  return py::str(tensor.attr("layout")).cast<std::string>() == "torch.strided" && !flag("is_meta") && !flag("is_nested");
}

// Converts a torch.Tensor (any object with `detach`) or an array to floats; other objects become entries with a problem.
NamedTensor namedTensor(const std::string& name, py::object value) {
  NamedTensor tensor{.name = name, .shape = {}, .values = {}};
  if (py::hasattr(value, "detach")) {
    if (!value.attr("is_floating_point")().cast<bool>()) {
      tensor.problem = "is " + std::string(py::str(value.attr("dtype"))) + ", floating-point numbers expected";
      return tensor;
    }
    if (!isDense(value)) {
      tensor.problem = "is sparse, nested or without values, a dense tensor expected";
      return tensor;
    }
    if (value.attr("numel")().cast<std::int64_t>() > kMostValues) {
      tensor.problem = "has more values than any network's";
      return tensor;
    }
    value = value.attr("detach")().attr("cpu")().attr("float")().attr("contiguous")().attr("numpy")();
  }
  if (!py::isinstance<py::array>(value)) {
    tensor.problem = "is a " + typeName(value) + ", a tensor expected";
    return tensor;
  }
  const auto array = py::reinterpret_borrow<py::array>(value);
  if (array.dtype().kind() != 'f') {
    tensor.problem = "is " + std::string(py::str(array.dtype())) + ", floating-point numbers expected";
    return tensor;
  }
  const auto floats = Input<float>::ensure(array);
  if (!floats) throw py::error_already_set();
  tensor.shape.assign(floats.shape(), floats.shape() + floats.ndim());
  tensor.values.assign(floats.data(), floats.data() + floats.size());
  return tensor;
}

std::vector<NamedTensor> namedTensors(const py::dict& stateDict) {
  std::vector<NamedTensor> tensors;
  for (const auto& [key, value] : stateDict) tensors.push_back(namedTensor(py::str(key), py::reinterpret_borrow<py::object>(value)));
  return tensors;
}

std::vector<environment::DenseLayer> denseLayers(const std::vector<Input<float>>& weights, const std::vector<Input<float>>& biases) {
  checkSize("biases", static_cast<py::ssize_t>(biases.size()), static_cast<py::ssize_t>(weights.size()));
  std::vector<environment::DenseLayer> layers;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const Input<float>&w = weights[k], &b = biases[k];
    if (w.ndim() != 2) throw py::value_error("weights: matrices expected");
    checkSize("biases", b.size(), w.shape(0));
    layers.push_back(
        {static_cast<int>(w.shape(1)), static_cast<int>(w.shape(0)), {w.data(), w.data() + w.size()}, {b.data(), b.data() + b.size()}});
  }
  return layers;
}

struct TorchThreadsScope {
  explicit TorchThreadsScope(int threads) : count(threads) {
    if (count < 1) throw py::value_error("count: at least 1 expected");
  }
  int count;
  std::optional<network::TorchThreads> limit;
};

template <class Network>
using Forward = void (Network::*)(const float*, float*, ActivationNetwork::Workspace&) const;

// Passes rows (rows, inputs) through the network in groups of lanes.
template <class Network>
py::array_t<float> forwardRows(const Network& network, const Input<float>& rows, Forward<Network> forward,
                               int lanes = dynamics::kGroupLanes) {
  if (rows.ndim() != 2 || rows.shape(1) != network.inputs())
    throw py::value_error("rows: an array of shape (rows, " + std::to_string(network.inputs()) + ") expected");
  if (lanes != 1 && lanes != dynamics::kGroupLanes)
    throw py::value_error("lanes: 1 or " + std::to_string(dynamics::kGroupLanes) + " expected");
  const int count = static_cast<int>(rows.shape(0)), inputs = network.inputs(), outputs = network.outputs();
  std::vector<float> result(static_cast<std::size_t>(count) * outputs);
  const float* from = rows.data();
  {
    const py::gil_scoped_release release;
    const auto workspace = network.makeWorkspace(lanes, lanes);
    std::vector<float> input(static_cast<std::size_t>(inputs) * lanes), output(static_cast<std::size_t>(outputs) * lanes);
    for (int first = 0; first < count; first += lanes) {
      const int used = std::min(lanes, count - first);
      for (int i = 0; i < inputs; ++i)
        for (int lane = 0; lane < used; ++lane) input[i * lanes + lane] = from[static_cast<std::size_t>(first + lane) * inputs + i];
      (network.*forward)(input.data(), output.data(), *workspace);
      for (int lane = 0; lane < used; ++lane)
        for (int o = 0; o < outputs; ++o) result[static_cast<std::size_t>(first + lane) * outputs + o] = output[o * lanes + lane];
    }
  }
  return take(std::move(result), {count, outputs});
}

}  // namespace

void bindNetwork(py::module_& m) {
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const network::WeightsError& e) {
      py::set_error(py::module_::import("muscle_viewer.core.errors").attr("CheckpointError"), e.what());
    }
  });

  py::class_<ActivationNetwork, std::shared_ptr<ActivationNetwork>>(m, "ActivationNetwork")
      .def_property_readonly("inputs", &ActivationNetwork::inputs)
      .def_property_readonly("outputs", &ActivationNetwork::outputs);

  py::class_<MuscleNN, ActivationNetwork, std::shared_ptr<MuscleNN>>(
      m, "MuscleNN", "The muscle network's weights, checked and immutable. Inputs are torques over 200 N m.")
      .def(py::init([](const py::dict& stateDict, int inputs, int muscles, const std::string& kernel, bool cascaded) {
             const std::string chosen = kernel.empty() ? dynamics::instructionSets().front() : kernel;
             return std::make_shared<MuscleNN>(namedTensors(stateDict), Expected{inputs, muscles, cascaded}, chosen);
           }),
           py::arg("state_dict"), py::arg("inputs"), py::arg("muscles"), py::arg("kernel") = "", py::arg("cascaded") = false,
           "state_dict: fc.0/2/4/6.weight|bias or fc1..fc4.weight|bias; inputs: R + D. kernel: 'torch', an instruction set, 'bf16'\n"
           "or '' for the widest one. CheckpointError names every tensor that does not fit.")
      .def_property_readonly("hidden_widths", &MuscleNN::hiddenWidths)
      .def_property_readonly("kernel", &MuscleNN::kernel)
      .def(
          "forward", [](const MuscleNN& n, const Input<float>& rows, int lanes) { return forwardRows(n, rows, &MuscleNN::forward, lanes); },
          py::arg("rows"), py::arg("lanes") = dynamics::kGroupLanes,
          "Activations in [0, 1], shape (rows, muscles), of float32 inputs, shape (rows, inputs); lanes: rows inferred at once,\n"
          "GROUP_LANES or 1.")
      .def(
          "preactivations",
          [](const MuscleNN& n, const Input<float>& rows) { return forwardRows(n, rows, &MuscleNN::forwardPreactivation); },
          py::arg("rows"), "Values before relu(tanh(.)), shape (rows, muscles): the terms that cascaded networks sum. Uses libtorch.");

  py::class_<CascadeNN, ActivationNetwork, std::shared_ptr<CascadeNN>>(
      m, "CascadeNN", "Muscle networks of a GaitNet that act together, see core/src/network/cascade_nn.hpp.")
      .def(py::init([](const std::vector<std::shared_ptr<MuscleNN>>& networks, std::vector<std::vector<int>> sources, bool passThrough) {
             std::vector<std::shared_ptr<const MuscleNN>> shared(networks.begin(), networks.end());
             return std::make_shared<CascadeNN>(std::move(shared), std::move(sources), passThrough);
           }),
           py::arg("networks"), py::arg("sources"), py::arg("pass_through") = false,
           "networks: a plain one, then cascaded ones; sources: for each the indices of those before it that it reads.\n"
           "pass_through: whether a network hands on what it reads. ValueError for what does not fit.")
      .def(
          "forward", [](const CascadeNN& n, const Input<float>& rows) { return forwardRows(n, rows, &CascadeNN::forward); },
          py::arg("rows"), "Activations, shape (rows, muscles), of float32 inputs, shape (rows, inputs): torques, then a weight each.");

  py::class_<PolicyNetwork, std::shared_ptr<PolicyNetwork>>(m, "PolicyNetwork", "A policy of layers with ELU between them; immutable.")
      .def(py::init([](const std::vector<Input<float>>& weights, const std::vector<Input<float>>& biases, std::vector<float> mean,
                       std::vector<float> deviation, float clip, std::vector<float> noise, const std::string& kernel) {
             return std::make_shared<PolicyNetwork>(denseLayers(weights, biases),
                                                    environment::Normalisation{std::move(mean), std::move(deviation), clip},
                                                    std::move(noise), kernel);
           }),
           py::arg("weights"), py::arg("biases"), py::arg("mean"), py::arg("deviation"), py::arg("clip"), py::arg("noise"),
           py::arg("kernel"),
           "weights: (outputs, inputs) of each layer, biases: (outputs,). mean, deviation: of the observations, which are normalised by\n"
           "them and bounded by clip. noise: the actions' standard deviations. kernel: an instruction set. ValueError for sizes\n"
           "that do not fit.");

  py::class_<TorchThreadsScope>(m, "TorchThreads",
                                "A context in which torch computes on `count` threads where the calling thread calls it.")
      .def(py::init<int>(), py::arg("count"))
      .def("__enter__", [](TorchThreadsScope& scope) { scope.limit.emplace(scope.count); })
      .def("__exit__", [](TorchThreadsScope& scope, const py::args&) { scope.limit.reset(); });

  m.def("has_cuda", &network::hasCuda, "Whether libtorch supports CUDA and finds a device.");
  py::class_<environment::DeviceNetwork, std::shared_ptr<environment::DeviceNetwork>>(m, "DeviceNetwork");
  py::class_<DeviceNN, environment::DeviceNetwork, std::shared_ptr<DeviceNN>>(
      m, "DeviceNN", "MuscleNN on a libtorch device, for the environments of many groups at once.")
      .def(py::init([](const py::dict& stateDict, int inputs, int muscles, const std::string& device, const std::string& precision) {
             return std::make_shared<DeviceNN>(namedTensors(stateDict), Expected{inputs, muscles}, device, precision);
           }),
           py::arg("state_dict"), py::arg("inputs"), py::arg("muscles"), py::arg("device"), py::arg("precision") = "float32",
           "Arguments as for MuscleNN; device: torch's name of it; precision: float32, float16 or bfloat16.")
      .def_property_readonly("device", &DeviceNN::device);
}

}  // namespace muscle::bindings
