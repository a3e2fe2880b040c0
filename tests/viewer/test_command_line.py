"""The command line of muscle-viewer: sub-commands, and the flags that do the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from muscle_viewer.viewer import arguments
from muscle_viewer.viewer.arguments import parse


@pytest.mark.parametrize(
    ("sub_command", "flags"),
    [
        (["view", "a.pt", "b.pt", "--seed=3"], ["a.pt", "b.pt", "--seed=3"]),
        (["view"], []),
        (["render", "a.pt", "o.png", "--at=2"], ["a.pt", "--screenshot=o.png", "--at=2"]),
        (["render", "a.pt", "o.gif", "--fps=9"], ["a.pt", "--record=o.gif", "--fps=9"]),
        (["render", "a.pt", "o.mp4", "--with=b.pt"], ["a.pt", "b.pt", "--record=o.mp4"]),
        (["bench", "--num-envs=8", "--json"], ["--headless", "--num-envs=8", "--json"]),
        (["record", "a.pt", "o.mvrun"], ["a.pt", "--save-run=o.mvrun"]),
        (["verify", "o.mvrun"], ["o.mvrun", "--verify"]),
    ],
    ids=lambda given: " ".join(given),
)
def test_a_sub_command_means_what_the_flags_mean(sub_command: list[str], flags: list[str]) -> None:
    assert vars(parse(sub_command)) == vars(parse(flags))


def test_an_old_name_of_an_option_works_and_says_the_new_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert parse(["--headless", "--batch", "5"]).num_envs == 5
    assert "--batch is now --num-envs" in capsys.readouterr().err
    assert parse(["view", "a.pt", "--beside", "dart"]).second_engine == "dart"
    assert "--beside is now --second-engine" in capsys.readouterr().err


@pytest.mark.parametrize("name", arguments.SUB_COMMANDS)
def test_each_sub_command_describes_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([name, "--help"])
    assert ended.value.code == 0
    assert arguments.SUB_COMMANDS[name].split()[0] in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["viewer.cli", "training.cli", "training.evaluation.cli", "core.convert"]
)
def test_every_command_prints_its_version(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from importlib import import_module

    from muscle_viewer.core import __version__

    with pytest.raises(SystemExit) as ended:
        import_module(f"muscle_viewer.{command}").main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.split()[-1] == __version__


def test_a_sub_command_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["verify", "o.mvrun", "--engine=dart"])
    assert ended.value.code == 2
    assert "--engine" in capsys.readouterr().err


def test_a_file_of_a_sub_command_s_name_is_given_by_a_path() -> None:
    assert parse(["./view"]).checkpoint == Path("view")


@pytest.mark.parametrize("as_muscle", [False, True])
def test_a_conversion_does_not_replace_what_it_reads(
    as_muscle: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from muscle_viewer.core.convert import main as convert

    given, other = tmp_path / "given.pt", tmp_path / "other.zip"
    for path in (given, other):
        path.write_bytes(b"kept")
    source = other if as_muscle else given
    assert convert([str(source), str(given), "--muscle", str(given)][: 4 if as_muscle else 2]) == 2
    assert "given.pt: would replace what is read" in capsys.readouterr().err
    assert given.read_bytes() == b"kept"
