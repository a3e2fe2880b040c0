"""The picture of a run's curves."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from muscle_viewer.training.logging.logs import ProgressTable

pytestmark = pytest.mark.slow

TOOL = Path(__file__).parents[2] / "tools" / "docs" / "plot_training.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    specification = importlib.util.spec_from_file_location("plot_training", TOOL)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def run(tmp_path: Path) -> Path:
    table = ProgressTable(tmp_path / "progress.csv", 0)
    for steps in range(1000, 3_000_000, 1000):
        started = steps > 5000
        table.add(
            {
                "steps": steps,
                "hours": steps / 1e7,
                "episode/return": steps / 1e4 if started else float("nan"),
                "episode/seconds": 5.0,
                "episode/fall_rate": 0.25,
            }
        )
    return tmp_path


def test_curves_are_thinned_between_their_first_and_last_row(tool, run):
    table = tool.thinned(tool.read_table(run))
    assert 100 < len(table["steps"]) <= tool.MOST_POINTS
    np.testing.assert_allclose(table["steps"][[0, -1]], [0.001, 2.999])
    np.testing.assert_allclose(table["episode/return"][[0, -1]], [np.nan, 299.9])
    assert (table["episode/fall_rate"] == 25).all()


def test_the_same_run_gives_the_same_picture(tool, run, capsys):
    pytest.importorskip("matplotlib")
    pictures = [run / name for name in ("a.svg", "b.svg", "c.png")]
    for picture in pictures:
        assert tool.main([str(run), str(run / "progress.csv"), "--out", str(picture)]) == 0
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    text = pictures[0].read_text()
    assert "control steps, millions" in text and "episodes that end in a fall" in text
    assert pictures[2].stat().st_size > 1000


def test_what_is_no_run_is_one_line(tool, run, capsys):
    (run / "other.csv").write_text("a,b\n1,2\n")
    for source, part in ((run / "none", "none"), (run / "other.csv", "has no column steps")):
        assert tool.main([str(source), "--out", str(run / "a.svg")]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1 and part in error
