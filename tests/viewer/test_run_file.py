"""Recorded runs: written by hand, replayed bit for bit, refused with a reason."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer import run_file
from muscle_viewer.viewer.hands import Grip
from muscle_viewer.viewer.opening import open_path
from muscle_viewer.viewer.parameters import Parameters
from muscle_viewer.viewer.runtime import Runtime, State
from muscle_viewer.viewer.verify import verify

CHECKPOINT = checkpoints_folder() / "walk.pt"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "muscle_viewer.viewer", *arguments],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def rich_run() -> Runtime:
    """A run in which everything happens that can."""
    opened = open_path(CHECKPOINT, seed=5)
    runtime = Runtime(opened.session)
    runtime.handle(c.Step(10))
    runtime.handle(c.Push(0, (60.0, 0.0, 0.0), 0.2))
    runtime.handle(c.Step(8))
    runtime.handle(c.Drag(Grip(17, (0.0, -0.05, 0.0), (1.0, 1.4, 1.0))))
    runtime.handle(c.Step(6))
    runtime.handle(c.Drag(None))
    runtime.handle(c.Override(12, 0.9))
    runtime.handle(c.Step(5))
    runtime.handle(c.Seek(runtime.history.newest - 4))
    runtime.handle(c.SetParameters(Parameters(gravity=0.8, force=((3, 0.5),), length=((4, 0.9),))))
    runtime.handle(c.Step(12))
    leaning = Parameters(slope=3.0, cadence=1.1, stride=0.95, bones=((2, 1.03),))
    runtime.handle(c.SetParameters(leaning))
    runtime.handle(c.Step(6))
    runtime.handle(c.ClearOverrides())
    runtime.handle(c.Reset())
    runtime.handle(c.Step(10))
    opened.session.swap(opened.session.checkpoint)
    runtime.note_swap(opened.session.checkpoint, "new weights")
    runtime.handle(c.Step(5))
    return runtime


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runtime = rich_run()
    path = tmp_path_factory.mktemp("run") / "rich.mvrun"
    run_file.save(path, runtime.log, runtime.session)  # type: ignore[arg-type]
    return path


def test_a_run_with_pushes_drags_overrides_and_changes_replays_bit_for_bit(saved: Path) -> None:
    run = run_file.load(saved)
    assert run.entries[10] is not None
    assert any(entry and entry.hands.pulls for entry in run.entries)
    assert any(entry and entry.hands.overrides for entry in run.entries)
    assert [change.kind for change in run.changes] == ["parameters", "parameters", "checkpoint"]
    verdict = verify(run)
    assert verdict.text == "identical"
    assert verdict.is_identical


def rewritten(saved: Path, to: Path, **changes: bytes) -> Path:
    """A copy with other members."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name.partition(".")[0], old.read(name)))
    return to


def test_the_first_step_and_quantity_that_differ_are_named(saved: Path, tmp_path: Path) -> None:
    run = run_file.load(saved)
    run.rows[7, 54 + 9] += 1e-3
    verdict = verify(run)
    assert not verdict.is_identical
    first = verdict.text.splitlines()[0]
    assert first.startswith("differs at step 7 (0.233 s): velocities[9] knee_angle_r: ")
    assert "recorded" in first
    assert "are the recorded ones" in verdict.text


def test_another_core_is_named_as_the_reason(saved: Path) -> None:
    run = run_file.load(saved)
    run.head["core"], run.head["instruction_set"] = "0123456789ab", "abacus"
    run.rows[3, 0] += 1.0
    text = verify(run).text
    assert "core 0123456789ab there" in text
    assert "instruction set abacus there" in text


@pytest.mark.parametrize(
    ("member", "content", "part"),
    [
        ("run", b"{", "damaged"),
        ("run", json.dumps({"format": "muscle-viewer/run-9"}).encode(), "run-9"),
        ("actions", b"no array", "damaged"),
        ("rows", b"", "damaged"),
    ],
)
def test_a_damaged_run_is_one_line(
    saved: Path, tmp_path: Path, member: str, content: bytes, part: str
) -> None:
    path = rewritten(saved, tmp_path / "bad.mvrun", **{member: content})
    with pytest.raises(run_file.RunFileError) as raised:
        run_file.load(path)
    assert part in str(raised.value)
    assert "bad.mvrun" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_weights_that_are_not_the_recorded_ones_are_refused(saved: Path, tmp_path: Path) -> None:
    head = json.loads(zipfile.ZipFile(saved).read("run.json"))
    head["weights"][0] = "0" * 64
    path = rewritten(saved, tmp_path / "other.mvrun", run=json.dumps(head).encode())
    with pytest.raises(run_file.RunFileError, match="weights are not what their hash says"):
        run_file.load(path)


def test_a_run_opened_shows_itself_again_and_then_holds(saved: Path) -> None:
    run = run_file.load(saved)
    opened = open_path(saved)
    runtime = Runtime(opened.session, script=opened.script, script_changes=opened.changes)
    assert runtime.status.replaying == len(run.entries) - 1
    runtime.handle(c.Play())
    for _ in range(len(run.entries) + 5):
        runtime.advance(1 / 30)
    assert runtime.state is State.PAUSED
    assert runtime.message == "end of the recording"
    assert np.array_equal(runtime.log.rows, run.rows)
    runtime.handle(c.Step(3))
    assert runtime.history.newest == len(run.entries) + 2


def test_a_touch_ends_the_recording(saved: Path) -> None:
    opened = open_path(saved)
    runtime = Runtime(opened.session, script=opened.script, script_changes=opened.changes)
    runtime.handle(c.Step(3))
    runtime.handle(c.Push(0, (0.0, 0.0, 50.0), 0.1))
    assert runtime.status.replaying == 0
    runtime.handle(c.Step(80))
    assert runtime.history.newest == 83


def test_the_command_writes_and_verifies_a_run(tmp_path: Path) -> None:
    path = tmp_path / "a.mvrun"
    done = command(str(CHECKPOINT), "--headless", "--seconds", "1", "--save-run", str(path))
    assert done.returncode == 0, done.stderr
    assert "30 steps" in done.stdout
    done = command(str(path), "--verify")
    assert (done.returncode, done.stdout) == (0, "identical\n"), done.stderr
    run = run_file.load(path)
    run.rows[20, 0] += 1.0
    changed = tmp_path / "b.mvrun"
    shutil.copy(path, changed)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, run_file._npy(run.rows) if name == "rows.npy" else old.read(name))
    done = command(str(changed), "--verify")
    assert done.returncode == 1
    assert done.stdout.startswith("differs at step 20 (0.667 s): positions[0] root_rx: ")
    done = command(str(CHECKPOINT), "--verify")
    assert done.returncode == 2
    assert "--verify" in done.stderr
