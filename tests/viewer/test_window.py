"""The real window, on an X server without a screen."""

from pathlib import Path

import forked
import numpy as np
import pytest
from muscle_viewer.core.configuration import checkpoints_folder

pytestmark = pytest.mark.usefixtures("display")
CHECKPOINT = checkpoints_folder() / "walk.pt"
HERE = Path(__file__).parent
OUTER_THIGH = ("vas", "tfl", "recfem", "bf")
"""How the names of its muscles begin."""


def own_process(*arguments: str) -> str:
    """What a program of this folder prints. PyOpenGL keeps its first platform, so each window has a process."""
    done = forked.run(*arguments, timeout=900, cwd=HERE)
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


def test_a_real_click_on_a_muscle_selects_it_and_the_space_bar_pauses(tmp_path: Path) -> None:
    chosen, before, after = own_process("window_session.py", "click", str(tmp_path)).split()
    assert chosen.endswith("_r")
    assert chosen.startswith(OUTER_THIGH)
    assert (before, after) == ("PAUSED", "PLAYING")


def test_two_checkpoints_go_side_by_side_in_halves_and_as_a_ghost(tmp_path: Path) -> None:
    from PIL import Image

    printed = own_process("window_session.py", "compare", str(tmp_path)).splitlines()[-1]
    chosen, *rest = printed.split()
    assert chosen.endswith("_r") and chosen.startswith(OUTER_THIGH)
    assert rest == ["walk.pt", "None"]
    halves, ghost = (
        np.asarray(Image.open(tmp_path / f"{name}.png")).astype(int) for name in ("halves", "ghost")
    )
    left, right = halves[40:460, 225:595], halves[40:460, 605:975]
    for half in (left, right):  # a character in each: warm bones before a cool ground
        bones = (half[..., 0] - half[..., 2] > 8) & (half.sum(axis=2) > 300)
        assert 0.01 < bones.mean() < 0.3
    green = (ghost[..., 1] - ghost[..., 0] > 30) & (ghost[..., 1] - ghost[..., 2] > -15)
    assert 0.001 < green[40:460, 225:975].mean() < 0.2


def test_the_test_engine_pauses_and_selects_muscles_in_the_panels(tmp_path: Path) -> None:
    printed = own_process("window_session.py", "press", str(tmp_path)).splitlines()[-1]
    assert printed == "success PAUSED soleus_r tibant_l sol"


def test_a_run_recorded_in_the_window_replays_bit_for_bit_headless(tmp_path: Path) -> None:
    printed = own_process("window_session.py", "record", str(tmp_path)).splitlines()[-1]
    pushes, pulled = map(int, printed.split())
    assert pushes == 1
    assert pulled >= 10
    run = tmp_path / "window.mvrun"
    verdict = own_process("-m", "muscle_viewer.viewer", str(run), "--verify")
    assert verdict == "identical"
