"""Actions that are not finite end their environment, whatever they drive and whichever engine moves it."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, Environment, load_config

from .test_batch_env import weights

ACTUATORS = ["muscle", "mass", "activation", "pd", "torque"]
ENGINES = [
    "lanes",
    pytest.param(
        "dart",
        marks=pytest.mark.skipif(
            find_spec("muscle_viewer.core._dart") is None, reason="this build has no DART engine"
        ),
    ),
]
NOT_FINITE = [np.nan, np.inf, -np.inf]


def make(path: Path, actuator: str, engine: str, num_envs: int = 3) -> BatchEnv:
    tree = yaml.safe_load(path.read_text()) | {"actuator": actuator, "engine": engine}
    (path.parent / "driven.yaml").write_text(yaml.safe_dump(tree))
    config = load_config(path.parent / "driven.yaml")
    env = BatchEnv(config, num_envs=num_envs, seed=1)
    if config.infers:
        env.load_muscle_weights(weights(env))
    env.reset()
    return env


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("actuator", ACTUATORS)
def test_any_number_of_an_action_that_is_not_finite_ends_its_environment_with_reward_0(
    small_environment: Path, actuator: str, engine: str
) -> None:
    clean, poisoned = (make(small_environment, actuator, engine) for _ in range(2))
    assert clean.action_dim > 2  # the last one drives the phase
    for k in range(clean.action_dim):
        rows = np.full((3, clean.action_dim), 0.1, np.float32)
        wanted = clean.step(rows)
        rows[1, k] = NOT_FINITE[k % 3]
        observation, reward, terminated, _ = poisoned.step(rows)
        assert terminated.tolist() == [False, True, False]
        assert reward[1] == 0
        assert poisoned.frame(1).diverged or poisoned.frame(1).time == 0  # a new episode
        assert np.isfinite(observation).all()
        assert np.isfinite(poisoned.final_observation[1]).all()
        assert np.isfinite(poisoned.mean_activations).all()
        for a, b in zip(wanted, (observation, reward), strict=False):
            assert np.array_equal(a[[0, 2]], b[[0, 2]])


def test_an_environment_by_itself_says_that_it_diverged_and_goes_on_after_a_reset(
    small_environment: Path,
) -> None:
    environment = Environment(load_config(small_environment), seed=1)
    environment.load_muscle_weights(weights(environment))
    environment.reset()
    action = np.zeros(environment.action_dim, np.float32)
    action[-1] = np.nan
    observation, reward, terminated, truncated = environment.step(action)
    assert (reward, terminated, truncated) == (0, True, False)
    assert environment.frame().diverged
    assert np.isfinite(observation).all()
    environment.reset()
    assert not environment.step(np.zeros_like(action))[2]
    assert not environment.frame().diverged
