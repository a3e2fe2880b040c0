"""muscle-train as a user runs it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from muscle_viewer.core import load_checkpoint
from muscle_viewer.training import TrainingSettings, train
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


def test_a_run_by_minutes_goes_on_to_a_number_of_steps_and_the_reverse(tmp_path):
    run = ["--out", str(tmp_path / "run")]
    assert main([WALK, *run, *SMALL, "--minutes", "1e-6"]) == 0
    steps = load_checkpoint(tmp_path / "run" / "latest.pt").meta["steps"]
    assert main([*run, "--resume", "--steps", str(steps + 256)]) == 0
    meta = load_checkpoint(tmp_path / "run" / "latest.pt").meta
    assert meta["steps"] == steps + 256
    assert meta["settings"]["minutes"] is None
    minutes = meta["training_seconds"] / 60 + 0.01
    assert main([*run, "--resume", "--minutes", str(minutes)]) == 0
    assert load_checkpoint(tmp_path / "run" / "latest.pt").meta["steps"] > steps + 256


@pytest.mark.parametrize("part", ["ppo", "muscle"])
def test_a_run_goes_on_with_networks_of_its_sizes(tmp_path, capsys, part):
    run = ["--out", str(tmp_path / "run")]
    assert main([WALK, *run, *SMALL, "--steps", "256"]) == 0
    widths = "[16,16]" if part == "ppo" else "[16,16,16]"
    capsys.readouterr()
    assert main([*run, "--resume", "--steps", "512", "--set", f"{part}.hidden={widths}"]) == 2
    error = capsys.readouterr().err
    assert (
        error.startswith(f"error: --set {part}.hidden: [16, 16") and "the run has [32, 32" in error
    )


def test_a_run_goes_on_where_its_data_have_moved_to(tmp_path):
    data, moved = tmp_path / "data", tmp_path / "moved"
    data.mkdir()
    for kind in ("characters/human.yaml", "motions/walk.yaml"):
        shutil.copy(Path("assets") / kind, data)
    text = Path(WALK).read_text().replace("../characters/", "").replace("../motions/", "")
    environment = tmp_path / "walk.yaml"
    environment.write_text(text)
    run = ["--out", str(tmp_path / "run")]
    begin = [str(environment), *run, *SMALL, "--data", str(data), "--steps", "256"]
    assert main(begin) == 0
    data.rename(moved)
    assert main([*run, "--resume", "--steps", "512"]) == 2
    assert main([*run, "--resume", "--steps", "512", "--data", str(moved)]) == 0
    assert main([*run, "--resume", "--steps", "768"]) == 0  # which the run has kept


def test_another_environment_is_told_of_only_where_the_run_takes_it(tmp_path, capsys):
    run = ["--out", str(tmp_path / "run")]
    assert main([WALK, *run, *SMALL, "--steps", "256"]) == 0
    capsys.readouterr()
    assert main(["assets/environments/anatomy.yaml", *run, "--resume", "--steps", "512"]) == 2
    output = capsys.readouterr()
    assert "resume with the same environment" in output.err and "changes" not in output.out
    assert main(["assets/environments/walk_varied.yaml", *run, "--resume", "--steps", "512"]) == 2
    assert "changes" not in capsys.readouterr().out


def test_ctrl_c_while_it_starts_is_one_line(tmp_path, capsys, monkeypatch):
    class Loading(types.ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "muscle_viewer.training.run", Loading("run"))
    assert main([WALK, "--out", str(tmp_path / "run")]) == 128 + signal.SIGINT
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_in_another_thread_listens_to_no_signals(tmp_path):
    settings = TrainingSettings(num_envs=4, steps=256, muscle_batches=1)
    with ThreadPoolExecutor(1) as thread:
        last = thread.submit(train, WALK, tmp_path / "run", settings).result()
    assert load_checkpoint(last).meta["steps"] == 256
    assert load_checkpoint(tmp_path / "run").path == last  # a run's folder is its latest checkpoint


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
        (("checkpoints/walk.pt",), "checkpoints/walk.pt: a checkpoint or another archive"),
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


def test_an_environment_without_a_reward_is_refused(tmp_path, capsys):
    path = tmp_path / "walk.yaml"
    walk = Path(WALK).read_text().replace("../", f"{Path(WALK).resolve().parent}/../")
    path.write_text(re.sub(r"(?m)^reward:.*\n(?:[ #].*\n)*", "reward: none\n", walk))
    arguments = [str(path), "--out", str(tmp_path / "run"), *SMALL, "--steps", "256"]
    assert main(arguments) == 2
    assert "environment: its reward is none" in capsys.readouterr().err
    assert main([*arguments, "--muscle-only"]) == 0


def test_settings_without_effect_are_named(tmp_path, capsys):
    useless = ["--curriculum", "4096", "--set", "clip_switches=0.1"]
    run = [WALK, "--out", str(tmp_path / "run"), *SMALL, "--steps", "256"]
    assert main([*run, *useless]) == 0
    said = capsys.readouterr().out
    assert "note: curriculum: has no effect: no parameter of the environment is drawn" in said
    assert "note: clip_switches: has no effect: the environment has one motion" in said
    assert said.count("note:") == 2


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
