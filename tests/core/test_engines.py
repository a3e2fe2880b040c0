"""Engines by their names, and a build or a machine without DART: one line that says what to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import forked
import pytest
from muscle_viewer.core.configuration import assets_folder, checkpoints_folder

pytestmark = pytest.mark.slow

WALK = str(assets_folder() / "environments" / "walk.yaml")
CHECKPOINT = str(checkpoints_folder() / "walk.pt")
NOT_BUILT = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "muscle_viewer.core._dart":
            raise {error}
        return None
sys.meta_path.insert(0, Absent())
from importlib import import_module
sys.exit(import_module(sys.argv[1]).main(sys.argv[2:]))
"""
NO_MODULE = "ModuleNotFoundError(f\"No module named '{name}'\", name=name)"
NO_LIBRARY = (
    'ImportError("libdart.so.6.12: cannot open shared object file: No such file or directory")'
)
VIEWER = "muscle_viewer.viewer.cli"


def without_dart(error: str, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = NOT_BUILT.replace("{error}", error)
    return forked.run("-c", program, module, *arguments)


COMMANDS = {
    "headless": (VIEWER, CHECKPOINT, "--headless"),
    "screenshot": (VIEWER, CHECKPOINT, "--screenshot", "a.png"),
    "save-run": (VIEWER, CHECKPOINT, "--save-run", "a.mvrun"),
    "train": ("muscle_viewer.training.cli", WALK, "--out", "run", "--steps", "1"),
    "eval": ("muscle_viewer.training.evaluation.cli", CHECKPOINT, "--episodes", "1"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_in_one_line_that_dart_is_absent(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = without_dart(NO_MODULE, *COMMANDS[command], "--engine", "dart")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
    assert "engine: 'dart' is not in this build" in done.stderr
    assert "libdart-dev" in done.stderr and "engine: lanes" in done.stderr


def test_a_library_that_is_not_there_is_said_as_such() -> None:
    done = without_dart(NO_LIBRARY, *COMMANDS["headless"], "--engine", "dart")
    assert done.returncode == 2
    assert done.stderr.startswith("error: engine: 'dart' cannot be loaded (libdart.so.6.12: ")
    assert done.stderr.count("\n") == 1 and "libdart-dev" in done.stderr


def test_the_lanes_need_no_dart() -> None:
    done = without_dart(NO_MODULE, *COMMANDS["headless"], "--num-envs", "1", "--steps", "1")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_an_engine_that_is_none_is_one_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = forked.run("-m", *COMMANDS[command], "--engine", "bullet")
    assert (done.returncode, done.stderr) == (
        2,
        "error: engine: 'bullet' is unknown; use lanes or dart\n",
    )
