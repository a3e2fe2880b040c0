"""Mirror images, asked of the simulator: the image of a state moves as the image of its motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import BatchEnv, Environment, ModelError, load_config
from muscle_viewer.core.mirror import Mirror, build_mirror
from muscle_viewer.core.scene import build_scene

WALK = "assets/environments/walk.yaml"


@pytest.fixture(scope="module")
def mirror() -> Mirror:
    return build_mirror(build_scene(WALK))


def even_network(env: Environment, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """A muscle network whose activations are constants, the same on both sides."""
    inputs = len(env.info.muscle_of) + len(env.info.muscle_driven_dofs)
    muscles = len(env.info.muscle_names)
    sizes = [inputs, 8, 8, 8, muscles]
    state = {}
    for k in range(4):
        state[f"fc.{2 * k}.weight"] = torch.zeros(sizes[k + 1], sizes[k])
        state[f"fc.{2 * k}.bias"] = torch.zeros(sizes[k + 1])
    level = rng.uniform(0, 0.4, muscles // 2).astype(np.float32)
    state["fc.6.bias"] = torch.from_numpy(np.repeat(level, 2))
    return state


@pytest.mark.parametrize("actuator", ["pd", "torque", "muscle"])
def test_the_image_of_a_step_is_the_step_of_the_image(actuator, mirror):
    config = load_config(WALK).model_copy(update={"actuator": actuator})
    one, other = Environment(config, seed=3), Environment(config, seed=4)
    rng = np.random.default_rng(4)
    if actuator == "muscle":
        for env in (one, other):
            env.load_muscle_weights(even_network(env, np.random.default_rng(1)))
    one.reset(), other.reset()
    for _ in range(12):
        frame = one.frame()
        other._env.set_phase((frame.phase + 0.5) % 1)
        other.set_state(mirror.positions(frame.positions), mirror.velocities(frame.velocities))
        action = rng.normal(size=one.action_dim).astype(np.float32)
        if actuator == "torque":
            action *= 0.3  # of 100 N m: toes reach 80 rad/s
        obs, reward, terminated, _ = one.step(action)
        image, image_reward, image_terminated, _ = other.step(mirror.action(action))
        # Contact magnifies what rounding leaves.
        np.testing.assert_allclose(image, mirror.observation(obs), rtol=5e-3, atol=2e-3)
        assert abs(image_reward - reward) < 1e-3 and image_terminated == terminated
        seen, image_seen = one.frame(), other.frame()
        np.testing.assert_allclose(
            image_seen.moment_arms, mirror.entries(seen.moment_arms), atol=1e-4
        )
        np.testing.assert_allclose(
            image_seen.fibre_lengths, mirror.muscles(seen.fibre_lengths), atol=1e-3
        )
        wanted = seen.desired_torques
        np.testing.assert_allclose(
            image_seen.desired_torques, mirror.joints(wanted), atol=0.02 * np.abs(wanted).max()
        )


def test_the_observed_phase_of_the_image_is_half_a_cycle_later(mirror):
    obs = BatchEnv(WALK, num_envs=16, seed=1).reset()
    image = mirror.observation(obs)
    angle, image_angle = (np.arctan2(o[:, -2], o[:, -1]) for o in (obs, image))
    np.testing.assert_allclose(np.cos(image_angle - angle), -1, atol=1e-6)


def test_the_image_of_the_image_is_the_original(mirror):
    rng = np.random.default_rng(0)
    for name in (
        "observation",
        "action",
        "joints",
        "positions",
        "velocities",
        "muscles",
        "entries",
    ):
        part = getattr(mirror, name)
        x = rng.normal(size=(3, part.size))
        np.testing.assert_array_equal(part(part(x)), x)


def change(tree: dict, part: str, name: str, /, **values: object) -> None:
    (entry,) = [entry for entry in tree[part] if entry["name"] == name]
    entry.update(values)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name", "values", "complaint_part"),
    [
        ("bodies", "femur_r", {"mass": 9.0}, "'femur_r' and 'femur_l' are not mirror images"),
        ("bodies", "thorax", {"com": [0.01, 0.1, 0.0]}, "'thorax' and 'thorax'"),
        ("muscles", "soleus_l", {"max_isometric_force": 1.0}, "max_isometric_force differs"),
        ("muscles", "soleus_l", {"name": "soleus"}, "'soleus_r' and 'soleus_r'"),
    ],
)
def test_a_character_that_is_not_symmetric_is_named(
    part, name, values, complaint_part, tmp_path, complaint
):
    config = load_config(WALK)
    tree = yaml.safe_load(Path(config.character).read_text())
    change(tree, part, name, **values)
    (tmp_path / "human.yaml").write_text(yaml.safe_dump(tree))
    scene = build_scene(config.model_copy(update={"character": tmp_path / "human.yaml"}))
    assert complaint_part in complaint(build_mirror, scene)


def test_a_motion_that_is_not_its_own_image_half_a_cycle_later_is_named(tmp_path):
    config = load_config(WALK)
    tree = yaml.safe_load(Path(config.motion).read_text())
    knee = tree["coordinates"].index("knee_angle_r")
    for frame in tree["frames"]:
        frame[knee] += 0.1
    (tmp_path / "limp.yaml").write_text(yaml.safe_dump(tree))
    env = BatchEnv(config.model_copy(update={"motion": tmp_path / "limp.yaml"}), num_envs=1)
    with pytest.raises(ModelError, match=r"limp\.yaml: .*knee_angle_. differs by 0\.100"):
        _ = env.mirror


def test_a_leg_has_no_mirror_image(small_environment, complaint):
    assert "none has a counterpart" in complaint(build_mirror, build_scene(small_environment))
