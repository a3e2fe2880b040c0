"""A run's folder under kills, resumptions and bad luck."""

from __future__ import annotations

import csv
import errno
import os
import pty
import random
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from forked import Program
from muscle_viewer.core import CheckpointError, ConfigError, load_checkpoint
from muscle_viewer.core.atomic_file import temporary
from muscle_viewer.training import train
from muscle_viewer.training.cli import main
from muscle_viewer.training.logging.logs import ProgressTable, TensorBoard
from muscle_viewer.training.run_folder import RunFolder, _read_state
from muscle_viewer.training.settings import make_settings

pytestmark = pytest.mark.slow

WALK = "assets/environments/walk.yaml"
ENVS, HORIZON = 4, 8
ITERATION = ENVS * HORIZON
SMALL = [
    *("--num-envs", str(ENVS)),
    *("--set", f"ppo.horizon={HORIZON}"),
    *("--set", "ppo.hidden=[32,32]"),
    *("--set", f"warm_up={2 * ITERATION}"),
    *("--set", "muscle.hidden=[32,32,32]"),
    *("--set", "muscle_batches=1"),
    *("--set", "muscle.batch=64"),
]


def run(folder: Path, *more: str) -> int:
    return main([*([] if "--resume" in more else [WALK]), "--out", str(folder), *more])


def weights(path: Path) -> dict[str, torch.Tensor]:
    checkpoint = load_checkpoint(path)
    return {**checkpoint.policy, **{f"muscle.{k}": v for k, v in checkpoint.muscle.items()}}


def assert_same_weights(a: Path, b: Path) -> None:
    left, right = weights(a), weights(b)
    assert left.keys() == right.keys()
    assert all(torch.equal(left[name], right[name]) for name in left)


def steps_of(path: Path) -> list[int]:
    with path.open() as file:
        return [int(row["steps"]) for row in csv.DictReader(file)]


def test_train_called_from_python_gives_the_weights_of_the_command(tmp_path):
    end = 4 * ITERATION
    assert run(tmp_path / "command", *SMALL, "--steps", str(end)) == 0
    given = {"num_envs": ENVS, "steps": end}
    settings = make_settings({}, given, [part for part in SMALL if "=" in part])
    latest = train(WALK, tmp_path / "python", settings)
    assert_same_weights(latest, tmp_path / "command" / "latest.pt")
    with pytest.raises(ConfigError, match="has a run already"):
        train(WALK, tmp_path / "python", settings)
    with pytest.raises(ConfigError, match="neither steps nor minutes"):
        train(WALK, tmp_path / "endless", make_settings({}, {}))
    assert not (tmp_path / "endless").exists()


def test_a_run_that_is_killed_again_and_again_ends_where_an_undisturbed_one_does(tmp_path):
    end = ["--steps", str(60 * ITERATION)]
    assert run(tmp_path / "straight", *SMALL, *end) == 0
    chance = random.Random(0)
    folder = RunFolder(tmp_path / "killed")
    first = [WALK, "--out", str(folder.path), *SMALL, *end, "--save-every", "0"]
    reached = 0
    for attempt in range(3):
        again = ["--out", str(folder.path), "--resume"]
        process = Program("-m", "muscle_viewer.training.cli", *(again if attempt else first))
        assert any(" steps | " in line for line in process.stderr)  # it trains
        time.sleep(chance.uniform(0, 0.4))
        process.kill()
        process.wait()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        state, latest = folder.read_state(), load_checkpoint(folder.latest)
        assert reached <= state["trainer"]["steps"]
        reached = state["trainer"]["steps"]
        assert latest.meta["steps"] in (reached, reached - ITERATION)
        rows = steps_of(folder.table)
        assert rows[-1] in (reached, reached + ITERATION)
    assert run(folder.path, "--resume") == 0
    assert_same_weights(tmp_path / "straight" / "latest.pt", folder.latest)
    every = list(range(ITERATION, 61 * ITERATION, ITERATION))
    assert steps_of(folder.table) == steps_of(tmp_path / "straight" / "progress.csv") == every
    assert not list(folder.path.glob(".*"))


@pytest.fixture(scope="module")
def two_saves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that has been saved at its beginning and after an iteration."""
    folder = tmp_path_factory.mktemp("run")
    assert run(folder, *SMALL, "--set", "muscle.capacity=64", "--steps", str(ITERATION)) == 0
    return folder


def content_of(state: object) -> list[bytes]:
    """Everything in a state, so that two can be compared."""
    if isinstance(state, dict):
        return [
            part
            for key, value in state.items()
            for part in (repr(key).encode(), *content_of(value))
        ]
    if isinstance(state, list | tuple):
        return [part for value in state for part in content_of(value)]
    return [state.numpy().tobytes() if isinstance(state, torch.Tensor) else repr(state).encode()]


def test_a_bit_that_turned_in_the_state_is_seen_or_changes_nothing(two_saves, tmp_path, capsys):
    folder = RunFolder(shutil.copytree(two_saves, tmp_path / "run"))
    last, before = content_of(folder.read_state()), content_of(_read_state(folder.previous_state))
    assert last != before
    whole = folder.state.read_bytes()
    chance = random.Random(0)
    places = [chance.randrange(len(whole)) for _ in range(60)]
    places += [*range(40), *range(len(whole) - 300, len(whole), 5)]  # headers and the directory
    fell_back = 0
    for place in places:
        turned = bytearray(whole)
        turned[place] ^= 1 << chance.randrange(8)
        folder.state.write_bytes(turned)
        capsys.readouterr()
        found = content_of(RunFolder(folder.path).read_state())
        said = capsys.readouterr().out
        assert (found, said) == (last, "") or (found == before and said.count("\n") == 1)
        fell_back += found == before
    assert fell_back > 60


def test_a_run_goes_on_from_the_save_before_where_the_last_one_is_damaged(
    two_saves, tmp_path, capsys
):
    folder = RunFolder(shutil.copytree(two_saves, tmp_path / "run"))
    damaged = bytearray(folder.state.read_bytes())
    damaged[len(damaged) // 2] ^= 0x10
    folder.state.write_bytes(damaged)
    capsys.readouterr()
    assert run(folder.path, "--resume", "--steps", str(2 * ITERATION)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{folder.state}: damaged (the checksum of ")
    assert lines[0].endswith("; state-previous.pt, from the previous save, is used instead")
    assert (folder.path / "state-damaged.pt").read_bytes() == damaged
    assert (
        run(
            tmp_path / "straight",
            *SMALL,
            "--set",
            "muscle.capacity=64",
            "--steps",
            str(2 * ITERATION),
        )
        == 0
    )
    assert_same_weights(folder.latest, tmp_path / "straight" / "latest.pt")
    assert steps_of(folder.table) == [ITERATION, 2 * ITERATION]


def test_two_damaged_states_are_one_line(two_saves, tmp_path, capsys):
    folder = RunFolder(shutil.copytree(two_saves, tmp_path / "run"))
    folder.state.write_bytes(b"")
    folder.previous_state.write_bytes(folder.previous_state.read_bytes()[:-100])
    capsys.readouterr()
    assert run(folder.path, "--resume") == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith(f"error: {folder.previous_state}: cannot be read")
    assert run(folder.path, *SMALL) == 2  # and nothing is written over them
    assert "has a run already" in capsys.readouterr().err


def test_a_file_system_without_links_keeps_a_copy(two_saves, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    folder = RunFolder(shutil.copytree(two_saves, tmp_path / "run"))
    before = folder.state.read_bytes()
    monkeypatch.setattr(os, "link", refuse)
    assert run(folder.path, "--resume", "--steps", str(2 * ITERATION)) == 0
    assert folder.previous_state.read_bytes() == before
    assert not list(folder.path.glob(".*"))


def test_a_save_after_one_that_was_killed_between_its_two_states_leaves_nothing_behind(
    two_saves, tmp_path
):
    folder = RunFolder(shutil.copytree(two_saves, tmp_path / "run"))
    folder._keep_state()  # state.pt is the previous state, too
    before = folder.state.read_bytes()
    assert run(folder.path, "--resume", "--steps", str(2 * ITERATION)) == 0
    assert folder.previous_state.read_bytes() == before != folder.state.read_bytes()
    assert not list(folder.path.glob(".*"))


def started(folder: Path, number: int, how: int) -> Program:
    """A run of a process of its own that trains already, without an end; it was told how to take a signal."""
    command = ["-m", "muscle_viewer.training.cli", WALK, "--out", str(folder)]
    process = Program(*command, *SMALL, "--steps", "100000000", dispositions={number: how})
    assert any(" steps | " in line for line in process.stderr)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_run_after_a_save(number: signal.Signals, tmp_path) -> None:
    process = started(tmp_path, number, signal.SIG_DFL)  # whatever ran the tests, as under nohup
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 128 + number
    steps = RunFolder(tmp_path).read_state()["trainer"]["steps"]
    assert steps > 0 and steps_of(tmp_path / "progress.csv")[-1] == steps


def test_a_hangup_that_is_ignored_stays_ignored(tmp_path) -> None:
    """As under nohup."""
    process = started(tmp_path, signal.SIGHUP, signal.SIG_IGN)
    table = tmp_path / "progress.csv"
    before = table.read_text().count("\n")
    process.send_signal(signal.SIGHUP)
    for _ in range(600):
        if table.read_text().count("\n") > before + 5:  # heeded, it would end after an iteration
            break
        time.sleep(0.1)
    else:
        pytest.fail("it does not go on")
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM


def test_a_terminal_that_is_closed_leaves_a_saved_run(tmp_path) -> None:
    command = [sys.executable, "-m", "muscle_viewer.training.cli", WALK, "--out", str(tmp_path)]
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.execv(sys.executable, [*command, *SMALL, "--steps", "100000000"])
    shown = b""
    while b"steps | " not in shown:
        shown += os.read(terminal, 4096)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    assert RunFolder(tmp_path).read_state()["trainer"]["steps"] > 0


def test_a_resumed_run_remembers_its_environment_its_settings_and_its_commands(tmp_path):
    assert run(tmp_path, *SMALL, "--seed", "3", "--steps", str(ITERATION)) == 0
    assert run(tmp_path, "--resume", "--steps", str(3 * ITERATION)) == 0
    meta = load_checkpoint(tmp_path / "latest.pt").meta
    assert meta["settings"]["seed"] == 3 and meta["settings"]["ppo"]["horizon"] == HORIZON
    assert [entry["steps"] for entry in meta["commands"]] == [0, ITERATION]
    assert meta["steps"] == 3 * ITERATION


def test_a_run_that_has_reached_its_end_stays_as_it_is(tmp_path, capsys):
    assert run(tmp_path, *SMALL, "--steps", str(ITERATION)) == 0
    before = (tmp_path / "state.pt").read_bytes()
    capsys.readouterr()
    assert run(tmp_path, "--resume") == 0
    assert "--steps" in capsys.readouterr().out
    assert (tmp_path / "state.pt").read_bytes() == before


def test_the_same_seed_gives_the_same_weights_and_another_one_others(tmp_path):
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        assert run(tmp_path / name, *SMALL, "--seed", seed, "--steps", str(4 * ITERATION)) == 0
    assert_same_weights(tmp_path / "a" / "latest.pt", tmp_path / "b" / "latest.pt")
    with pytest.raises(AssertionError):
        assert_same_weights(tmp_path / "a" / "latest.pt", tmp_path / "c" / "latest.pt")


def test_checkpoints_are_kept_under_their_number_of_steps(tmp_path):
    more = ["--keep-every", "1e-9", "--save-every", "0", "--steps", str(3 * ITERATION)]
    assert run(tmp_path, *SMALL, *more) == 0
    kept = sorted((tmp_path / "checkpoints").iterdir())
    assert {ITERATION, 2 * ITERATION, 3 * ITERATION} <= {int(path.stem) for path in kept}
    assert all(load_checkpoint(path).meta["steps"] == int(path.stem) for path in kept)


def test_resuming_brings_the_latest_checkpoint_up_to_the_saved_state(tmp_path):
    assert run(tmp_path, *SMALL, "--steps", str(ITERATION)) == 0
    stale = (tmp_path / "latest.pt").read_bytes()
    assert run(tmp_path, "--resume", "--steps", str(2 * ITERATION)) == 0
    newest = weights(tmp_path / "latest.pt")
    (tmp_path / "latest.pt").write_bytes(stale)
    cut_off = temporary(tmp_path / "state.pt")
    cut_off.write_bytes(b"cut off by a kill")
    assert run(tmp_path, "--resume") == 0
    assert load_checkpoint(tmp_path / "latest.pt").meta["steps"] == 2 * ITERATION
    assert all(torch.equal(newest[k], v) for k, v in weights(tmp_path / "latest.pt").items())
    assert not cut_off.exists()


def test_two_processes_do_not_train_in_one_folder(tmp_path, complaint):
    with RunFolder(tmp_path).claimed():
        assert "another muscle-train" in complaint(RunFolder(tmp_path).claimed().__enter__)
    with RunFolder(tmp_path).claimed():
        pass


def row(steps: int, **more: float) -> dict[str, float]:
    return {"steps": steps, "hours": steps / 1000, **more}


def test_the_table_drops_what_lies_past_the_save_and_lines_that_were_cut_off(tmp_path):
    path = tmp_path / "progress.csv"
    table = ProgressTable(path, steps=0)
    for steps in (10, 20, 30):
        table.add(row(steps, error=float("nan")))
    with path.open("a") as file:
        file.write("40,0.0")
    again = ProgressTable(path, steps=20)
    again.add(row(30, error=0.5))
    assert path.read_text() == "steps,hours,error\n10,0.01,\n20,0.02,\n30,0.03,0.5\n"


def test_the_table_takes_a_new_column_in_and_keeps_the_old_rows(tmp_path):
    table = ProgressTable(tmp_path / "progress.csv", steps=0)
    table.add(row(10))
    table.add(row(20, new=1.5))
    assert table.path.read_text() == "steps,hours,new\n10,0.01,\n20,0.02,1.5\n"


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(CheckpointError, match=r"progress\.csv: cannot be written"):
        ProgressTable(tmp_path / "none" / "progress.csv", steps=0)


def test_tensorboard_reads_the_figures_of_a_run(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for begin in (0, 20):  # the second one resumes after 30 was lost
        events = TensorBoard(tmp_path, begin)
        for steps in (begin + 10, begin + 20):
            events.add(row(steps, **{"episode/return": steps / 10, "muscle/loss": float("nan")}))
        events.close()
    read = EventAccumulator(str(tmp_path)).Reload()
    assert set(read.Tags()["scalars"]) == {"run/hours", "episode/return"}
    values = [(event.step, event.value) for event in read.Scalars("episode/return")]
    np.testing.assert_allclose(values, [(10, 1), (20, 2), (30, 3), (40, 4)])


def test_a_disk_that_refuses_tensorboard_s_files_is_one_line(tmp_path, monkeypatch):
    """Their writer is a thread; it ends silently and the next figures say why."""
    pytest.importorskip("tensorboard")
    from tensorboard.summary.writer.record_writer import RecordWriter

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    traces: list[object] = []
    monkeypatch.setattr(threading, "excepthook", traces.append)
    events = TensorBoard(tmp_path / "events", 0)
    monkeypatch.setattr(RecordWriter, "write", refuse)
    with pytest.raises(CheckpointError, match="events: cannot be written: No space left on device"):
        for steps in range(1000):
            events.add(row(steps))
            time.sleep(0.01)
    events.close()
    assert not traces and threading.excepthook == traces.append


def test_without_tensorboard_one_line_says_that_its_files_are_off(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    events = TensorBoard(tmp_path / "events", 0)
    events.add(row(10))
    events.close()
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "events").exists()
