"""How the commands end when they are stopped, or when nobody reads what they print."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from muscle_viewer.core import ConfigError
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.exit_status import exit_status


def test_the_users_mistake_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise ConfigError("--seed: -1 given, 0 or more expected")

    assert exit_status(work) == 2
    assert capsys.readouterr() == ("", "error: --seed: -1 given, 0 or more expected\n")


def test_too_little_memory_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(lambda: len(np.empty(1 << 50))) == 2
    out, error = capsys.readouterr()
    assert error.startswith("error: this needs more memory than there is") and out == ""
    assert error.count("\n") == 1


def test_ctrl_c_ends_with_130_and_what_is_left_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise KeyboardInterrupt

    assert exit_status(work) == 130
    assert exit_status(work, "stopped") == 130
    assert capsys.readouterr() == ("", "stopped\n")


@pytest.mark.parametrize(
    "command", ["core.convert", "viewer.cli", "training.cli", "training.evaluation.cli"]
)
def test_torch_is_loaded_by_what_a_command_does_and_not_by_its_help(command: str) -> None:
    """So that OMP_WAIT_POLICY is set before, and Ctrl-C is heeded while it loads."""
    loads = f"import sys, muscle_viewer.{command}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("viewer.cli", ["--headless", "--num-envs", "1", "--steps", "1"]),
        ("training.evaluation.cli", ["--episodes", "1", "--seconds", "1", "--pushes", "0"]),
    ],
)
def test_a_reader_that_has_gone_ends_a_command_quietly(command: str, options: list[str]) -> None:
    """As after `muscle-eval walk.pt | head -1`."""
    walk = str(checkpoints_folder() / "walk.pt")
    process = subprocess.Popen(
        [sys.executable, "-m", f"muscle_viewer.{command}", walk, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.wait(120) == 141
    assert process.stderr.read() == b""
