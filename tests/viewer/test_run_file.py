"""Recorded runs: written by hand, replayed bit for bit, refused with a reason."""

import io
import json
import pickle
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import forked
import numpy as np
import pytest
from muscle_viewer.core import UserError
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.recording import run_file
from muscle_viewer.viewer.recording.verify import verify
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.perturbation import MouseSpring
from muscle_viewer.viewer.simulation.runtime import Runtime, State

pytestmark = pytest.mark.slow

CHECKPOINT = checkpoints_folder() / "walk.pt"


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run("-m", "muscle_viewer.viewer", *arguments)


def rich_run() -> Runtime:
    """A run in which everything happens that can."""
    opened = open_path(CHECKPOINT, seed=5)
    runtime = Runtime(opened.session)
    runtime.handle(c.Step(10))
    runtime.handle(c.Push(0, (60.0, 0.0, 0.0), 0.2))
    runtime.handle(c.Step(8))
    runtime.handle(c.SetSpring(MouseSpring(17, (0.0, -0.05, 0.0), (1.0, 1.4, 1.0))))
    runtime.handle(c.Step(6))
    runtime.handle(c.SetSpring(None))
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
    assert any(entry and entry.perturbation.forces for entry in run.entries)
    assert any(entry and entry.perturbation.overrides for entry in run.entries)
    assert [change.kind for change in run.changes] == ["parameters", "parameters", "checkpoint"]
    verdict = verify(run)
    assert verdict.text == "identical"
    assert verdict.is_identical


def rewritten(saved: Path, to: Path, **changes: bytes) -> Path:
    """A copy with other members."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name.rpartition(".")[0], old.read(name)))
    return to


def test_the_first_step_and_quantity_that_differ_are_named(saved: Path, tmp_path: Path) -> None:
    run = run_file.load(saved)
    run.rows[7, 54 + 9] += 1e-3
    verdict = verify(run)
    assert not verdict.is_identical
    first = verdict.text.splitlines()[0]
    assert first.startswith("differs at step 7 (0.233 s): velocities[9] knee_angle_r: ")
    assert "recorded" in first
    assert "are the same as in the recording" in verdict.text


def test_a_difference_is_named_whatever_the_file_says_of_its_quantities(
    saved: Path, tmp_path: Path
) -> None:
    rows = np.load(io.BytesIO(zipfile.ZipFile(saved).read("rows.npy")))
    rows[5, -1] += 1.0
    out = io.BytesIO()
    np.save(out, rows)
    spoiled = rewritten(saved, tmp_path / "rows.mvrun", rows=out.getvalue())
    odd = with_head(spoiled, tmp_path / "odd.mvrun", quantities=[["x", 10**6]])
    assert "differs at step 5" in verify(run_file.load(odd)).text
    assert "reward[0]" in verify(run_file.load(odd)).text


def test_another_core_is_named_as_the_reason(saved: Path) -> None:
    run = run_file.load(saved)
    run.head["core"], run.head["instruction_set"] = "0123456789ab", "abacus"
    run.rows[3, 0] += 1.0
    text = verify(run).text
    assert "core 0123456789ab in the recording" in text
    assert "instruction set abacus in the recording" in text


@pytest.mark.parametrize(
    ("member", "content", "part"),
    [
        ("run", b"{", "damaged"),
        ("run", b"[]", "damaged"),
        ("run", b"[" * 100_000, "damaged"),
        ("run", json.dumps({"format": "muscle-viewer/run-9"}).encode(), "run-9"),
        ("run", json.dumps({"format": "muscle-viewer/run-1"}).encode(), "earlier version"),
        ("actions", b"no array", "damaged"),
        ("actions", pickle.dumps(1), "damaged"),
        ("rows", b"", "damaged"),
        ("checkpoints/0", b"no checkpoint", "damaged"),
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
    with pytest.raises(UserError, match="the weights differ from their hash"):
        run_file.load(path)


def with_head(saved: Path, to: Path, **changes: object) -> Path:
    """A copy whose head says something else."""
    head = json.loads(zipfile.ZipFile(saved).read("run.json"))
    return rewritten(saved, to, run=json.dumps(head | changes).encode())


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"seed": "none"}, "damaged"),
        ({"seed": -1}, "cannot be replayed here: seed: -1"),
        ({"config": "{{{"}, "damaged"),
        ({"weights": []}, "no checkpoint in it"),
        ({"quantities": [["positions", "many"]]}, "damaged"),
        ({"changes": [[3, "weather", 0]]}, "a change of 'weather'"),
        (
            {"changes": [[3, "checkpoint", 7]]},
            "changes: checkpoint: 7 given, a whole number from 0 to 0",
        ),
        ({"changes": [[3, "checkpoint", -1]]}, "changes: checkpoint: -1 given"),
        ({"changes": [[-3, "checkpoint", 0]]}, "changes: -3 given, a whole number from 0"),
        (
            {"changes": [[3, "parameters", {"gravity": float("nan")}]]},
            "parameters: gravity: nan given",
        ),
        ({"parameters": {"friction": float("inf")}}, "parameters: friction: inf given"),
        ({"parameters": {"slope": 1e300}}, "parameters: slope: 1e+300 given"),
        ({"parameters": {"force": [[-1, 0.5]]}}, "parameters: force: -1 given"),
        ({"parameters": {"length": [[0, float("nan")]]}}, "parameters: length[0]: nan given"),
        ({"hands": [[-1, [], [[0, 0.5]]]]}, "hands: -1 given"),
        (
            {"hands": [[3, [[2**40, [1, 0, 0], [0, 1, 0]]], []]]},
            "hands: force: body: 1099511627776",
        ),
        ({"hands": [[3, [[0, [1, 0, float("nan")], [0, 1, 0]]], []]]}, "force: vector: nan given"),
        ({"hands": [[3, [[0, [1, 0, 0], [0, 1e39, 0]]], []]]}, "point: 1e+39 given"),
        ({"hands": [[3, [[True, [1, 0, 0], [0, 1, 0]]], []]]}, "body: True given"),
        ({"hands": [[3, [], [[-1, 0.5]]]]}, "hands: override: muscle: -1 given"),
        ({"hands": [[3, [], [[0, float("nan")]]]]}, "hands: override: excitation: nan given"),
        ({"changes": [[3, "parameters", {"length": [[0, -1.0]]}]]}, "step 3 cannot be replayed"),
        ({"parameters": {"cadence": 0.0}}, "factors must be positive"),
        ({"hands": [[3, [[999, [1, 0, 0], [0, 1, 0]]], []]]}, "body 999 does not exist"),
        ({"hands": [[3, [], [[999, 0.5]]]]}, "step 3 cannot be replayed"),
        ({"files": {"character": ["../../etc/passwd", "0" * 64]}}, "damaged"),
        ({"format": "two\nlines\x1b[31m" + " word" * 2000}, "format 'two lines"),
        ({"parameters": {"drawn": [["a\nb", float("nan")]]}}, "a b"),
    ],
)
def test_a_run_that_says_what_cannot_be_is_one_line(
    saved: Path, tmp_path: Path, changes: dict[str, object], part: str
) -> None:
    path = with_head(saved, tmp_path / "odd.mvrun", **changes)
    with pytest.raises(UserError) as raised:
        verify(run_file.load(path))
    assert part in str(raised.value)
    assert str(raised.value).startswith(str(path))
    assert str(raised.value).isprintable() and len(str(raised.value)) < 3000


@pytest.mark.parametrize(
    ("at", "value", "part"),
    [
        (48 + 27, struct.pack("<d", float("nan")), "state: phase of environment 0: nan given"),
        (48 + 19, struct.pack("<q", -1), "state: step of environment 0: -1 given"),
        (8, struct.pack("<I", 1), "state: version 1 given, 2 expected"),
        (0, bytes(37456), "state: has no header"),
    ],
)
def test_a_state_that_cannot_be_is_one_line_whoever_reads_it(
    saved: Path, tmp_path: Path, at: int, value: bytes, part: str
) -> None:
    """With its hash made right, as a stranger would."""
    base = bytearray(run_file.load(saved).base)
    base[at : at + len(value)] = value
    head = json.loads(zipfile.ZipFile(saved).read("run.json"))
    head |= {"begins_with_reset": False}
    head["hashes"]["base.bin"] = run_file.sha(bytes(base))
    path = rewritten(saved, tmp_path / "bad.mvrun", run=json.dumps(head).encode(), base=bytes(base))
    with pytest.raises(UserError) as raised:
        open_path(path)
    assert part in str(raised.value)
    assert str(raised.value).startswith(f"{path}: cannot be replayed here: ")
    done = command(str(path), "--verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert part in done.stderr


def test_a_character_that_is_not_the_recorded_one_is_refused(saved: Path, tmp_path: Path) -> None:
    members = {"files/character/human": b"format: muscle-viewer/character-1"}
    path = rewritten(saved, tmp_path / "other.mvrun", **members)
    with pytest.raises(UserError, match="character: the content differs from its hash"):
        run_file.load(path)


def test_nothing_in_a_run_is_executed(saved: Path, tmp_path: Path) -> None:
    import io
    import os

    import torch

    class Malicious:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "it-ran"),)

    checkpoint = io.BytesIO()
    torch.save({"format": "muscle-viewer/1", "config": Malicious()}, checkpoint)
    members = {"checkpoints/0": checkpoint.getvalue()}
    with pytest.raises(UserError, match=r"refused: it contains posix\.mkdir"):
        run_file.load(rewritten(saved, tmp_path / "bad.mvrun", **members))
    assert not (tmp_path / "it-ran").exists()


def test_an_archive_that_unpacks_to_more_than_a_run_can_be_is_not_read(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "LARGEST", saved.stat().st_size + 1)
    with pytest.raises(UserError, match="unpacks to"):
        run_file.load(saved)


def test_no_byte_of_the_archive_can_end_the_program(saved: Path, tmp_path: Path) -> None:
    """Flipped bytes and cuts anywhere: a line, or a run that can be told from the recorded one."""
    content = saved.read_bytes()
    random = np.random.default_rng(0)
    path = tmp_path / "flipped.mvrun"
    whole, refused = run_file.load(saved), 0
    for _ in range(60):
        flipped = bytearray(content)
        flipped[random.integers(len(content))] ^= 1 << random.integers(8)
        path.write_bytes(
            flipped[: random.integers(len(content))] if random.random() < 0.2 else flipped
        )
        try:
            run = run_file.load(path)
        except UserError as error:
            assert "\n" not in str(error)
            refused += 1
        else:  # a byte that nothing reads
            assert not run.altered
            assert np.array_equal(run.rows, whole.rows)
            assert (run.base, run.seed, run.changes) == (whole.base, whole.seed, whole.changes)
    assert refused > 50


def test_a_changed_action_is_found_and_said_to_be_changed(saved: Path, tmp_path: Path) -> None:
    actions = np.array(
        [e.action if e else np.full(49, np.nan) for e in run_file.load(saved).entries]
    )
    actions[5] += 1e-3
    members = {"actions": run_file._npy(actions.astype(np.float32))}
    verdict = verify(run_file.load(rewritten(saved, tmp_path / "other.mvrun", **members)))
    assert not verdict.is_identical
    assert verdict.text.startswith("differs at step 5 (0.167 s): positions[0] root_rx: ")
    assert verdict.text.endswith("actions.npy of the run file changed after it was written")


def test_character_and_motion_may_be_called_the_same(tmp_path: Path) -> None:
    """And the run needs neither any more once it is written."""
    from dataclasses import replace

    from muscle_viewer.core import load_checkpoint
    from muscle_viewer.core.folders import assets_folder
    from muscle_viewer.viewer.simulation.session import CheckpointSession

    checkpoint = load_checkpoint(CHECKPOINT)
    files = {}
    for part, source in (("character", "characters/human"), ("motion", "motions/walk")):
        (tmp_path / part).mkdir()
        files[part] = tmp_path / part / "same.yaml"
        shutil.copy(assets_folder() / f"{source}.yaml", files[part])
    config = checkpoint.config.model_copy(update=files)
    session = CheckpointSession("same", replace(checkpoint, config=config))
    runtime = Runtime(session)
    runtime.handle(c.Step(3))
    run_file.save(tmp_path / "same.mvrun", runtime.log, session)
    for file in files.values():
        file.unlink()
    assert verify(run_file.load(tmp_path / "same.mvrun")).text == "identical"


def test_a_long_run_keeps_its_end_which_replays_from_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from muscle_viewer.viewer.simulation import run_log

    monkeypatch.setattr(run_log, "LONGEST", 20)
    opened = open_path(CHECKPOINT, seed=2)
    runtime = Runtime(opened.session)
    runtime.handle(c.SetParameters(Parameters(gravity=0.9, force=((7, 0.6),))))
    runtime.handle(c.Step(48))
    assert len(runtime.log.entries) < 20
    run_file.save(tmp_path / "end.mvrun", runtime.log, opened.session)
    run = run_file.load(tmp_path / "end.mvrun")
    assert not run.begins_with_reset
    assert verify(run).text == "identical"


def test_a_run_that_cannot_be_written_leaves_what_lay_there(saved: Path, tmp_path: Path) -> None:
    size = CHECKPOINT.stat().st_size + 1000  # the run's checkpoint fits
    program = (
        "import resource, sys\n"
        "from muscle_viewer.viewer import cli\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    path = tmp_path / "a.mvrun"
    path.write_bytes(b"what lay there")
    options = ["--headless", "--seconds", "20", "--save-run", path]
    done = forked.run("-c", program, CHECKPOINT, *options)
    assert done.returncode == 2
    assert done.stderr == f"error: {path}: cannot be written: File too large\n"
    assert path.read_bytes() == b"what lay there"
    assert list(tmp_path.iterdir()) == [path]


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
    assert "not a recorded run" in done.stderr


def test_the_command_writes_a_run_on_the_engine_that_it_is_told(tmp_path: Path) -> None:
    pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    path = tmp_path / "a.mvrun"
    options = ("--headless", "--seconds", "0.3", "--engine", "dart", "--save-run", str(path))
    done = command(str(CHECKPOINT), *options)
    assert done.returncode == 0, done.stderr
    assert run_file.load(path).head["engine"] == "dart"
    done = command(str(path), "--verify")
    assert (done.returncode, done.stdout) == (0, "identical\n"), done.stderr


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_a_run_is_recorded_on_the_engine_with_the_seed_and_in_the_environment_that_are_named(
    engine: str, tmp_path: Path
) -> None:
    from muscle_viewer.core import load_checkpoint

    if engine == "dart":
        pytest.importorskip("muscle_viewer.core._dart", reason="this build found no DART")
    path, environment = tmp_path / "a.mvrun", tmp_path / "mine.yaml"
    text = load_checkpoint(CHECKPOINT).config.to_yaml()
    environment.write_text(text.replace("max_time: 10.0", "max_time: 0.5"))
    done = command(
        str(CHECKPOINT), "--headless", "--seconds", "1", "--save-run", str(path), "--engine", engine,
        "--seed", "11", "--environment", str(environment),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"saved {path}: 30 steps, 2 episodes\n"
    run = run_file.load(path)
    assert (run.head["engine"], run.seed) == (engine, 11)
    assert run.checkpoints[0].config.engine == engine
    done = command(str(path), "--verify")
    assert (done.returncode, done.stdout) == (0, "identical\n"), done.stderr
    done = command(str(path), "--verify", "--engine", "lanes")
    assert done.returncode == 2
    assert "own environment" in done.stderr


def test_a_run_with_the_forces_of_last_substeps_still_verifies(saved: Path, tmp_path: Path) -> None:
    run = run_file.load(saved)
    rows, forces = run.rows.copy(), 3 * len(run.session().info.contact_bodies)
    rows[:, -1 - forces : -1] *= 1.1
    out = io.BytesIO()
    np.save(out, rows)
    earlier = rewritten(saved, tmp_path / "forces.mvrun", rows=out.getvalue())
    assert not verify(run_file.load(earlier)).is_identical
    older = with_head(earlier, tmp_path / "older.mvrun", format="muscle-viewer/run-2")
    assert verify(run_file.load(older)).is_identical
