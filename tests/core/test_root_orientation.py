"""The orientation of the root's joint is a matter of coordinates: in another one the same body moves in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv
from scipy.spatial.transform import Rotation
from small_files import small_character, small_motion

Z_UP = Rotation.from_euler("xyz", [-90, 0, 20], degrees=True)
"""Of models made for MuJoCo, whose vertical is z."""

FIELDS = ["body_positions", "center_of_mass"]
FRAMES = 16


def environment(folder: Path, orientation: Rotation | None, **changes: Any) -> BatchEnv:
    """The small character that turns, sways and walks ahead, its root's joint in another orientation."""
    character, motion = small_character(), small_motion()
    frames = np.repeat(motion["frames"][:1], FRAMES, axis=0)
    swing = np.linspace(0, 2 * np.pi, FRAMES, endpoint=False)[:, None]
    frames[:, :3] = 0.2 * np.sin(swing + np.arange(3.0)) + np.array([0.1, 0.6, 0.0])
    frames[:, 5] = np.linspace(0, 0.4, FRAMES)
    ahead = [0.0, 0.0, 0.4 + 0.4 / FRAMES]
    motion |= {"frame_time": 0.05, "cycle_translation": ahead}
    if orientation is not None:
        x, y, z, w = orientation.as_quat()
        character["bodies"][0]["joint"]["orientation"] = [float(v) for v in (w, x, y, z)]
        turned = orientation.inv() * Rotation.from_rotvec(frames[:, :3])
        frames[:, :3] = turned.as_rotvec()
    motion["frames"] = frames.tolist()
    folder.mkdir()
    for name, tree in (("leg", character), ("walk", motion)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(tree))
    clips = [{"name": name, "file": "walk.yaml"} for name in ("one", "other")]
    tree = {"character": "leg.yaml", "actuator": "pd", "termination": {"root_height": 0.1}}
    tree |= changes if "motion" in changes else {"motions": clips, **changes}
    (folder / "environment.yaml").write_text(yaml.safe_dump(tree))
    return BatchEnv(folder / "environment.yaml", num_envs=4, seed=2, threads=1)


def course(env: BatchEnv) -> dict[str, np.ndarray]:
    """What is seen over some steps, with a change of clips among them."""
    env.reset()
    seen: dict[str, list[np.ndarray]] = {name: [] for name in ("rewards", *FIELDS)}
    for k in range(12):
        if k == 6 and env.config.motions:
            env.set_clip("other", at_once=True)
        rewards = env.step(np.zeros((4, env.action_dim), np.float32))[1]
        seen["rewards"].append(rewards.copy())
        for name, values in env.snapshot(FIELDS).items():
            seen[name].append(values.copy())
    return {name: np.array(values) for name, values in seen.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reset": {"velocity": "forward"}},
        {
            "motion": "walk.yaml",
            "parameters": {
                "stride": {"acts_on": "stride", "range": [0.6, 1.0], "keep_angles": True}
            },
        },
    ],
)
def test_a_body_moves_the_same_in_any_orientation_of_its_roots_joint(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    plain = course(environment(tmp_path / "plain", None, **changes))
    turned = course(environment(tmp_path / "turned", Z_UP, **changes))
    for name in ("rewards", "body_positions", "center_of_mass"):
        np.testing.assert_allclose(turned[name], plain[name], atol=2e-3, err_msg=name)
