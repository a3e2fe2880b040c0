"""Actions that are interpolated: the target does not jump where a control step begins, and arrives where it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, Environment, EnvironmentConfig, StateError
from muscle_viewer.core.configuration import assets_folder, load_config

from .test_actions import ENGINES

WALK = assets_folder() / "environments" / "walk.yaml"
SUBSTEPS = 16


def config(interpolation: str, engine: str = "lanes", **action: Any) -> EnvironmentConfig:
    """The walk under stable PD."""
    tree = yaml.safe_load(load_config(WALK).to_yaml()) | {"actuator": "pd", "engine": engine}
    tree["reset"]["random_phase"] = False
    tree["action"] |= {"interpolation": interpolation, **action}
    return load_config(yaml.safe_dump(tree))


def walker(interpolation: str, engine: str = "lanes", **action: Any) -> Environment:
    environment = Environment(config(interpolation, engine, **action), seed=1)
    environment.reset()
    return environment


def drawn(environment: Environment, steps: int) -> np.ndarray:
    """(steps, actions), small enough to keep walking for a while."""
    rng = np.random.default_rng(2)
    return rng.normal(0, 0.3, (steps, environment.action_dim)).astype(np.float32)


def targets(environment: Environment, actions: np.ndarray) -> np.ndarray:
    """The target's joints at the end of each step."""
    found = []
    for action in actions:
        environment.step(action)
        found.append(environment.frame().target_positions[6:].copy())
    return np.array(found)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rotation", ["multiplied", "added"])
def test_a_step_ends_where_its_action_sets_the_held_target(rotation: str, engine: str) -> None:
    made = [
        walker(kind, engine, target="held", rotation=rotation, phase=False)
        for kind in ("none", "linear")
    ]
    stepped, interpolated = (targets(environment, drawn(environment, 4)) for environment in made)
    np.testing.assert_allclose(interpolated, stepped, atol=2e-6)


def test_the_moving_target_ends_a_step_on_the_reference() -> None:
    errors = {}
    for kind in ("none", "linear"):
        environment = walker(kind)
        gaps = []
        for _ in range(20):
            environment.step(np.zeros(environment.action_dim, np.float32))
            frame = environment.frame()
            gaps.append(np.abs(frame.target_positions - frame.reference_positions)[6:])
        errors[kind] = np.array(gaps)
    assert errors["linear"].max() < 0.03  # by what the acceleration changes in a step
    assert errors["linear"].mean() < 0.25 * errors["none"].mean()  # by the acceleration


@pytest.mark.parametrize("engine", ENGINES)
def test_desired_torques_do_not_jump_where_a_step_begins(engine: str) -> None:
    jumps = {}
    for kind in ("none", "linear"):
        environment = walker(kind, engine)
        environment.keep_substeps()
        torques = []
        for action in drawn(environment, 12):
            environment.step(action)
            torques.append(environment.substeps()["applied_torques"][:, 6:])
        change = np.abs(np.diff(np.concatenate(torques), axis=0)).mean(axis=1)[SUBSTEPS:]
        first = (np.arange(len(change)) + 1) % SUBSTEPS == 0
        jumps[kind] = change[first].mean() / change[~first].mean()
    assert jumps["none"] > 4
    assert jumps["linear"] < 2


def test_an_episode_begins_without_the_last_ones_offset() -> None:
    environment = walker("linear")
    fresh = targets(environment, drawn(environment, 2))
    environment.reset()
    np.testing.assert_array_equal(targets(environment, drawn(environment, 2)), fresh)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_saved_state_goes_on_bit_for_bit(engine: str) -> None:
    environment = walker("linear", engine)
    actions = drawn(environment, 8)
    targets(environment, actions[:4])
    state = environment.save_state()
    following = targets(environment, actions[4:])
    other = walker("linear", engine)
    other.restore_state(state)
    np.testing.assert_array_equal(targets(other, actions[4:]), following)
    with pytest.raises(StateError, match="interpolation"):
        walker("none", engine).restore_state(state)


def test_a_held_environment_keeps_its_offset() -> None:
    batch = BatchEnv(config("linear"), num_envs=3, seed=1)
    alone = BatchEnv(config("linear"), num_envs=3, seed=1)
    rows = np.random.default_rng(2).normal(0, 0.3, (4, 3, batch.action_dim)).astype(np.float32)
    for env in (batch, alone):
        env.reset()
        env.step(rows[0])
    batch.step(rows[1], hold=np.array([False, True, False]))
    batch.step(rows[2])
    alone.step(rows[2])
    np.testing.assert_array_equal(batch.positions[1], alone.positions[1])
    assert not np.array_equal(batch.positions[0], alone.positions[0])
