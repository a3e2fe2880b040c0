"""Sweeps over a parameter of the environment: what muscle-eval measures, line by line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_checkpoint import walk_with_parameters
from muscle_viewer.core import load_checkpoint
from muscle_viewer.core.configuration import Parameter
from muscle_viewer.training.evaluation.cli import main
from muscle_viewer.viewer.analysis.sweep import EPISODES, SECONDS, Sweep
from muscle_viewer.viewer.ui.panels.sweep import table_text

pytestmark = pytest.mark.slow

PARAMETERS = {
    "gravity": Parameter(acts_on="gravity", range=[0.5, 1.5], observed=False),
    "friction": Parameter(acts_on="friction", range=[0.1, 2.0], observed=False),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return walk_with_parameters(tmp_path_factory.mktemp("checkpoint"), PARAMETERS)


def waited(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_sweep_has_the_measures_of_muscle_eval(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {"friction": 0.8, "gravity": 9.0}  # the swept parameter's own value does not count
    sweep = Sweep(load_checkpoint(checkpoint), "gravity", (0.9, 1.1), 2, others)
    waited(lambda: not sweep.is_running)
    options = ["--episodes", str(EPISODES), "--seconds", str(SECONDS), "--json"]
    chosen = ["--sweep", "gravity=0.9:1.1:2", "--parameters", "friction=0.8"]
    assert main([str(checkpoint), *options, *chosen]) == 0
    assert sweep.rows == json.loads(capsys.readouterr().out)
    assert sweep.error == ""
    head, *lines = (line.split(",") for line in table_text(sweep, ",").splitlines())
    assert head[:3] == ["gravity", "fall_rate (1)", "speed (m/s)"]
    assert [float(line[0]) for line in lines] == [0.9, 1.1]
    speeds = [row["speed"] for row in sweep.rows]
    assert [float(line[2] or "nan") for line in lines] == pytest.approx(
        [float("nan") if speed is None else speed for speed in speeds], rel=1e-5, nan_ok=True
    )


def test_a_sweep_that_is_stopped_keeps_what_it_has(checkpoint: Path) -> None:
    sweep = Sweep(load_checkpoint(checkpoint), "gravity", (0.5, 1.5), 500, {})
    folder = Path(sweep._folder.name)
    waited(lambda: len(sweep.rows) >= 1)
    sweep.stop()
    assert not sweep.is_running and 1 <= len(sweep.rows) < 500 and sweep.error == ""
    assert not folder.exists()


def test_a_sweep_that_cannot_be_says_why(checkpoint: Path) -> None:
    sweep = Sweep(load_checkpoint(checkpoint), "gravity", (0.5, 9.0), 2, {})
    waited(lambda: not sweep.is_running)
    assert "gravity" in sweep.error and sweep.error.startswith("error: ")
