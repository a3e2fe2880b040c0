"""gymnasium's RecordVideo writes what the viewer draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import imageio_ffmpeg
import muscle_viewer.training.interfaces  # noqa: F401 - registers the ids
import numpy as np
import pytest
from gymnasium import wrappers

STEPS = 12
KINDS = [False, True] if hasattr(wrappers.vector, "RecordVideo") else [False]  # before 1.2


def frames(path: Path) -> np.ndarray:
    """Its pictures, uint8 (n, height, width, 3), as ffmpeg reads them."""
    reader = imageio_ffmpeg.read_frames(str(path), pix_fmt="rgb24")
    width, height = next(reader)["size"]
    pictures = [np.frombuffer(data, np.uint8).reshape(height, width, 3) for data in reader]
    return np.stack(pictures)


def walked(env: Any, num_envs: tuple[int, ...]) -> None:
    env.reset(seed=1)
    for _ in range(STEPS):
        env.step(np.zeros((*num_envs, env.unwrapped.batch.action_dim), np.float32))
    env.close()


@pytest.mark.parametrize("vectorised", KINDS)
def test_a_video_shows_the_walk(vectorised: bool, tmp_path: Path) -> None:
    name = "muscle_viewer/Walk-v0"
    given: Any = {"render_mode": "rgb_array", "threads": 1}
    if vectorised:
        env: Any = gymnasium.make_vec(name, num_envs=2, **given)
        recorded: Any = wrappers.vector.RecordVideo(env, str(tmp_path), video_length=STEPS)
    else:
        env = gymnasium.make(name, **given)
        recorded = wrappers.RecordVideo(env, str(tmp_path))
    walked(recorded, (2,) if vectorised else ())
    (video,) = tmp_path.glob("*.mp4")
    seen = frames(video)
    assert len(seen) >= STEPS - 1 and seen.shape[1] >= 480
    assert seen.std() > 10
    assert np.abs(seen[0].astype(float) - seen[-1]).max() > 60  # it moves
