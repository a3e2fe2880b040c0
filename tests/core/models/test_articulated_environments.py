"""Environments of characters whose joints have several coordinates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv
from muscle_viewer.core.errors import ConfigError
from muscle_viewer.core.scene import build_scene
from small_legs import LEG, TREE


def environment(folder: Path, **changes: object) -> Path:
    """An environment of the leg of small_legs, which holds its default pose."""
    (folder / "leg.yaml").write_text(TREE)
    tree = {"character": "leg.yaml", "motion": "leg.yaml", "actuator": "activation", **changes}
    (folder / "env.yaml").write_text(yaml.safe_dump(tree))
    return folder / "env.yaml"


@pytest.mark.parametrize("actuator", ["activation", "pd", "torque"])
def test_environments_step_alike_for_every_number_of_threads(tmp_path: Path, actuator: str) -> None:
    path = environment(tmp_path, actuator=actuator)
    results = []
    for threads in (1, 3):
        env = BatchEnv(path, num_envs=40, threads=threads, seed=5)
        rng = np.random.default_rng(6)
        steps = [env.reset().copy()]
        for _ in range(30):
            action = rng.uniform(0, 1, size=(40, env.action_dim)).astype(np.float32)
            steps.append(env.step(action)[0].copy())
        results.append(np.array(steps))
    assert np.isfinite(results[0]).all()
    assert np.array_equal(results[0], results[1])


def test_the_default_pose_is_where_episodes_begin(tmp_path: Path) -> None:
    scene = build_scene(environment(tmp_path))
    assert scene.info.dof_names == ["height", "tilt", "list", "knee"]
    np.testing.assert_allclose(scene.motion.frames[0], [0, 0.1, 0, 0])


def test_bodies_with_such_joints_are_not_varied(tmp_path: Path) -> None:
    path = environment(
        tmp_path,
        parameters={"heavy": {"acts_on": "mass", "bodies": ["pelvis"], "range": [0.8, 1.2]}},
    )
    with pytest.raises(ConfigError, match="cannot be varied, as body 'pelvis/height'") as caught:
        build_scene(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["leg.xml", "myo_sim:myolegs"])
def test_a_model_of_mujoco_steps_in_environments(tmp_path: Path, source: str) -> None:
    pytest.importorskip("mujoco", reason="the mujoco extra brings it")
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    (tmp_path / "leg.xml").write_text(LEG)
    path = environment(tmp_path, character=source, motion=source)
    env = BatchEnv(path, num_envs=16, seed=1)
    rng = np.random.default_rng(7)
    env.reset()
    for _ in range(60):
        action = rng.uniform(0, 1, size=(16, env.action_dim)).astype(np.float32)
        observation, reward, *_ = env.step(action)
        assert np.isfinite(observation).all() and np.isfinite(reward).all()
