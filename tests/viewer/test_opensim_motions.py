"""Tables of OpenSim (.mot, .sto) as motions of models, against OpenSim in the same rows."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import UserError, load_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.models.opensim.frames import rotation_of, triple
from muscle_viewer.core.models.opensim.skeleton import WORLD
from muscle_viewer.core.scene import build_scene
from muscle_viewer.viewer.app.opening import open_onto, open_path
from muscle_viewer.viewer.cli import main as viewer
from muscle_viewer.viewer.simulation.inputs import Inputs

opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")

sys.path.append(str(Path(__file__).parents[1] / "core"))
from opensim_twin import Twin  # noqa: E402 (needs opensim)

ROWS, STEP = 24, 1 / 30
CHECKPOINT = checkpoints_folder() / "walk.pt"


@pytest.fixture(scope="module", params=["gait14dof22musc_20170320", "rajagopal"])
def twin(request: pytest.FixtureRequest) -> Twin:
    if request.param == "rajagopal":
        return Twin(request.getfixturevalue("rajagopal_osim"))
    return Twin(request.getfixturevalue("osim_rl_models") / f"{request.param}.osim")


@pytest.fixture(scope="module")
def gait(osim_rl_models: Path) -> Path:
    return osim_rl_models / "gait9dof18musc.osim"


def swinging(twin: Twin) -> np.ndarray:
    """All dofs from the one end of their ranges towards the other, rad or m, shape (ROWS, dofs)."""
    phase = np.linspace(0.2, 0.8, ROWS)[:, None]
    ends = np.clip(twin.ranges, -1.5, 1.5)
    return np.asarray(ends[:, 0] + phase * np.ptp(ends, axis=1))


def table_of(twin: Twin, labels: list[str], values: np.ndarray, in_degrees: bool) -> Any:
    """An opensim.TimeSeriesTable that begins at half a second; angles are given in radians."""
    table = opensim.TimeSeriesTable()
    table.setColumnLabels(labels)
    scale = [np.degrees(1.0) if in_degrees and not way else 1.0 for way in twin.character.ways]
    for k, row in enumerate(values * scale):
        table.appendRow(0.5 + k * STEP, opensim.RowVector(row.tolist()))
    table.addTableMetaDataString("inDegrees", "yes" if in_degrees else "no")
    return table


def written(twin: Twin, kind: str, folder: Path) -> Path:
    """A motion in one of the forms that OpenSim writes."""
    values = swinging(twin)
    path = folder / ("walk.mot" if "storage" in kind else "walk.sto")
    if kind == "states, radians":
        coordinates = [twin.theirs.getCoordinateSet().get(n) for n in twin.names]
        labels = [f"{c.getAbsolutePathString()}/value" for c in coordinates]
        opensim.STOFileAdapter.write(table_of(twin, labels, values, False), str(path))
        return path
    table = table_of(twin, twin.names, values, True)
    opensim.STOFileAdapter.write(table, str(folder / "walk.sto"))
    if "storage" in kind:  # the older header, with the numbers of rows and columns
        storage = opensim.Storage(str(folder / "walk.sto"))
        opensim.Storage.printResult(storage, "walk", str(folder), -1.0, ".mot")
    return path


@pytest.mark.parametrize("kind", ["coordinates, degrees", "storage, degrees", "states, radians"])
def test_bodies_are_where_opensim_has_them_in_each_row(
    twin: Twin, kind: str, tmp_path: Path
) -> None:
    path = written(twin, kind, tmp_path)
    table = opensim.TimeSeriesTable(str(path))
    if "degrees" in kind:
        twin.theirs.getSimbodyEngine().convertDegreesToRadians(table)
    columns = [table.getDependentColumn(label).to_numpy() for label in table.getColumnLabels()]
    names = [re.sub(r".*/(\w+)/value", r"\1", label) for label in table.getColumnLabels()]
    assert names == twin.names
    session = open_path(Path(twin.theirs.getInputFileName()), motion=path).session
    assert not session.has_policy and session.control_period == pytest.approx(STEP)
    frame = session.reset()
    for row in range(ROWS):
        twin.place(np.array([column[row] for column in columns]))
        worst = 0.0
        for name, place in twin.character.frames.items():
            body = twin.theirs.getBodySet().get(name).getTransformInGround(twin.state)
            turn, origin = frame.body_rotations[place.body], frame.body_positions[place.body]
            apart = origin + turn @ place.position - WORLD.rotation @ triple(body.p())
            turned = turn @ place.rotation - WORLD.rotation @ rotation_of(body.R())
            worst = max(worst, float(np.abs(apart).max()), float(np.abs(turned).max()))
        assert worst < 1e-5, row
        frame = session.step(Inputs(session.decide()))


def few_rows(twin: Twin, folder: Path) -> Path:
    path = folder / "few.sto"
    table = opensim.TimeSeriesTable()
    table.setColumnLabels(["knee_angle_r", "soleus_r"])
    for time in (0.0, 0.1, 0.4):
        table.appendRow(time, opensim.RowVector([-90 * time, 1.0]))
    table.addTableMetaDataString("inDegrees", "yes")
    opensim.STOFileAdapter.write(table, str(path))
    return path


def test_uneven_rows_are_joined_by_lines_and_missing_dofs_are_said(
    gait: Path, tmp_path: Path
) -> None:
    twin = Twin(gait)
    path = few_rows(twin, tmp_path)
    scene = build_scene(f"character: {gait}\nmotion: {path}\nactuator: activation\n")
    motion, knee = scene.motion, twin.names.index("knee_angle_r")
    assert not motion.cyclic and motion.duration == pytest.approx(0.4)
    times = motion.frame_time * np.arange(len(motion.frames))
    np.testing.assert_allclose(motion.frames[:, knee], -np.radians(90) * times, atol=1e-12)
    height = twin.names.index("pelvis_ty")
    assert (motion.frames[:, height] == twin.character.pose()["pelvis_ty"]).all()
    said = load_checkpoint(gait, motion=path).meta["left_out"]
    assert any("pelvis_ty" in line and line.endswith("not in the table") for line in said)


def test_a_table_dropped_on_a_model_moves_it_and_goes_into_its_run(
    gait: Path, tmp_path: Path
) -> None:
    path = few_rows(Twin(gait), tmp_path)
    opened = open_onto(path, open_path(gait).session.checkpoint)
    assert (opened.path, opened.motion) == (gait, path)
    run = tmp_path / "few.mvrun"
    command = ["record", str(gait), str(run), "--motion", str(path), "--seconds", "0.5"]
    assert viewer(command) == 0
    path.unlink()
    assert viewer(["verify", str(run)]) == 0


TABLE = "walk\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\ntime\tknee_angle_r\n0\t0\n0.1\t-5\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "inDegrees=yes\n",
            "",
            "does not say the unit of its angles; add the line 'inDegrees=yes'",
        ),
        ("inDegrees=yes", "inDegrees=maybe", "does not say the unit"),
        ("version=1", "DataType=Vec3", "DataType=Vec3: a table of numbers"),
        ("endheader\n", "", "its header has no end"),
        ("knee_angle_r", "soleus", "no column is a coordinate of gait9dof18musc"),
        ("time\t", "frame\t", "the first column is 'frame'"),
        ("\t-5", "\tnan", "knee_angle_r: not finite at 0.1 s"),
        ("\t-5", "\tx", "line 9: numbers are expected"),
        ("\t-5", "\t-5\t6", "line 9: 3 numbers given, 2 expected"),
        ("0.1\t", "0\t", "must be finite and increase"),
        ("0.1\t-5\n", "", "has 1 rows; at least 2"),
    ],
)
def test_a_table_that_is_no_motion_is_one_line(
    gait: Path, tmp_path: Path, complaint: Callable[..., str], old: str, new: str, said: str
) -> None:
    path = tmp_path / "walk.mot"
    path.write_text(TABLE.replace(old, new))
    line = complaint(load_checkpoint, gait, None, path)
    assert line.startswith(f"{path}: ") and said in line


def test_a_table_alone_says_what_it_is_and_what_to_do(
    tmp_path: Path, complaint: Callable[..., str]
) -> None:
    path = tmp_path / "walk.mot"
    path.write_text(TABLE)
    line = complaint(load_checkpoint, path)
    assert "a table of OpenSim (.mot or .sto)" in line
    assert "muscle-viewer MODEL.osim --motion FILE" in line


def test_a_motion_is_for_models_alone(
    gait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.mot"
    path.write_text(TABLE)
    for command in (
        ["render", str(CHECKPOINT), str(tmp_path / "a.png"), "--motion", str(path)],
        ["view", str(gait), str(gait), "--motion", str(path)],
        ["bench", str(gait), "--motion", str(path)],
        ["view", str(gait), "--motion", str(tmp_path / "none.mot")],
    ):
        assert viewer(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("error: --motion: ") and said.count("\n") == 1
    with pytest.raises(UserError, match=r"--motion: few\.mvrun replays"):
        open_path(tmp_path / "few.mvrun", motion=path)
