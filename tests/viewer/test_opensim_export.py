"""OpenSim's inverse dynamics on the exported files finds the torques that acted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import saving
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.simulation.runtime import Runtime

INNER = slice(20, -20)
"""Without the ends, where the splines of inverse dynamics have no neighbours."""

LEGS = (
    "hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "subtalar_angle",
    "mtp_angle",
)  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk of two seconds with a push, exported to a folder."""
    runtime = Runtime(open_path(checkpoints_folder() / "walk.pt", seed=2).session)
    runtime.handle(c.Step(30))
    runtime.handle(c.Push(runtime.session.info.body_names.index("thorax"), (40.0, 0.0, 60.0), 0.2))
    runtime.handle(c.Step(30))
    folder = tmp_path_factory.mktemp("opensim") / "walk"
    saving.history("opensim", folder, runtime)
    return folder


def test_without_a_simulation_there_is_nothing_to_export(tmp_path: Path) -> None:
    runtime = Runtime(open_path(checkpoints_folder() / "walk.pt", seed=2).session)
    with pytest.raises(UserError, match="nothing has been simulated"):
        saving.history("opensim", tmp_path / "walk", runtime)
    assert not (tmp_path / "walk").exists()


@pytest.mark.slow
def test_inverse_dynamics_in_opensim_finds_our_torques(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opensim = pytest.importorskip("opensim", reason="the oracle extra brings it")
    opensim.Logger.removeFileSink()
    opensim.Logger.setLevelString("Error")
    monkeypatch.chdir(exported)
    tool = opensim.InverseDynamicsTool(str(exported / "walk_id.xml"))
    assert tool.run()
    theirs = opensim.TimeSeriesTable(str(exported / "walk_inverse_dynamics.sto"))
    ours = opensim.TimeSeriesTable(str(exported / "walk_moments.sto"))
    times = np.array(theirs.getIndependentColumn())
    assert len(times) > 900
    known = np.array(ours.getIndependentColumn())
    for stem in LEGS:
        for side in "rl":
            name = f"{stem}_{side}_moment"
            found = theirs.getDependentColumn(name).to_numpy()
            expected = np.interp(times, known, ours.getDependentColumn(name).to_numpy())
            apart, size = (
                np.sqrt(np.mean(values[INNER] ** 2)) for values in (found - expected, expected)
            )
            assert size > 2.0
            assert apart < 0.02 * size, f"{name}: {apart:.3f} of {size:.2f} N m"
    for axis in "xyz":  # of 730 N: nothing else carries the root
        residual = theirs.getDependentColumn(f"pelvis_t{axis}_force").to_numpy()[INNER]
        assert np.sqrt(np.mean(residual**2)) < 5.0


def table(path: Path) -> dict[str, np.ndarray]:
    """Columns of a .mot or .sto by name."""
    lines = path.read_text().splitlines()
    head = lines.index("endheader") + 1
    values = np.loadtxt(lines[head + 1 :])
    return dict(zip(lines[head].split("\t"), values.T, strict=True))


def test_the_exported_powers_are_moments_times_rates(exported: Path) -> None:
    moments, powers, angles = (
        table(exported / f"walk{ending}") for ending in ("_moments.sto", "_powers.sto", ".mot")
    )
    for joint in ("ankle_angle_r", "hip_flexion_l"):
        rate = np.gradient(np.radians(angles[joint]), angles["time"])
        expected = moments[f"{joint}_moment"] * rate
        found = powers[f"{joint}_power"]
        assert np.abs(found).max() > 30.0
        apart = found - expected
        assert np.sqrt(np.mean(apart**2)) < 0.06 * np.sqrt(np.mean(found**2))
        # At a strike the product of what is smoothed is not the product smoothed.
        assert np.abs(apart).max() < 0.15 * np.abs(found).max()


def test_every_substep_is_exported_and_begins_where_the_frames_are(tmp_path: Path) -> None:
    runtime = Runtime(open_path(checkpoints_folder() / "walk.pt", seed=2).session)
    runtime.handle(c.Step(6))
    path = tmp_path / "walk.npz"
    saving.history("substeps", path, runtime)
    history = runtime.history
    with np.load(path) as arrays:
        assert arrays["positions"].shape == (96, len(arrays["dof_names"]))
        assert np.array_equal(arrays["positions"][::16], history.values("positions", 0, 6))
        means = arrays["applied_torques"].reshape(6, 16, -1).mean(axis=1)[:, 6:]
        assert means == pytest.approx(history.values("applied_torques", 1, 7), rel=1e-4, abs=1e-3)
        assert arrays["clock"] == pytest.approx(np.arange(96) / 480, abs=1e-9)
