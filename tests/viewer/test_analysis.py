"""What the panels compute: against the core, against each other, and out of the history."""

import dataclasses
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from muscle_viewer.core import Environment
from muscle_viewer.core.configuration import Observation, checkpoints_folder, load_config
from muscle_viewer.core.folders import assets_folder
from muscle_viewer.core.norms import sagittal
from muscle_viewer.core.observation_names import observation_names
from muscle_viewer.core.scene import build_scene
from muscle_viewer.core.sides import partners, split
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import export, gait
from muscle_viewer.viewer.analysis.channels import DERIVED, channels, found, table
from muscle_viewer.viewer.analysis.insight import insight_of
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.scene.colormap import ACTIVATION, AMOUNT, DIVERGING, to_oklab
from muscle_viewer.viewer.scene.colour_modes import colour_modes
from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.ui.panels.joints import contributions


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    runtime = Runtime(load_session(checkpoints_folder() / "walk.pt", seed=2))
    runtime.handle(c.Step(150))
    return runtime


def test_the_curves_of_the_panels_are_those_of_the_core(runtime: Runtime) -> None:
    look = insight_of(runtime.subject)
    for index in (20, 80, 150):
        frame = runtime.history.frame(index)
        forces = frame.activations * look.full_forces(frame)
        assert np.allclose(forces, frame.active_forces, rtol=2e-3, atol=0.5)


def test_an_attribution_adds_up_and_points_along_the_gradient(runtime: Runtime) -> None:
    session = runtime.session
    look = insight_of(session.subject)
    frame = runtime.frame
    muscle = int(np.argmax(frame.excitations))
    found_ = look.attribution(frame, muscle)
    assert [len(layer) for layer in found_.layers] == [256, 256, 256]
    x = look.inputs(frame)
    weights = session.checkpoint.muscle  # type: ignore[attr-defined]

    def output(values: np.ndarray) -> float:
        y = torch.from_numpy(values)
        for k in (0, 2, 4, 6):
            y = torch.nn.functional.linear(y, weights[f"fc.{k}.weight"], weights[f"fc.{k}.bias"])
            y = torch.nn.functional.leaky_relu(y, 0.2) if k < 6 else y
        return float(y[muscle])

    h = 1e-3
    along = (output(x * np.float32(1 + h)) - output(x * np.float32(1 - h))) / (2 * h)
    total = float(found_.muscles.sum() + found_.dofs.sum())
    assert total == pytest.approx(along, rel=0.05, abs=0.05)


def test_an_attribution_is_the_jacobian_of_the_same_network_built_of_torchs_modules(
    runtime: Runtime,
) -> None:
    session, info, frame = runtime.session, runtime.session.info, runtime.history.frame(70)
    look = insight_of(session.subject)
    weights = session.checkpoint.muscle  # type: ignore[attr-defined]
    widths = [len(look.inputs(frame)), 256, 256, 256, len(info.muscle_names)]
    linear = [torch.nn.Linear(a, b) for a, b in pairwise(widths)]
    network = torch.nn.Sequential(
        *(module for layer in linear for module in (layer, torch.nn.LeakyReLU(0.2)))
    )[:-1]
    network.load_state_dict({k.removeprefix("fc."): v for k, v in weights.items()})
    x = torch.from_numpy(look.inputs(frame))
    jacobian = torch.autograd.functional.jacobian(network, x).numpy()
    muscle = info.muscle_names.index("soleus_r")
    share = jacobian[muscle] * x.numpy()
    found_ = look.attribution(frame, muscle)
    entries = len(info.network_entries)
    assert np.allclose(found_.dofs, share[entries:], rtol=1e-4, atol=1e-5)
    told = info.muscle_of[info.network_entries]
    for k in np.unique(told):
        assert found_.muscles[k] == pytest.approx(
            share[:entries][told == k].sum(), rel=1e-3, abs=1e-4
        )
    for layer, depth in zip(found_.layers, (2, 4, 6), strict=True):
        assert np.allclose(layer, network[:depth](x).detach().numpy(), rtol=1e-4, atol=1e-5)
    # and the network's output there is what the core let the muscles do
    assert network(x).tanh().relu()[muscle].item() == pytest.approx(
        float(frame.excitations[muscle]), abs=0.05
    )


def test_what_the_joints_panel_stacks_is_the_torque_of_the_muscles(runtime: Runtime) -> None:
    info, history = runtime.session.info, runtime.history
    context = SimpleNamespace(info=info, history=history)
    for d in np.flatnonzero(info.muscle_driven_dofs):
        muscles, parts = contributions(context, int(d), 1, 151)  # type: ignore[arg-type]
        assert len(muscles) == parts.shape[1] > 0
        torque = history.values("muscle_torques", 1, 151, [int(d)])[:, 0]
        apart = np.abs(parts.sum(axis=1) - torque)
        # exact but for the change of the arms within a step
        assert np.percentile(apart, 95) < 0.02 * np.ptp(torque) + 0.2, info.dof_names[6 + d]
        assert np.corrcoef(parts.sum(axis=1), torque)[0, 1] > 0.998


def test_moment_arms_are_the_slopes_of_the_muscles_lengths(runtime: Runtime) -> None:
    info, frame = runtime.session.info, runtime.history.frame(40)
    environment = Environment(assets_folder() / "environments" / "walk.yaml")
    environment.reset()

    def lengths(shift: float, dof: int) -> np.ndarray:
        positions = np.array(frame.positions, float)
        positions[dof] += shift
        environment.set_state(positions, np.zeros_like(positions))
        return np.array(environment.frame().muscle_lengths, float)

    for name in ("knee_angle_r", "ankle_angle_l"):
        dof, h = info.dof_names.index(name), 4e-3
        slope = (lengths(h, dof) - lengths(-h, dof)) / (2 * h)
        entries = np.flatnonzero(info.muscle_dofs == dof - 6)
        assert len(entries) > 5
        assert np.allclose(frame.moment_arms[entries], -slope[info.muscle_of[entries]], atol=3e-4)


def test_the_names_of_what_the_policy_sees_say_what_it_is(runtime: Runtime) -> None:
    session, info, frame = runtime.session, runtime.session.info, runtime.frame
    names = session.observation_names  # type: ignore[attr-defined]
    seen = dict(zip(names, session.observation, strict=True))  # type: ignore[attr-defined]
    assert len(seen) == len(names)
    assert seen["root height"] == pytest.approx(frame.positions[4], abs=1e-5)
    for dof in ("knee_angle_r", "wrist_z_l"):
        k = info.dof_names.index(dof)
        assert seen[dof] == pytest.approx(frame.positions[k], abs=1e-5)
        assert seen[f"{dof} 0.1 velocity"] == pytest.approx(0.1 * frame.velocities[k], abs=1e-4)
    assert seen["sine of the phase"] == pytest.approx(np.sin(2 * np.pi * frame.phase), abs=1e-4)
    assert [seen[f"root rotation x{axis}"] for axis in "xyz"] == pytest.approx(
        frame.body_rotations[0, 0].tolist(), abs=1e-5
    )
    action_names = session.action_names  # type: ignore[attr-defined]
    assert len(action_names) == len(session.decide())
    assert action_names[-1] == "phase rate"


@pytest.mark.parametrize("kind", ["default", "mass", "gaitnet"])
def test_every_kind_of_observation_has_a_name_for_each_entry(kind: str) -> None:
    config = load_config(assets_folder() / "environments" / "walk_gaitnet.yaml")
    config = config.model_copy(update={"observation": Observation(type=kind)})
    scene = build_scene(config)
    names = observation_names(config, scene.info, scene.observation_size)
    assert len(set(names)) == scene.observation_size
    assert names[0] != "0"


def test_muscles_bulge_as_they_shorten_and_not_where_they_are_not_computed(
    runtime: Runtime,
) -> None:
    geometry = MuscleGeometry(runtime.session.info)
    optimal = geometry.radii(np.ones(80))
    assert (geometry.radii(np.full(80, 0.7)) >= optimal).all()
    assert geometry.radii(np.full(80, 0.7)).sum() > 1.1 * optimal.sum()
    assert np.array_equal(geometry.radii(np.zeros(80)), optimal)


def test_sides_are_told_by_the_names_of_all_models() -> None:
    names = ["soleus_r", "soleus_l", "R_Soleus", "L_Soleus", "FemurR", "FemurL", "tailor", "XR"]
    assert split(names) == [
        ("soleus", "right"), ("soleus", "left"), ("Soleus", "right"), ("Soleus", "left"),
        ("Femur", "right"), ("Femur", "left"), ("tailor", ""), ("XR", ""),
    ]  # fmt: skip
    assert partners(names) == [1, 0, 3, 2, 5, 4, 6, 7]


def test_the_gaitnet_joints_have_norms_too() -> None:
    names = ["root"] * 6 + ["FemurR_x", "FemurL_x", "TibiaR", "TibiaL"]
    assert sagittal(names, "hip_flexion") == ({"right": 6, "left": 7}, -1.0)
    assert sagittal(names, "knee_flexion") == ({"right": 8, "left": 9}, 1.0)
    assert sagittal(names, "ankle_dorsiflexion") is None


def test_the_knees_of_opensims_older_legs_bend_towards_negative_angles() -> None:
    names = ["hip_flexion_r", "hip_flexion_l", "knee_angle_r", "knee_angle_l"]
    assert sagittal(names, "hip_flexion") == ({"right": 0, "left": 1}, 1.0)
    for low, high, sign in ((-2.4, 0.0, -1.0), (-0.1, 2.1, 1.0), (-np.inf, np.inf, 1.0)):
        ranges = [[-0.5, 2.1]] * 2 + [[low, high]] * 2
        assert sagittal(names, "knee_flexion", ranges) == ({"right": 2, "left": 3}, sign)


def test_a_quantity_over_the_history_is_that_of_its_frames(runtime: Runtime) -> None:
    for mode in colour_modes(runtime.session.info).values():
        over = mode.over(runtime.history, 60, 64)
        for k in range(4):
            assert np.allclose(over[k], mode.values(runtime.history.frame(60 + k)), rtol=1e-5)


def test_gait_numbers_are_those_of_the_walk(runtime: Runtime) -> None:
    info, history = runtime.session.info, runtime.history
    found_ = gait.summary(info, history, history.newest)
    assert found_ is not None
    assert 1.0 < found_.speed < 1.6
    assert 95 < found_.cadence < 130
    assert found_.length == pytest.approx(found_.speed * 120 / found_.cadence, rel=0.02)
    assert 1.0 < found_.peak < 2.5
    strides = gait.strides_of(history, history.newest)
    for name in gait.ANGLES.values():
        sides, sign = sagittal(info.dof_names, name) or ({}, 0.0)
        curves = np.degrees(sign * gait.cycles(history, strides, sides, "positions"))
        norm = gait.norms()[name]
        # strikes are told to a thirtieth of a second, so that curves may lie a little aside
        assert np.corrcoef(curves.mean(axis=0), norm.mean)[0, 1] > 0.6, name
        assert (norm.deviation > 0).all()
    assert gait.summary(info, history, 5) is None


def test_every_number_of_a_frame_can_be_found_by_words(runtime: Runtime) -> None:
    rows, info = runtime.history.rows, runtime.session.info
    everything = channels(info, rows)
    within_a_step = rows.slices["ground_forces"]
    of_frames = [k for k in everything if k.field != DERIVED]
    assert len(of_frames) == rows.width - (within_a_step.stop - within_a_step.start)
    assert len({k.name for k in everything}) == len(everything)
    (soleus,) = found(everything, "soleus_r active force")
    value = runtime.history.values(soleus.field, 150, 151, [soleus.column])
    assert value[0, 0] == runtime.frame.active_forces[info.muscle_names.index("soleus_r")]
    assert [k.name for k in found(everything, "center mass y")] == ["center of mass / y"]
    knee, forward = (
        found(everything, words)[0] for words in ("velocities knee_angle_r", "velocities root_tz")
    )
    assert (knee.unit, forward.unit) == ("rad/s", "m/s")
    fields = {k.field for k in everything}
    for field in dataclasses.fields(runtime.frame):
        assert field.name in ("time", "ground_forces") or field.name in fields, field.name
    heel, path = (
        found(everything, w)[0] for w in ("contact forces r 1 y", "path points soleus_r 2 z")
    )
    assert (heel.unit, path.unit) == ("N", "m")
    assert path.name == "path points / soleus_r 2 z"
    point = runtime.frame.path_points[info.path_offsets[info.muscle_names.index("soleus_r")] + 1, 2]
    assert runtime.history.values(path.field, 150, 151, [path.column])[0, 0] == point
    height, rate = (
        found(everything, w)[0] for w in ("observation root height", "action phase rate")
    )
    session, inputs = runtime.session, runtime.log.inputs(150)
    seen = session.observation  # type: ignore[attr-defined]
    assert inputs is not None
    for channel, expected in ((height, seen[0]), (rate, inputs.action[-1])):
        value = runtime.history.values(channel.field, 150, 151, [channel.column])[0, 0]
        assert value == np.float32(expected), channel.name
    text = table(np.array([0.0, 0.5]), ["a"], [np.array([1.0, 2.0])])
    assert text == "time (s),a\n0.000000,1\n0.500000,2\n"


def test_exports_hold_what_the_history_holds(runtime: Runtime, tmp_path: Path) -> None:
    info, history = runtime.session.info, runtime.history
    for kind in export.KINDS:
        export.write(tmp_path / f"walk.{kind}", kind, info, history)
    arrays = np.load(tmp_path / "walk.npz")
    assert np.array_equal(arrays["positions"][-1], runtime.frame.positions)
    assert arrays["body_rotations"].shape == (151, 25, 3, 3)
    assert list(arrays["muscle_names"]) == info.muscle_names
    assert arrays["observation"].shape == (151, len(arrays["observation_names"]))
    knee = np.degrees(runtime.frame.positions[info.dof_names.index("knee_angle_r")])
    for kind, degrees, column, expected in (
        ("mot", "yes", "knee_angle_r", knee),
        (
            "sto",
            "no",
            "soleus_l/activation",
            runtime.frame.activations[info.muscle_names.index("soleus_l")],
        ),
    ):
        lines = (tmp_path / f"walk.{kind}").read_text().splitlines()
        assert lines[:6] == [
            "walk", "version=1", "nRows=151", lines[3], f"inDegrees={degrees}", "endheader",
        ]  # fmt: skip
        names = lines[6].split("\t")
        assert lines[3] == f"nColumns={len(names)}"
        last = lines[-1].split("\t")
        assert float(last[names.index(column)]) == pytest.approx(float(expected), rel=1e-6)


def test_colours_show_each_quantity_within_its_range(runtime: Runtime) -> None:
    info, frame = runtime.session.info, runtime.frame
    modes = colour_modes(info)
    assert list(modes) == [
        "activation", "excitation", "active force", "passive force",
        "fibre length", "fibre velocity", "power", "asymmetry",
    ]  # fmt: skip
    for mode in modes.values():
        places = mode.places(frame)
        assert places.shape == (80,)
        assert np.ptp(places) > 0.01, mode.name
    assert np.array_equal(partners(info.muscle_names), np.arange(80) ^ 1)
    right, left = (info.muscle_names.index(f"psoas_{s}") for s in "rl")
    values = modes["asymmetry"].values(frame)
    assert values[right] == -values[left]
    shortening = frame.fibre_velocities < 0
    assert (modes["power"].values(frame)[shortening & (frame.active_forces > 0)] > 0).all()


COLOUR_BLIND = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""On linear light: Machado, Oliveira and Fernandes 2009, severity 1."""


@pytest.mark.parametrize("kind", COLOUR_BLIND)
def test_the_maps_read_for_the_colour_blind(kind: str) -> None:
    for mapped in (ACTIVATION, AMOUNT, DIVERGING):
        seen = np.clip(mapped.linear @ np.array(COLOUR_BLIND[kind]).T, 0, 1)
        seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
        lab = to_oklab(seen)
        steps = np.linalg.norm(np.diff(lab[::51], axis=0), axis=1)
        assert steps.min() > 0.05
        assert np.linalg.norm(lab[0] - lab[-1]) > 0.25
        assert mapped is DIVERGING or (np.diff(lab[::51, 0]) > 0.0).all()  # lighter and lighter


def test_the_colours_of_the_sides_are_in_none_of_the_maps() -> None:
    for side in (colours.RIGHT, colours.LEFT):
        lab = to_oklab(np.array(colours.rgb(side)))
        for colour_map in (ACTIVATION, AMOUNT, DIVERGING):
            assert np.linalg.norm(to_oklab(colour_map.srgb) - lab, axis=1).min() > 0.1
