"""Numbers and arrays that callers give to environments: wrong ones are named, nothing is stepped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import (
    BatchEnv,
    ConfigError,
    Environment,
    Policy,
    ShapeError,
    load_checkpoint,
    load_config,
)
from muscle_viewer.core.configuration import checkpoints_folder

Complaint = Callable[..., str]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ({"num_envs": 0}, ["num_envs: 0 given", "1 to "]),
        ({"num_envs": -3}, ["num_envs: -3 given"]),
        ({"num_envs": 10**12}, ["num_envs: 1000000000000 given"]),
        ({"num_envs": 1.5}, ["num_envs: 1.5 given, expected a whole number"]),
        ({"num_envs": None}, ["num_envs: None given, expected a whole number"]),
        ({"num_envs": 1, "threads": 0}, ["threads: 0 given"]),
        ({"num_envs": 1, "threads": 10**12}, ["threads: 1000000000000 given"]),
        ({"num_envs": 1, "seed": -1}, ["seed: -1 given, expected 0 to "]),
        ({"num_envs": 1, "seed": 2**64}, [f"seed: {2**64} given"]),
    ],
)
def test_numbers_out_of_range_are_refused_by_name(
    arguments: dict[str, Any], parts: list[str], small_environment: Path, complaint: Complaint
) -> None:
    line = complaint(lambda: BatchEnv(small_environment, **arguments))
    for part in parts:
        assert part in line


def test_integers_of_numpy_are_numbers_too(small_environment: Path) -> None:
    assert BatchEnv(small_environment, np.int64(3), seed=np.uint8(1)).num_envs == 3  # type: ignore[arg-type]


def test_the_greatest_seed_is_a_seed(small_environment: Path) -> None:
    ours, theirs = (BatchEnv(small_environment, 1, seed=s) for s in (2**64 - 1, 0))
    theirs.seed(2**64 - 1)
    assert np.array_equal(ours.reset(), theirs.reset())


def test_a_seed_is_checked_wherever_it_is_given(
    small_environment: Path, complaint: Complaint
) -> None:
    env = Environment(small_environment)
    assert "seed: -1 given" in complaint(env.reset, -1)
    assert "seed: -1 given" in complaint(BatchEnv(small_environment, 1).reset, -1)
    assert "seed: -1 given" in complaint(lambda: Environment(small_environment, seed=-1))
    assert env.reset(0).shape == (env.obs_dim,)


@pytest.fixture(scope="module")
def walker() -> tuple[Environment, Policy]:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    env = Environment(load_config(checkpoint.config))
    return env, checkpoint.load_into(env)


@pytest.mark.parametrize(
    ("rows", "dtype", "part"),
    [
        ((1, 49), "f4", "action: shape (1, 49) given, (49,) expected"),
        ((48,), "f4", "action: shape (48,) given, (49,) expected"),
        ((), "f4", "action: shape () given"),
        ((49,), "i8", "action: dtype int64 given, float32 expected"),
        ((49,), "?", "action: dtype bool given, float32 expected"),
        ((49,), "c8", "action: dtype complex64 given, float32 expected"),
        ((49,), "O", "action: dtype object given, float32 expected"),
        ((49,), "U3", "action: dtype <U3 given, float32 expected"),
    ],
)
def test_a_wrong_action_is_named_and_nothing_moves(
    walker: tuple[Environment, Policy],
    rows: tuple[int, ...],
    dtype: str,
    part: str,
    complaint: Complaint,
) -> None:
    env, _ = walker
    env.reset()
    before = env.save_state()
    assert part in complaint(env.step, np.zeros(rows, dtype=dtype))
    assert env.save_state() == before


def test_actions_of_other_precisions_are_rounded(walker: tuple[Environment, Policy]) -> None:
    env, policy = walker
    action = policy.act(env.reset())
    start = env.save_state()
    first = env.step(action)[0].copy()
    env.restore_state(start)
    assert np.array_equal(env.step(action.astype(np.float64))[0], first)


def test_forces_on_bodies_that_do_not_exist_are_refused(walker: tuple[Environment, Policy]) -> None:
    env, _ = walker
    for body in (-1, len(env.info.body_names)):
        with pytest.raises(IndexError, match=f"body {body} does not exist"):
            env.set_external_force(body, np.zeros(3), np.zeros(3))


def test_the_errors_have_their_kinds(small_environment: Path) -> None:
    with pytest.raises(ConfigError):
        BatchEnv(small_environment, 0)
    env = BatchEnv(small_environment, 2)
    with pytest.raises(ShapeError):
        env.step(np.zeros((2, env.action_dim), dtype=np.int64))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_states_and_forces_that_are_not_finite_are_named_and_change_nothing(
    walker: tuple[Environment, Policy], value: float, complaint: Complaint
) -> None:
    env, _ = walker
    env.reset()
    before, dofs = env.save_state(), env.info.dof_names
    wrong, zeros, none = np.full(len(dofs), value), np.zeros(len(dofs)), np.zeros(3)
    batch = BatchEnv(env.config, 1)
    batch.reset()
    for call, name in (
        (lambda: env.set_state(wrong, zeros), "positions"),
        (lambda: env.set_state(zeros, wrong), "velocities"),
        (lambda: env.set_external_force(0, wrong[:3], none), "force"),
        (lambda: env.add_external_force(0, none, wrong[:3]), "point"),
        (lambda: batch.set_state(0, wrong, zeros), "positions"),
        (lambda: batch.set_external_force(0, 0, wrong[:3], none), "force"),
    ):
        assert f"{name}: holds a number that is not finite" in complaint(call)
    assert env.save_state() == before


def test_excitations_are_limited_to_those_of_muscles(walker: tuple[Environment, Policy]) -> None:
    env, _ = walker
    env.reset()
    values = np.full(env.info.max_isometric_force.shape, np.nan)
    values[:3] = [np.inf, -2.0, 0.4]
    env.override_excitations(values)
    env.step(np.zeros(env.action_dim, np.float32))
    env.override_excitations(None)
    np.testing.assert_allclose(env.frame().excitations[:3], [1, 0, 0.4], atol=1e-6)
    env.restore_state(env.save_state())
