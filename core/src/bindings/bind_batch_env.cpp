#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include <optional>

#include "batch/batch_env.hpp"
#include "batch/cpus.hpp"
#include "bindings/one_environment.hpp"

namespace muscle::bindings {
namespace {

using batch::BatchEnv;

template <class Member>
auto rowsOf(Member member) {
  return [member](py::object self) {
    auto& env = self.cast<BatchEnv&>();
    auto& values = env.results().*member;
    const py::ssize_t rows = env.size();
    return readOnlyViewOf(values.data(), {rows, static_cast<py::ssize_t>(values.size()) / rows}, self);
  };
}

template <class Member>
auto flagsOf(Member member) {
  return [member](py::object self) {
    auto& env = self.cast<BatchEnv&>();
    return readOnlyViewOf((env.results().*member).get(), {env.size()}, self);
  };
}

using Mask = py::array_t<bool, py::array::c_style>;

const bool* maskOf(const BatchEnv& env, const Mask& mask) {
  checkSize("mask", mask.size(), env.size());
  return mask.data();
}

void checkEnvironment(const BatchEnv& env, int index) {
  if (index < 0 || index >= env.size())
    throw py::index_error("environment " + std::to_string(index) + " does not exist: there are " + std::to_string(env.size()));
}

py::array_t<float> generalised(BatchEnv& env, bool velocities) {
  const model::Model& model = *env.scene().model;
  py::array_t<float> out({env.size(), model.numDofs()});
  std::vector<double> internal(model.numPositions()), values(model.numDofs());
  for (int i = 0; i < env.size(); ++i) {
    const environment::LaneView view = env.groupOf(i).view(env.laneOf(i));
    if (velocities) {
      for (int k = 0; k < model.numDofs(); ++k) values[k] = view.velocity(k);
    } else {
      for (int k = 0; k < model.numPositions(); ++k) internal[k] = view.position(k);
      model.toGeneralised(internal.data(), values.data());
    }
    std::copy(values.begin(), values.end(), out.mutable_data(i, 0));
  }
  return out;
}

// A number of each environment, shape (num_envs,).
template <class Number>
py::array_t<double> perEnvironment(BatchEnv& env, Number&& number) {
  std::vector<double> values;
  for (int i = 0; i < env.size(); ++i) values.push_back(number(env.groupOf(i), env.laneOf(i)));
  return take(std::move(values), {env.size()});
}

}  // namespace

void bindBatchEnv(py::module_& m) {
  using batch::Results;
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const environment::StateError& e) {
      py::set_error(py::module_::import("muscle_viewer.core.errors").attr("StateError"), e.what());
    }
  });
  m.def("quota_cpus", &batch::quotaCpus, py::arg("groups") = "/proc/self/cgroup", py::arg("mount") = "/sys/fs/cgroup",
        "Number of CPUs that the control groups grant by their quotas, rounded up; 0 without a quota.");
  py::class_<BatchEnv>(m, "BatchEnv", "Environments stepped in parallel by a pool of threads, the GIL released.")
      .def(py::init([](std::shared_ptr<environment::Scene> scene, int environments, std::uint64_t seed, int threads, bool spread) {
             return std::make_unique<BatchEnv>(std::move(scene), environments, seed, threads, spread);
           }),
           py::arg("scene"), py::arg("num_envs"), py::arg("seed"), py::arg("threads"), py::arg("spread") = true)
      .def_property_readonly("num_envs", &BatchEnv::size)
      .def_property_readonly("threads", &BatchEnv::threads)
      .def_property_readonly("has_network", &BatchEnv::hasNetwork)
      .def("set_network", py::overload_cast<const std::shared_ptr<const environment::ActivationNetwork>&>(&BatchEnv::setNetwork),
           py::arg("network"))
      .def("set_network", py::overload_cast<const std::shared_ptr<const environment::DeviceNetwork>&>(&BatchEnv::setNetwork),
           py::arg("network"))
      .def("set_policy", &BatchEnv::setPolicy, py::arg("policy"))
      .def(
          "act",
          [](BatchEnv& env, const Input<float>& observations, const std::optional<Input<float>>& noise) {
            if (!env.hasPolicy()) throw environment::StateError("act(): load_policy() has not been called");
            const auto rows = static_cast<py::ssize_t>(env.size()), size = rows * env.scene().actionSize();
            checkSize("observations", observations.size(), rows * env.scene().observationSize());
            if (noise) checkSize("noise", noise->size(), size);
            py::array_t<float> actions({rows, static_cast<py::ssize_t>(env.scene().actionSize())});
            const float* from = observations.data();
            const float* random = noise ? noise->data() : nullptr;
            float* to = actions.mutable_data();
            {
              const py::gil_scoped_release release;
              env.act(from, random, to);
            }
            return actions;
          },
          py::arg("observations"), py::arg("noise") = py::none(),
          "The policy's actions, float32, shape (num_envs, action_size); noise: of the same shape, in standard deviations.")
      .def("reset", py::overload_cast<>(&BatchEnv::reset), py::call_guard<py::gil_scoped_release>())
      .def(
          "reset",
          [](BatchEnv& env, const Mask& mask) {
            const bool* chosen = maskOf(env, mask);
            const py::gil_scoped_release release;
            env.reset(chosen);
          },
          py::arg("mask"), "Begins an episode in the environments of a mask, bool, shape (num_envs,), alone.")
      .def("reseed", py::overload_cast<std::uint64_t>(&BatchEnv::reseed), py::arg("seed"))
      .def(
          "reseed_each",
          [](BatchEnv& env, const py::array_t<std::uint64_t, py::array::c_style>& seeds) {
            checkSize("seeds", seeds.size(), env.size());
            env.reseed(seeds.data());
          },
          py::arg("seeds"), "Gives each environment a seed of its own, uint64, shape (num_envs,).")
      .def(
          "step",
          [](BatchEnv& env, const py::array_t<float, py::array::c_style>& actions, bool autoReset, const std::optional<Mask>& hold) {
            checkSize("actions", actions.size(), static_cast<py::ssize_t>(env.size()) * env.scene().actionSize());
            const float* data = actions.data();
            const bool* held = hold ? maskOf(env, *hold) : nullptr;
            const py::gil_scoped_release release;
            env.step(data, {.autoReset = autoReset, .held = held});
          },
          py::arg("actions"), py::arg("auto_reset") = true, py::arg("hold") = py::none(),
          "One control step of every environment that is not held; actions float32, shape (num_envs, action_size).")
      .def_property_readonly("observation", rowsOf(&Results::observation))
      .def_property_readonly("final_observation", rowsOf(&Results::finalObservation))
      .def_property_readonly("reward_terms", rowsOf(&Results::rewardTerms))
      .def_property_readonly("activation", rowsOf(&Results::activation))
      .def_property_readonly("mean_activation", rowsOf(&Results::meanActivation))
      .def_property_readonly("sample_jacobian", rowsOf(&Results::sampleJacobian))
      .def_property_readonly("sample_torque", rowsOf(&Results::sampleTorque))
      .def_property_readonly("sample_passive", rowsOf(&Results::samplePassive))
      .def_property_readonly("reward",
                             [](py::object self) {
                               auto& env = self.cast<BatchEnv&>();
                               return readOnlyViewOf(env.results().reward.data(), {env.size()}, self);
                             })
      .def_property_readonly("parameters",
                             [](py::object self) {
                               auto& env = self.cast<BatchEnv&>();
                               const auto count = static_cast<py::ssize_t>(env.scene().settings.parameters.size());
                               return readOnlyViewOf(env.results().parameters.data(), {env.size(), count}, self);
                             })
      .def(
          "set_parameters",
          [](BatchEnv& env, const Input<double>& values, bool atOnce, const std::optional<Mask>& mask) {
            checkSize("parameters", values.size(), static_cast<py::ssize_t>(env.size() * env.scene().settings.parameters.size()));
            env.setParameters(values.data(), mask ? maskOf(env, *mask) : nullptr, atOnce);
          },
          py::arg("values"), py::arg("at_once"), py::arg("mask") = py::none(),
          "Values in place of drawn ones, float64, shape (num_envs, parameters); NaN: drawn. ValueError names one out of its range.")
      .def_property_readonly("clips",
                             [](py::object self) {
                               auto& env = self.cast<BatchEnv&>();
                               return readOnlyViewOf(env.results().clips.data(), {env.size()}, self);
                             })
      .def(
          "set_clip",
          [](BatchEnv& env, int clip, bool atOnce, const std::optional<Mask>& mask, const std::optional<Input<double>>& begun) {
            checkClip(env.scene(), clip);
            if (begun) checkSize("begun", begun->size(), static_cast<py::ssize_t>(env.size()));
            env.setClip(clip, mask ? maskOf(env, *mask) : nullptr, atOnce, begun ? begun->data() : nullptr);
          },
          py::arg("clip"), py::arg("at_once"), py::arg("mask") = py::none(), py::arg("begun") = py::none(),
          "The clip of the episodes from the next reset on, -1: drawn; or at once, within the transition (num_envs). IndexError for one "
          "that does not exist.")
      .def(
          "set_clip_weights",
          [](BatchEnv& env, const std::vector<double>& weights) {
            checkSize("weights", static_cast<py::ssize_t>(weights.size()), static_cast<py::ssize_t>(env.scene().clips.size()));
            environment::checkWeights(weights);
            env.setClipWeights(weights);
          },
          py::arg("weights"),
          "Shares of the episodes that draw each clip. ValueError for weights of which none is positive, or one is negative.")
      .def_property_readonly("terminated", flagsOf(&Results::terminated))
      .def_property_readonly("truncated", flagsOf(&Results::truncated))
      .def_property_readonly("positions", [](BatchEnv& env) { return generalised(env, false); })
      .def_property_readonly("velocities", [](BatchEnv& env) { return generalised(env, true); })
      .def_property_readonly("body_masses",
                             [](BatchEnv& env) { return perEnvironment(env, [](Group& g, int lane) { return g.mass(lane); }); })
      .def_property_readonly(
          "body_weights",
          [](BatchEnv& env) { return perEnvironment(env, [](Group& g, int lane) { return g.mass(lane) * g.gravity(lane); }); })
      .def_property_readonly("phases",
                             [](BatchEnv& env) {
                               std::vector<double> phases;
                               for (int i = 0; i < env.size(); ++i) phases.push_back(env.groupOf(i).episode(env.laneOf(i)).phase);
                               return take(std::move(phases), {env.size()});
                             })
      .def(
          "set_state",
          [](BatchEnv& env, int index, const Input<double>& positions, const Input<double>& velocities) {
            checkEnvironment(env, index);
            setState(env.scene(), env.groupOf(index), env.laneOf(index), positions, velocities);
          },
          py::arg("index"), py::arg("positions"), py::arg("velocities"))
      .def(
          "snapshot",
          [](BatchEnv& env, int index) {
            checkEnvironment(env, index);
            return frameOf(env.scene(), env.groupOf(index), env.laneOf(index));
          },
          py::arg("index"))
      .def("record_substeps", &BatchEnv::recordSubsteps, py::arg("record"), py::arg("reactions"))
      .def(
          "snapshots",
          [](BatchEnv& env, const std::vector<std::string>& names) {
            std::vector<BatchEnv::FieldRows> wanted;
            py::dict arrays;
            for (const std::string& name : names) {
              if (arrays.contains(name)) continue;  // a second array would free the first one, which is written to
              const environment::SnapshotField& field = environment::snapshotField(name);
              std::vector<py::ssize_t> shape{env.size()};
              for (const int extent : field.shape(env.scene())) shape.push_back(extent);
              py::array_t<float> rows(shape);
              wanted.push_back({&field, rows.mutable_data()});
              arrays[name.c_str()] = rows;
            }
            {
              const py::gil_scoped_release release;
              env.snapshot(wanted);
            }
            return arrays;
          },
          py::arg("names"), "Fields of the present state by name, each an array over environments, a copy. ValueError for an unknown name.")
      .def(
          "set_external_force",
          [](BatchEnv& env, int index, int body, const Input<double>& force, const Input<double>& point) {
            checkEnvironment(env, index);
            setExternalForce(env.scene(), env.groupOf(index), env.laneOf(index), body, force, point);
          },
          py::arg("index"), py::arg("body"), py::arg("force"), py::arg("point"))
      .def(
          "clear_external_forces",
          [](BatchEnv& env, int index) {
            checkEnvironment(env, index);
            env.groupOf(index).clearExternalForces(env.laneOf(index));
          },
          py::arg("index"))
      .def_property_readonly("timings",
                             [](const BatchEnv& env) {
                               const environment::Timings t = env.timings();
                               py::dict d;
                               d["kinematics"] = t.kinematics;
                               d["paths"] = t.paths;
                               d["muscles"] = t.muscles;
                               d["stable_pd"] = t.stablePd;
                               d["network"] = t.network;
                               d["dynamics"] = t.dynamics;
                               d["task"] = t.task;
                               return d;
                             })
      .def("reset_timings", &BatchEnv::resetTimings)
      .def("save_state", [](const BatchEnv& env) { return py::bytes(env.saveState()); })
      .def(
          "restore_state",
          [](BatchEnv& env, const py::bytes& state) {
            const std::span<const std::byte> bytes = bytesOf(state);
            const py::gil_scoped_release release;
            env.restoreState(bytes);
          },
          py::arg("state"), "Writes the observations of the state. StateError if it is not a state of this configuration and size.");
}

}  // namespace muscle::bindings
