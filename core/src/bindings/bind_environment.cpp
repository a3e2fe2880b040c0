#include "bindings/bindings.hpp"

#include <pybind11/stl.h>

#include "bindings/one_environment.hpp"
#include "environment/environment.hpp"

namespace muscle::bindings {
namespace {

using environment::Environment;

py::array_t<float> observationOf(const Environment& e) {
  return py::array_t<float>(static_cast<py::ssize_t>(e.observation().size()), e.observation().data());
}

py::dict substepsOf(Environment& e) {
  py::dict found;
  const environment::SubstepSeries* series = e.group().substepSeries();
  if (!series) return found;
  for (const environment::SubstepSeries::Field& field : series->fields()) {
    py::array_t<float> values({series->substeps(), field.count});
    std::copy_n(field.values.data(), values.size(), values.mutable_data());
    found[field.name.c_str()] = values;
  }
  return found;
}

}  // namespace

void bindEnvironment(py::module_& m) {
  py::class_<Environment>(m, "Environment", "One environment that shows its internal quantities. It has no auto-reset.")
      .def(py::init([](std::shared_ptr<Scene> scene, std::uint64_t seed) { return std::make_unique<Environment>(std::move(scene), seed); }),
           py::arg("scene"), py::arg("seed"))
      .def(
          "set_network",
          [](Environment& e, std::shared_ptr<environment::ActivationNetwork> network) { e.group().setNetwork(std::move(network)); },
          py::arg("network"))
      .def_property_readonly("has_network", [](Environment& e) { return e.group().hasNetwork(); })
      .def("reset",
           [](Environment& e) {
             e.reset();
             return observationOf(e);
           })
      .def(
          "reseed", [](Environment& e, std::uint64_t seed) { e.group().reseed(seed); }, py::arg("seed"))
      .def(
          "step",
          [](Environment& e, const py::array_t<float, py::array::c_style>& action) {
            checkSize("action", action.size(), e.scene().actionSize());
            const float* data = action.data();
            const environment::CallGuard guard = e.guardCall();
            {
              py::gil_scoped_release release;
              e.step(data);
            }
            return py::make_tuple(observationOf(e), e.reward().total, e.episode().terminated, e.episode().truncated);
          },
          py::arg("action"),
          "One control step; returns (observation, reward, terminated, truncated). action: float32, shape (action_size,).")
      .def(
          "record_reactions", [](Environment& e, bool record) { e.group().recordSubsteps(true, record); }, py::arg("record"))
      .def(
          "keep_substeps", [](Environment& e, bool keep) { e.group().keepSubsteps(keep); }, py::arg("keep"))
      .def("substeps", &substepsOf, "Fields of each substep of the last control step, (substeps, numbers); empty where none are kept.")
      .def("snapshot", [](Environment& e) { return frameOf(e.scene(), e.group(), 0); })
      .def(
          "set_state",
          [](Environment& e, const Input<double>& positions, const Input<double>& velocities) {
            setState(e.scene(), e.group(), 0, positions, velocities);
          },
          py::arg("positions"), py::arg("velocities"))
      .def(
          "set_phase", [](Environment& e, double phase) { e.group().setPhase(0, phase); }, py::arg("phase"))
      .def(
          "set_external_force",
          [](Environment& e, int body, const Input<double>& force, const Input<double>& point) {
            setExternalForce(e.scene(), e.group(), 0, body, force, point);
          },
          py::arg("body"), py::arg("force"), py::arg("point"))
      .def(
          "add_external_force",
          [](Environment& e, int body, const Input<double>& force, const Input<double>& point) {
            addExternalForce(e.scene(), e.group(), 0, body, force, point);
          },
          py::arg("body"), py::arg("force"), py::arg("point"))
      .def(
          "override_excitation",
          [](Environment& e, const py::array_t<float, py::array::c_style>& values) {
            if (values.size() > 0) checkSize("excitations", values.size(), e.scene().model->numMuscles());
            e.group().overrideExcitation(values.size() > 0 ? values.data() : nullptr);
          },
          py::arg("values"))
      .def_property_readonly("body_mass", [](Environment& e) { return e.group().mass(0); })
      .def_property_readonly("parameters",
                             [](Environment& e) {
                               std::vector<double> values(e.scene().settings.parameters.size());
                               for (std::size_t k = 0; k < values.size(); ++k) values[k] = e.group().parameters(0)[k].value;
                               const auto count = static_cast<py::ssize_t>(values.size());
                               return take(std::move(values), {count});
                             })
      .def(
          "set_parameters",
          [](Environment& e, const Input<double>& values, bool atOnce) {
            checkSize("parameters", values.size(), static_cast<py::ssize_t>(e.scene().settings.parameters.size()));
            e.setParameters(values.data(), atOnce);
            return observationOf(e);
          },
          py::arg("values"), py::arg("at_once"))
      .def_property_readonly("clip", [](Environment& e) { return e.episode().clip; })
      .def(
          "set_clip",
          [](Environment& e, int clip, bool atOnce) {
            checkClip(e.scene(), clip);
            e.setClip(clip, atOnce);
            return observationOf(e);
          },
          py::arg("clip"), py::arg("at_once"), "As of BatchEnv; the observation.")
      .def("clear_external_forces", [](Environment& e) { e.group().clearExternalForces(0); })
      .def("save_state", [](const Environment& e) { return py::bytes(e.saveState()); })
      .def(
          "restore_state",
          [](Environment& e, const py::bytes& state) {
            e.restoreState(bytesOf(state));
            return observationOf(e);
          },
          py::arg("state"),
          "The observation of the state, shape (observation_size,). StateError if it is not a state of this configuration.");
}

}  // namespace muscle::bindings
