"""What the panels compute: against the core, against each other, and out of the history."""

from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer import export, gait
from muscle_viewer.viewer.channels import channels, found, table
from muscle_viewer.viewer.colormap import ACTIVATION, AMOUNT, DIVERGING, to_oklab
from muscle_viewer.viewer.colour_modes import colour_modes, partners, power
from muscle_viewer.viewer.runtime import Runtime
from muscle_viewer.viewer.session import load_session


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    runtime = Runtime(load_session(checkpoints_folder() / "walk.pt", seed=2))
    runtime.handle(c.Step(150))
    return runtime


def test_the_curves_of_the_panels_are_those_of_the_core(runtime: Runtime) -> None:
    look = runtime.session.insight()  # type: ignore[attr-defined]
    for index in (20, 80, 150):
        frame = runtime.history.frame(index)
        forces = frame.activations * look.full_forces(frame)
        assert np.allclose(forces, frame.active_forces, rtol=2e-3, atol=0.5)


def test_an_attribution_adds_up_and_points_along_the_gradient(runtime: Runtime) -> None:
    session = runtime.session
    look = session.insight()  # type: ignore[attr-defined]
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


def test_muscle_torques_are_the_sum_of_their_parts(runtime: Runtime) -> None:
    info, frame = runtime.session.info, runtime.frame
    forces = frame.active_forces + frame.passive_forces
    parts = frame.moment_arms * forces[info.muscle_of]
    total = np.bincount(info.muscle_dofs, parts, minlength=len(info.dof_names) - 6)
    driven = info.muscle_driven_dofs
    # the frame's torques are those of the last substep, a 480th of a second before
    apart = np.abs(total - frame.muscle_torques)[driven]
    assert np.median(apart) < 2.0


def test_gait_numbers_are_those_of_the_walk(runtime: Runtime) -> None:
    info, history = runtime.session.info, runtime.history
    found_ = gait.summary(info, history, history.newest)
    assert found_ is not None
    assert 1.0 < found_.speed < 1.6
    assert 95 < found_.cadence < 130
    assert found_.length == pytest.approx(found_.speed * 120 / found_.cadence, rel=0.02)
    assert 1.0 < found_.peak < 2.5
    strides = gait.strides_of(history, history.newest)
    for dof, sign, name in gait.ANGLES.values():
        sides = {s: info.dof_names.index(f"{dof}_{s[0]}") for s in ("right", "left")}
        curves = np.degrees(sign * gait.cycles(history, strides, sides, "positions"))
        norm = gait.norms()[name]
        # strikes are told to a thirtieth of a second, so that curves may lie a little aside
        assert np.corrcoef(curves.mean(axis=0), norm.mean)[0, 1] > 0.6, name
        assert (norm.deviation > 0).all()
    assert gait.summary(info, history, 5) is None


def test_every_number_of_a_frame_can_be_found_by_words(runtime: Runtime) -> None:
    rows, info = runtime.history.rows, runtime.session.info
    everything = channels(info, rows)
    assert len(everything) == rows.width
    assert len({k.name for k in everything}) == rows.width
    (soleus,) = found(everything, "soleus_r active force")
    value = runtime.history.values(soleus.field, 150, 151, [soleus.column])
    assert value[0, 0] == runtime.frame.active_forces[info.muscle_names.index("soleus_r")]
    assert [k.name for k in found(everything, "center mass y")] == ["center of mass / y"]
    knee, forward = (
        found(everything, words)[0] for words in ("velocities knee_angle_r", "velocities root_tz")
    )
    assert (knee.unit, forward.unit) == ("rad/s", "m/s")
    text = table(np.array([0.0, 0.5]), ["a"], [np.array([1.0, 2.0])])
    assert text == "time,a\n0.000000,1\n0.500000,2\n"


def test_exports_hold_what_the_history_holds(runtime: Runtime, tmp_path: Path) -> None:
    info, history = runtime.session.info, runtime.history
    for kind in export.KINDS:
        export.write(tmp_path / f"walk.{kind}", kind, info, history)
    arrays = np.load(tmp_path / "walk.npz")
    assert np.array_equal(arrays["positions"][-1], runtime.frame.positions)
    assert arrays["body_rotations"].shape == (151, 25, 3, 3)
    assert list(arrays["muscle_names"]) == info.muscle_names
    for kind, column, expected in (
        ("mot", "knee_angle_r", runtime.frame.positions[info.dof_names.index("knee_angle_r")]),
        (
            "sto",
            "soleus_l/activation",
            runtime.frame.activations[info.muscle_names.index("soleus_l")],
        ),
    ):
        lines = (tmp_path / f"walk.{kind}").read_text().splitlines()
        assert lines[:6] == [
            "walk", "version=1", "nRows=151", lines[3], "inDegrees=no", "endheader",
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
    other = partners(info.muscle_names)
    assert np.array_equal(other, np.arange(80) ^ 1)
    right, left = (info.muscle_names.index(f"psoas_{s}") for s in "rl")
    values = modes["asymmetry"].values(frame)
    assert values[right] == -values[left]
    shortening = frame.fibre_velocities < 0
    assert (power(info, frame)[shortening & (frame.active_forces > 0)] > 0).all()


DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
"""On linear light: Machado, Oliveira and Fernandes 2009, severity 1."""


def test_the_maps_read_without_red_and_green() -> None:
    for colours in (ACTIVATION, AMOUNT, DIVERGING):
        seen = np.clip(colours.linear @ DEUTERANOPIA.T, 0, 1)
        seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
        lab = to_oklab(seen)
        steps = np.linalg.norm(np.diff(lab[::51], axis=0), axis=1)
        assert steps.min() > 0.025
        assert np.linalg.norm(lab[0] - lab[-1]) > 0.12
