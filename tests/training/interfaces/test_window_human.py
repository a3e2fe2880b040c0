"""render_mode human: a window follows the environment, beside offscreen pictures in one process."""

from __future__ import annotations

import forked
import pytest

pytest.importorskip("gymnasium")

PROGRAM = """
import muscle_viewer.training.interfaces
import gymnasium
import numpy as np
shown = gymnasium.make("muscle_viewer/Walk-v0", render_mode="human", threads=1).unwrapped
drawn = gymnasium.make("muscle_viewer/Walk-v0", render_mode="rgb_array", threads=1).unwrapped
for env in (drawn, shown):
    env.reset(seed=0)
for _ in range(2):
    for env in (drawn, shown):
        env.step(np.zeros(env.action_space.shape, np.float32))
picture = drawn.render()
window = shown._renderer.picture(0, "human")
assert picture.std() > 10 and window.std() > 10
difference = np.abs(picture.astype(float) - window).mean()
assert picture.shape == window.shape and difference < 3, (picture.shape, window.shape, difference)
for env in (drawn, shown):
    env.close()
print("shown")
"""


def test_a_window_shows_what_an_offscreen_picture_does(display: str) -> None:
    done = forked.run("-c", PROGRAM)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "shown" in done.stdout
