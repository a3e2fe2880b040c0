"""The files for other programs, read by those programs: OpenSim and numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import saving
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.simulation.runtime import Runtime


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    """Two episodes: the second begins at the very time at which the first ends."""
    runtime = Runtime(open_path(checkpoints_folder() / "walk.pt", seed=2).session)
    runtime.handle(c.Step(20))
    runtime.handle(c.Reset())
    runtime.handle(c.Step(15))
    return runtime


@pytest.mark.parametrize("kind", ["mot", "sto"])
def test_opensim_reads_the_history(kind: str, runtime: Runtime, tmp_path: Path) -> None:
    opensim = pytest.importorskip("opensim")
    opensim.Logger.removeFileSink()  # no opensim.log in the working directory
    path = tmp_path / f"walk.{kind}"
    saving.history(kind, path, runtime)
    assert path.read_text().splitlines()[0] == "walk"
    table = opensim.TimeSeriesTable(str(path))
    degrees = kind == "mot"
    assert table.getTableMetaDataString("inDegrees") == ("yes" if degrees else "no")
    assert opensim.Storage(str(path)).isInDegrees() == degrees
    info, history = runtime.session.info, runtime.history
    times = np.array(table.getIndependentColumn())
    # the reset stands for the last frame before it
    kept = [k for k in range(len(history)) if k != 20]
    assert times == pytest.approx(history.times(0, len(history))[kept], abs=1e-7)
    if kind == "mot":  # what it holds: tests/assets/test_opensim_motion.py
        return
    fields = {
        "activations": [f"{m}/activation" for m in info.muscle_names],
        "active_forces": [f"{m}/active_force" for m in info.muscle_names],
        "passive_forces": [f"{m}/passive_force" for m in info.muscle_names],
    }
    for field, names in fields.items():
        wanted = history.values(field, 0, len(history))[kept]
        for k, name in enumerate(names):
            column = table.getDependentColumn(name).to_numpy()
            assert column == pytest.approx(wanted[:, k], rel=1e-6, abs=1e-9), name
    loads = sum(
        table.getDependentColumn(f"contact_{k}/force_y").to_numpy()
        for k in range(len(info.contact_bodies))
    )
    assert 0.3 < np.median(loads) / (9.81 * info.total_mass) < 2.0


def test_the_muscles_powers_are_the_work_of_their_forces_between_the_frames(
    runtime: Runtime, tmp_path: Path
) -> None:
    """Rigid tendons store nothing: a step's work is -F dL between its frames."""
    path = tmp_path / "walk.npz"
    saving.history("npz", path, runtime)
    info = runtime.session.info
    with np.load(path) as arrays:
        lengths, forces = (
            arrays["muscle_lengths"],
            arrays["active_forces"] + arrays["passive_forces"],
        )
        powers, joints = arrays["muscle_powers"], arrays["joint_powers"]
        assert joints.shape == (37, len(arrays["joint_names"]))
    between = -0.5 * (forces[1:20] + forces[:19]) * np.diff(lengths[:20], axis=0) * info.control_hz
    assert np.abs(powers).max() > 10
    assert np.corrcoef(between.ravel(), powers[1:20].ravel())[0, 1] > 0.95
    assert np.abs(between).sum() == pytest.approx(np.abs(powers[1:20]).sum(), rel=0.1)


def test_numpy_reads_the_history_with_its_names(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "walk.npz"
    saving.history("npz", path, runtime)
    with np.load(path) as arrays:
        assert list(arrays["muscle_names"]) == list(runtime.session.info.muscle_names)
        assert np.array_equal(arrays["clock"], runtime.history.times(0, len(runtime.history)))
        for k in (0, 20, 21, 36):
            assert np.array_equal(arrays["activations"][k], runtime.history.frame(k).activations)
            assert np.array_equal(arrays["positions"][k], runtime.history.frame(k).positions)
        assert arrays["body_rotations"].shape[1:] == (len(runtime.session.info.body_names), 3, 3)
