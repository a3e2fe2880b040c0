"""The command `muscle-viewer` on bad input: one line on stderr, exit status 2, nothing run."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from muscle_viewer.core import Environment, Policy, save_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import cli
from small_files import small_character

SHIPPED = checkpoints_folder() / "walk.pt"
HEADLESS = ["--headless", "--num-envs", "2", "--steps", "1"]


@pytest.fixture
def saved(small_environment: Path, tmp_path: Path) -> Path:
    """A small whole checkpoint, its assets beside it."""
    env = Environment(small_environment)
    widths = [len(env.info.muscle_of) + len(env.info.muscle_driven_dofs), 8, 8, 8, 2]
    muscle = {}
    for k in range(4):
        muscle[f"fc.{2 * k}.weight"] = 0.1 * torch.randn(widths[k + 1], widths[k])
        muscle[f"fc.{2 * k}.bias"] = torch.full((widths[k + 1],), 0.1)
    path = tmp_path / "small.pt"
    policy = Policy(env.obs_dim, env.action_dim, (8, 8)).state_dict()
    save_checkpoint(path, env.config, policy, muscle)
    return path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that the command prints before it exits with status 2."""
    try:
        status = cli.main(arguments)
    except SystemExit as left:  # argparse
        status = int(left.code or 0)
    printed = capsys.readouterr()
    assert status == 2, printed
    assert printed.out == ""
    lines = printed.err.strip().splitlines()
    assert lines[-1].startswith(("error: ", "muscle-viewer: error: "))
    assert len(lines) == 1 or lines[0].startswith("usage:")
    return lines[-1]


def test_the_small_checkpoint_itself_runs(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(saved), *HEADLESS]) == 0
    assert "2 muscles" in capsys.readouterr().out


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    torch.save({"layer.weight": torch.zeros(2)}, path)


class Malicious:
    """Pickles to a call of os.mkdir."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def malicious(path: Path) -> None:
    torch.save({"format": "muscle-viewer/1", "config": Malicious(path.parent / "it-ran")}, path)


def malicious_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Malicious(path.parent / "it-ran")))


def inside(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        content = torch.load(path, weights_only=True)
        change(content)
        torch.save(content, path)

    return rewrite


def muscle_on_a_missing_body(path: Path) -> None:
    tree = small_character()
    tree["muscles"][1]["path"][0]["body"] = "tigh"
    (path.parent / "leg.yaml").write_text(yaml.safe_dump(tree))


def missing_motion(path: Path) -> None:
    (path.parent / "stand.yaml").unlink()


def shipped() -> dict[str, Any]:
    """The content of the checkpoint that ships: networks of another character."""
    return torch.load(checkpoints_folder() / "walk.pt", weights_only=True)


MISTAKES: list[tuple[Callable[[Path], None], list[str]]] = [
    (Path.unlink, ["small.pt", "no such file"]),
    (truncated, ["small.pt", "truncated"]),
    (empty, ["small.pt", "an empty file"]),
    (foreign, ["small.pt", "a bare state_dict"]),
    (malicious, ["small.pt", "refused", "posix.mkdir"]),
    (malicious_pickle, ["small.pt", "a pickle, not a checkpoint"]),
    (
        inside(lambda c: c["muscle"]["fc.0.bias"].fill_(float("nan"))),
        ["small.pt", "muscle.fc.0.bias", "not finite"],
    ),
    (
        inside(lambda c: c["muscle"].update({"fc.2.weight": torch.zeros(8, 5)})),
        ["small.pt", "fc.2.weight: shape (8, 5), (8, 8) expected"],
    ),
    (
        inside(lambda c: c.update(config=c["config"].replace("sim_hz", "sim_hzz"))),
        ["small.pt", "simulation.sim_hzz: unknown key", "'sim_hz'"],
    ),
    (missing_motion, ["small.pt", "motion", "stand.yaml", "does not exist"]),
    (muscle_on_a_missing_body, ["leg.yaml", "muscles[1] 'hamstrings'.path[0].body", "'thigh'"]),
    (
        inside(lambda c: c.update(muscle=shipped()["muscle"])),
        ["small.pt", "fc.0.weight: shape"],
    ),
    (
        inside(lambda c: c.update(policy=shipped()["policy"])),
        ["small.pt", "policy", "observations"],
    ),
]


@pytest.mark.parametrize(("break_it", "parts"), MISTAKES)
@pytest.mark.parametrize("mode", ["headless", "screenshot"])
def test_a_bad_checkpoint_is_one_line_and_status_2(
    mode: str,
    break_it: Callable[[Path], None],
    parts: list[str],
    saved: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    break_it(saved)
    picture = tmp_path / "out.png"
    options = HEADLESS if mode == "headless" else ["--screenshot", str(picture), "--at", "0"]
    line = refused([str(saved), *options], capsys)
    for part in parts:
        assert part in line
    assert not (tmp_path / "it-ran").exists()
    assert not picture.exists()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--headless", "--num-envs", "0"], "--num-envs"),
        (["--headless", "--num-envs", "-3"], "--num-envs"),
        (["--headless", "--num-envs", "many"], "--num-envs"),
        (["--headless", "--steps", "0"], "--steps"),
        (["--headless", "--threads", "0"], "--threads"),
        (["--screenshot", "x.png", "--at", "-1"], "--at"),
        (["--screenshot", "x.png", "--size", "big"], "--size"),
        (["--record", "x.mp4", "--seconds", "nan"], "--seconds"),
        (["--record", "x.gif", "--fps", "60"], "--fps: 60 given, a .gif takes 50 at most"),
        (["--screenshot", "/no/such/folder/x.png", "--at", "0"], "/no/such/folder"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_a_bad_option_is_named(
    options: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert part in refused([str(SHIPPED), *options], capsys)


def test_without_a_display_the_command_says_how_to_record(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    line = refused([str(SHIPPED)], capsys)
    assert "no display" in line and "muscle-viewer render" in line
    assert f"muscle-viewer {SHIPPED} --web" in line


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nowhere.pt"], "nowhere.pt: no such file"),
        ([str(SHIPPED), "nowhere.pt"], "nowhere.pt: no such file"),
        (
            [str(SHIPPED), "--environment", "nowhere.yaml"],
            "--environment: nowhere.yaml: no such file",
        ),
        (["nowhere.mvrun", "--verify"], "nowhere.mvrun: no such file"),
        ([str(SHIPPED), "--verify"], "not a recorded run (.mvrun)"),
    ],
)
def test_a_path_where_nothing_lies_is_said_before_anything_else(
    arguments: list[str],
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert part in refused(arguments, capsys)


def test_a_recorded_run_is_no_checkpoint_to_benchmark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "a.mvrun"
    run.write_bytes(b"")
    assert "which `muscle-viewer verify` replays" in refused([str(run), "--headless"], capsys)


def test_the_installed_command_exits_with_status_2(tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("muscle-viewer")
    result = subprocess.run(
        [command, tmp_path / "no.pt", "--headless"], capture_output=True, text=True
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert f"{tmp_path / 'no.pt'}: no such file" in result.stderr
