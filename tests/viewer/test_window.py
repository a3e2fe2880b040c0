"""The real window on a display: `make test` brings one (Xvfb)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.configuration import checkpoints_folder

pytestmark = pytest.mark.skipif(
    not os.environ.get("DISPLAY"),
    reason="no display: run the tests with make test, or under xvfb-run",
)
CHECKPOINT = checkpoints_folder() / "walk.pt"
HERE = Path(__file__).parent


def own_process(*arguments: str) -> str:
    """What a program of this folder prints. PyOpenGL keeps its first platform, so each window has a process."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=180, cwd=HERE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_it_plays_pauses_and_shows_the_character(tmp_path: Path) -> None:
    own_process("window_session.py", "play_and_pause", str(tmp_path))
    from PIL import Image

    shots = (tmp_path / "with.png", tmp_path / "without.png")
    shown, hidden = (np.asarray(Image.open(p)).astype(int)[:560, 220:900] for p in shots)
    assert shown.shape == (560, 680, 3)
    changed = np.abs(shown - hidden).max(axis=2) > 24
    assert 0.01 < changed.mean() < 0.3
    assert abs(np.median(np.nonzero(changed)[1]) - 340) < 120
    assert (tmp_path / "muscle-viewer" / "layout.ini").exists()


@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool makes the real input events")
def test_a_real_click_on_a_muscle_selects_it_and_the_space_bar_pauses(tmp_path: Path) -> None:
    chosen, before, after = own_process("window_session.py", "click", str(tmp_path)).split()
    assert chosen.endswith("_r")
    assert chosen.startswith(("vas", "tfl", "recfem", "bf"))  # the outer thigh's
    assert (before, after) == ("PAUSED", "PLAYING")


def test_the_test_engine_pauses_and_selects_muscles_in_the_panels(tmp_path: Path) -> None:
    printed = own_process("window_session.py", "press", str(tmp_path)).splitlines()[-1]
    assert printed == "success PAUSED soleus_r tibant_l sol"


@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool makes the real input events")
def test_a_run_recorded_in_the_window_replays_bit_for_bit_headless(tmp_path: Path) -> None:
    printed = own_process("window_session.py", "record", str(tmp_path)).splitlines()[-1]
    pushes, pulled = map(int, printed.split())
    assert pushes == 1
    assert pulled >= 10
    run = tmp_path / "window.mvrun"
    verdict = own_process("-m", "muscle_viewer.viewer", str(run), "--verify")
    assert verdict == "identical"
