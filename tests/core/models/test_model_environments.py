"""Environments of a model's file alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, Environment, load_config
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.observation_names import action_names, observation_names
from small_legs import LEG, TREE

pytest.importorskip("mujoco", reason="the mujoco extra brings it")

KEYED = LEG.replace(
    "</mujoco>", '<keyframe><key name="bent" qpos="0.3 0 0.9 0"/></keyframe></mujoco>'
)


@pytest.fixture
def leg(tmp_path: Path) -> Path:
    path = tmp_path / "leg.xml"
    path.write_text(KEYED)
    return path


def excite(env: BatchEnv, steps: int) -> np.ndarray:
    """Observations of steps with random excitations, which are the same for each environment of any batch."""
    rng = np.random.default_rng(4)
    seen = [env.reset().copy()]
    for _ in range(steps):
        actions = rng.uniform(0, 1, (64, env.action_dim)).astype(np.float32)[: env.num_envs]
        observation, reward, terminated, _ = env.step(actions)
        assert not reward.any() and not terminated.any()
        seen.append(observation.copy())
    return np.array(seen)


def test_a_models_file_is_an_environment_of_its_muscles(leg: Path) -> None:
    env = Environment(leg)
    assert action_names(env.config, env.info) == ["rectus"]
    names = observation_names(env.config, env.info, env.obs_dim)
    assert names == [
        "hip", "knee", "hip 0.1 velocity", "knee 0.1 velocity", "rectus activation",
        "rectus fibre length", "rectus 0.1 fibre velocity", "rectus force",
    ]  # fmt: skip
    np.testing.assert_allclose(env.reset()[:2], [0.1, 0.0])  # the file's ref and 0
    for _ in range(5):
        observation, *_ = env.step(np.ones(1, np.float32))
    frame = env.frame()
    force = frame.active_forces + frame.passive_forces
    of_muscle = [*frame.activations, *frame.fibre_lengths, *(0.1 * frame.fibre_velocities)]
    np.testing.assert_allclose(observation[4:7], of_muscle, rtol=1e-6)
    np.testing.assert_allclose(observation[7:], force / env.info.max_isometric_force, rtol=1e-5)
    assert 0.5 < frame.activations[0] < 1 and force[0] > 0


def test_a_characters_file_is_an_environment_too(tmp_path: Path) -> None:
    (tmp_path / "leg.yaml").write_text(TREE)
    env = BatchEnv(tmp_path / "leg.yaml", 2)
    assert env.config.actuator == "activation" and env.action_dim == env.num_muscles


def test_episodes_start_at_a_keyframe_that_the_environment_names(leg: Path) -> None:
    text = f"character: {leg}\nactuator: activation\nreward: none\nreset: {{keyframe: bent, random_phase: false}}\n"
    env = Environment(text)
    observed = env.reset()
    np.testing.assert_allclose(env.frame().positions, [0.3, 0.9])
    assert len(observed) == env.obs_dim
    with pytest.raises(ModelError, match="no keyframe 'bend'; did you mean 'bent'"):
        Environment(text.replace("bent", "bend"))


def test_the_configuration_of_a_model_alone_is_written_and_read_again(leg: Path) -> None:
    config = load_config(leg)
    assert load_config(config.to_yaml()) == config


@pytest.mark.parametrize("source", ["leg", "myo_sim:myolegs"])
def test_results_depend_neither_on_threads_nor_on_the_batch(leg: Path, source: str) -> None:
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    path = leg if source == "leg" else source
    one, three, few = (
        excite(BatchEnv(path, size, seed=3, threads=threads), 15)
        for size, threads in ((40, 1), (40, 3), (18, 2))
    )
    assert np.isfinite(one).all()
    assert np.array_equal(one, three) and np.array_equal(one[:, :18], few)
