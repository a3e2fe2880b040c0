"""The .mot moves the model that the human was made from, by OpenSim's own kinematics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.core.rajagopal import ANGLES, coordinates, zxy_angles
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import export
from muscle_viewer.viewer.app import saving
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.simulation.runtime import Runtime

from tools.human.kinematics import rotation_about

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo

    from tools.human.osim_model import OsimModel

EXACT = [
    ("ground", "pelvis"), ("pelvis", "torso"), ("pelvis", "femur"), ("tibia", "talus"),
    ("talus", "calcn"), ("calcn", "toes"), ("torso", "humerus"), ("humerus", "ulna"),
    ("ulna", "radius"),
]  # fmt: skip
"""Pairs of the osim's bodies that turn against each other as ours do."""

ROUNDING = 1e-5
"""rad: the axes of human.yaml have five decimals, and frames are float32."""

SIMPLER = {
    "femur-tibia": 0.12,  # rad: one revolute for the osim's coupled knee
    "radius-hand": 0.05,  # rad: a ball for its universal joint; the turn about y is left out, and walks differ in it
    "pelvis place": 1e-6,
    "femur place": 1e-5,
    "talus place": 0.006,  # m: the knee
    "calcn place": 0.012,  # m: the knee
    "humerus place": 0.015,  # m: the torso's bend at the thorax, and the clavicle
}
"""How far apart a walk's bodies are, at most, in an osim that does more or less than our joint."""

X, Y, Z = np.eye(3)


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    """A second of the walk."""
    runtime = Runtime(open_path(checkpoints_folder() / "walk.pt", seed=2).session)
    runtime.handle(c.Step(40))
    return runtime


def _angle(a: np.ndarray, b: np.ndarray) -> float:
    """Of the rotation between two, by their chord, which keeps small angles."""
    return float(2 * np.arcsin(min(np.linalg.norm(a - b) / np.sqrt(8.0), 1.0)))


@pytest.mark.slow
def test_opensim_sees_the_same_walk(runtime: Runtime, tmp_path: Path, rajagopal_osim: Path) -> None:
    opensim = pytest.importorskip("opensim", reason="the oracle: pip install opensim")
    from tools.human.osim_model import OsimModel

    opensim.Logger.removeFileSink()
    osim = OsimModel(rajagopal_osim)
    path = tmp_path / "walk.mot"
    saving.history("mot", path, runtime)
    table = opensim.TimeSeriesTable(str(path))
    osim.model.getSimbodyEngine().convertDegreesToRadians(table)
    labels = table.getColumnLabels()
    known = [osim.model.getCoordinateSet().get(k) for k in range(len(labels))]
    assert sorted(labels) == sorted(coordinate.getName() for coordinate in known)
    assert osim.model.getCoordinateSet().getSize() == len(labels)
    values = {name: table.getDependentColumn(name).to_numpy() for name in labels}
    assert np.ptp(values["knee_angle_r"]) > 0.5

    info, history = runtime.session.info, runtime.history
    assert table.getNumRows() == len(history)
    worst: defaultdict[str, float] = defaultdict(float)
    for row in range(len(history)):
        for coordinate in known:
            coordinate.setLocked(osim.state, False)
            coordinate.setValue(osim.state, float(values[coordinate.getName()][row]), False)
        osim.model.realizePosition(osim.state)
        for what, apart in _differences(osim, info, history.frame(row)):
            worst[what] = max(worst[what], apart)
    for parent, child in EXACT:
        assert worst[f"{parent}-{child}"] < ROUNDING, (parent, child)
    for name in ("torso", "femur", "humerus", "ulna", "radius"):
        assert worst[f"ground-{name}"] < ROUNDING, name
    for what, bound in SIMPLER.items():
        assert worst[what] < bound, what


def _differences(osim: OsimModel, info: ModelInfo, frame: Frame) -> Iterator[tuple[str, float]]:
    """Angles between the two's joints and bodies, rad, and distances of places, m."""
    still = np.eye(3), np.zeros(3)

    def theirs(name: str) -> tuple[np.ndarray, np.ndarray]:
        return still if name == "ground" else osim.frame(name)

    def ours(name: str) -> tuple[np.ndarray, np.ndarray]:
        if name == "ground":
            return still
        k = info.body_names.index("thorax" if name == "torso" else name)
        return frame.body_rotations[k].astype(float), frame.body_positions[k].astype(float)

    to_ground = [("ground", name) for name in ("torso", "femur", "humerus", "ulna", "radius")]
    middle = ("ground", "pelvis", "torso")
    for side in ("_r", "_l"):
        for pair in [*EXACT, *to_ground, ("femur", "tibia"), ("radius", "hand")]:
            p, q = (name if name in middle else name + side for name in pair)
            turns = (see(p)[0].T @ see(q)[0] for see in (theirs, ours))
            yield "-".join(pair), _angle(*turns)
        for name in ("pelvis", "femur", "talus", "calcn", "humerus"):
            full = name if name in middle else name + side
            yield f"{name} place", float(np.linalg.norm(theirs(full)[1] - ours(full)[1]))


def _zxy(angles: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) of angles (T, 3)."""
    z, x, y = np.asarray(angles).T
    return rotation_about(Z, z) @ rotation_about(X, x) @ rotation_about(Y, y)


def test_angles_do_not_jump_in_turns_nor_at_gimbal_lock() -> None:
    t = np.linspace(0.0, 1.0, 201)
    spin = np.column_stack([9.0 * t, 0.3 * np.sin(9 * t), -14.0 * t])
    assert zxy_angles(_zxy(spin)) == pytest.approx(spin, abs=1e-9)
    # x goes through a quarter turn, meets it exactly at the middle, and comes back
    over = np.column_stack([0.4 + 0.2 * t, np.pi * t, -0.3 + 0.1 * t])
    over = np.concatenate([over, over[::-1]])
    found = zxy_angles(_zxy(over))
    assert _zxy(found) == pytest.approx(_zxy(over), abs=1e-9)
    assert np.abs(np.diff(found, axis=0)).max() < 0.02
    assert found[-1] == pytest.approx(over[-1], abs=1e-6)


def test_each_episode_begins_within_a_turn() -> None:
    about_y = 0.1 * np.append(np.arange(80), 0)
    dofs = [angle.dof for angle in ANGLES]

    def body(name: str) -> tuple[np.ndarray, np.ndarray]:
        return rotation_about(Y, about_y), np.zeros((81, 3))

    found = coordinates(dofs, np.zeros((81, len(dofs))), body, [80])
    assert found["pelvis_rotation"][:80] == pytest.approx(np.degrees(0.1 * np.arange(80)))
    assert found["pelvis_rotation"][80] == pytest.approx(0.0)


def test_other_characters_keep_their_own_coordinates(runtime: Runtime, tmp_path: Path) -> None:
    info = runtime.session.info
    other = replace(info, body_names=[f"other_{name}" for name in info.body_names])
    path = tmp_path / "other.mot"
    export.write(path, "mot", other, runtime.history)
    lines = path.read_text().splitlines()
    assert "inDegrees=no" in lines
    assert lines[lines.index("endheader") + 1].split("\t")[1:] == info.dof_names
    last = [float(word) for word in lines[-1].split("\t")][1:]
    assert last == pytest.approx(runtime.history.frame(runtime.history.newest).positions, rel=1e-6)
