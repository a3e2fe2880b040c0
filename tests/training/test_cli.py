"""muscle-train as a user runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from muscle_viewer.core import load_checkpoint
from muscle_viewer.training.cli import DEFAULT_STEPS, main, parse
from muscle_viewer.training.run import _begun
from muscle_viewer.training.run_folder import RunFolder

pytestmark = pytest.mark.slow

WALK = "assets/environments/walk.yaml"
SMALL = [
    *("--num-envs", "4"),
    *("--set", "ppo.hidden=[32,32]"),
    *("--set", "muscle.hidden=[32,32,32]"),
    *("--set", "muscle_batches=1"),
    *("--set", "muscle.batch=64"),
]
"""Networks that are learned in a moment."""


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "muscle_viewer.training.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_short_run_leaves_a_checkpoint_and_can_be_resumed(tmp_path, capsys):
    run = tmp_path / "run"
    assert main([WALK, "--out", str(run), *SMALL, "--steps", "256"]) == 0
    assert load_checkpoint(run / "latest.pt").meta["steps"] == 256
    assert "torque error" in capsys.readouterr().err
    assert main([WALK, "--out", str(run), *SMALL, "--steps", "512", "--resume"]) == 0
    assert load_checkpoint(run / "latest.pt").meta["steps"] == 512


def test_ctrl_c_saves_the_run_and_says_where(tmp_path):
    run = tmp_path / "run"
    process = start(WALK, "--out", run, *SMALL, "--minutes", "60")
    assert process.stderr and any(" steps | " in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT
    assert str(run / "latest.pt") in out and "Traceback" not in err
    assert load_checkpoint(run / "latest.pt").meta["steps"] > 0
    assert (run / "state.pt").is_file()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((WALK, "--num-envs", "0"), "--num-envs"),
        ((WALK, "--minutes", "-1"), "--minutes"),
        ((WALK, "--resume"), "state.pt"),
        (("no/such.yaml",), "no/such.yaml"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_status_2(arguments, part, tmp_path, capsys):
    assert main([*arguments, "--out", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1
    assert part in captured.err and captured.out == ""


def test_what_a_file_asks_of_training_and_is_not_done_is_refused_by_name(tmp_path, capsys):
    path = tmp_path / "walk.yaml"
    walk = Path(WALK).read_text().replace("../", f"{Path(WALK).resolve().parent}/../")
    path.write_text(walk + "not_trained: [reward.locomotion.dragX]\n")
    assert main([str(path), "--out", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert (
        error.count("\n") == 1 and "unsupported training features: reward.locomotion.dragX" in error
    )


def test_a_folder_that_an_error_leaves_empty_goes_again(tmp_path):
    assert main([WALK, "--out", str(tmp_path / "run"), "--set", "ppo.batch=0"]) == 2
    assert not (tmp_path / "run").exists()


def test_a_file_in_the_folder_s_place_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([WALK, "--out", str(tmp_path / "file")]) == 2
    assert (
        capsys.readouterr().err == f"error: --out {tmp_path / 'file'}: is a file; name a folder\n"
    )


@pytest.mark.parametrize(
    ("given", "limits"), [(["--minutes", "1e-9"], (None, 1e-9)), ([], (DEFAULT_STEPS, None))]
)
def test_a_run_without_an_end_gets_one(given, limits, tmp_path):
    run = ["--out", str(tmp_path), "--num-envs", "4"]
    options = parse([WALK, *run, *given])
    trainer, _ = _begun(options, RunFolder(tmp_path))
    assert (trainer.settings.steps, trainer.settings.minutes) == limits


def test_a_folder_that_holds_a_run_is_not_overwritten(tmp_path, capsys):
    options = [WALK, "--out", str(tmp_path), *SMALL, "--steps", "256"]
    assert main(options) == 0
    before = (tmp_path / "state.pt").read_bytes()
    capsys.readouterr()
    assert main(options) == 2
    assert "--resume" in capsys.readouterr().err
    assert (tmp_path / "state.pt").read_bytes() == before
