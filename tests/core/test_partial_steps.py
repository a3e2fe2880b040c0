"""BatchEnv steps and resets a part of its environments: holds, masked resets, steps without auto-reset, own seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from muscle_viewer.core import (
    BatchEnv,
    ConfigError,
    Environment,
    EnvironmentConfig,
    ShapeError,
    StateError,
)
from muscle_viewer.core.configuration import assets_folder, load_config

from .test_batch_env import actions

GAITNET = assets_folder() / "environments" / "walk_gaitnet.yaml"
PUSHED = {"force": (20.0, 60.0), "duration": 0.2, "interval": (0.1, 0.3)}


def weights(env: BatchEnv | Environment) -> dict[str, torch.Tensor]:
    """A random muscle network, the same for every batch."""
    generator = torch.Generator().manual_seed(0)
    info = env.info
    widths = [len(info.muscle_of) + len(info.muscle_driven_dofs), 32, 32, 32]
    widths.append(len(info.muscle_names))
    state = {}
    for k, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        uniform = torch.rand((outputs, inputs), generator=generator)
        state[f"fc.{2 * k}.weight"] = (2 * uniform - 1) * inputs**-0.5
        state[f"fc.{2 * k}.bias"] = torch.full((outputs,), 0.02)
    return state


def make(num_envs: int = 20, device: str = "cpu") -> BatchEnv:
    """A batch with noise and pushes, so that every random number counts; episodes of 6 steps."""
    tree = load_config(GAITNET).model_dump() | {"disturbance": PUSHED, "episode": {"max_time": 0.2}}
    config = EnvironmentConfig.model_validate(tree)
    env = BatchEnv(config, num_envs, seed=3, threads=2, network_device=device)
    env.load_muscle_weights(weights(env))
    return env


def seen(env: BatchEnv) -> dict[str, np.ndarray]:
    """What a batch shows of each environment besides reward and flags, copied."""
    names = [
        "activations",
        "applied_torques",
        "passive_torques",
        "contact_forces",
        "body_positions",
    ]
    return {
        "state": np.concatenate([env.positions, env.velocities, env.phases[:, None]], axis=1),
        "samples": env.muscle_samples.torque.copy(),
        **{name: rows.copy() for name, rows in env.snapshot(names).items()},
    }


@pytest.mark.parametrize("device", ["cpu", "torch-cpu"])
def test_a_held_environment_stays_as_it_is_and_the_others_do_not_notice(device: str) -> None:
    env, free = make(device=device), make(device=device)
    hold = np.zeros(20, bool)
    hold[[0, 3, 17, 19]] = True
    obs = env.reset()
    free.reset()
    for step in range(3):
        env.step(actions(env, step))
        free.step(actions(free, step))
    before, observed = seen(env), obs.copy()
    for step in range(3, 10):  # over the end of the others' episodes
        rows = actions(env, step)
        rows[hold] = np.nan  # is not read
        _, reward, terminated, truncated = env.step(rows, hold=hold)
        assert not reward[hold].any()
        assert not (terminated | truncated)[hold].any()
        assert np.array_equal(obs[hold], observed[hold])
        for name, values in seen(env).items():
            assert np.array_equal(values[hold], before[name][hold]), name
        free_obs, free_reward, *_ = free.step(actions(free, step))
        assert np.array_equal(obs[~hold], free_obs[~hold])
        assert np.array_equal(reward[~hold], free_reward[~hold])


def test_an_environment_goes_on_after_a_hold_as_if_there_had_been_none() -> None:
    """Of what its own random numbers make; which substep is sampled is the group's."""
    env, free = make(), make()
    hold = np.arange(20) % 2 == 0
    env.reset()
    free.reset()
    for step in range(9):
        env.step(actions(env, step), hold=hold)
        env.step(actions(env, step), hold=~hold)
        obs = free.step(actions(free, step))[0]
    assert np.array_equal(env._observation, obs)
    assert np.array_equal(env.positions, free.positions)


def test_a_batch_that_is_held_whole_does_not_move() -> None:
    env = make()
    obs = env.reset()
    env.step(actions(env, 0))
    before, observed = seen(env), obs.copy()
    env.step(actions(env, 1), hold=np.ones(20, bool))
    assert np.array_equal(obs, observed)
    assert all(np.array_equal(values, before[name]) for name, values in seen(env).items())


def test_a_masked_reset_starts_the_episode_that_auto_reset_would_have_started() -> None:
    """Without auto-reset, and with a reset and a hold in its place, every episode is the same bit for bit."""
    env, same_step = make(), make()
    obs = env.reset()
    expected = same_step.reset().copy()
    ended, ends = np.zeros(20, bool), 0
    for step in range(15):
        rows = actions(env, step)
        if ended.any():
            env.reset(mask=ended)
        assert np.array_equal(obs, expected)
        _, reward, terminated, truncated = env.step(rows, auto_reset=False)
        after, free_reward, free_terminated, free_truncated = same_step.step(rows)
        ended = terminated | truncated
        assert np.array_equal(reward, free_reward)
        assert np.array_equal(ended, free_terminated | free_truncated)
        assert np.array_equal(obs[ended], same_step.final_observation[ended])
        assert np.array_equal(obs[~ended], after[~ended])
        expected = after.copy()
        ends += ended.sum()
    assert ends >= 40


def test_a_masked_reset_changes_nothing_of_the_others() -> None:
    env = make()
    obs = env.reset()
    env.step(actions(env, 0))
    before, observed = seen(env), obs.copy()
    mask = np.arange(20) == 4
    env.reset(mask=mask)
    assert not np.array_equal(obs[4], observed[4])
    assert np.array_equal(obs[~mask], observed[~mask])
    for name, values in seen(env).items():
        assert np.array_equal(values[~mask], before[name][~mask]), name


@pytest.mark.parametrize("num_envs", [3, 20])
def test_an_environment_with_a_seed_of_its_own_is_a_single_one_with_that_seed(
    num_envs: int,
) -> None:
    env = make(num_envs)
    seeds = [7, 2**64 - 1, 7, *range(num_envs - 3)]
    first = env.reset(seed=seeds).copy()
    assert np.array_equal(first[0], first[2])
    for index in (0, 1, num_envs - 1):
        single = Environment(env.config, seed=seeds[index])
        single.load_muscle_weights(weights(single))
        assert np.array_equal(single.reset(), first[index])
        env.reset(seed=seeds)
        for step in range(5):
            rows = actions(env, step)
            row, reward, *_ = single.step(rows[index])
            obs, rewards, *_ = env.step(rows)
            assert np.array_equal(obs[index], row)
            assert rewards[index] == np.float32(reward)


def test_a_state_keeps_the_seeds_of_the_environments() -> None:
    env, other = make(), make()
    env.reset(seed=list(range(20)))
    state = env.save_state()
    other.restore_state(state)
    assert other.save_state() == state
    for step in range(8):
        obs = env.step(actions(env, step))[0]
        again = other.step(actions(other, step))[0]
    assert np.array_equal(obs, again)
    other.reset(seed=5)
    assert len(other.save_state()) < len(state)
    with pytest.raises(StateError, match="cut off"):
        env.restore_state(state[:-8])


def test_masks_and_seeds_that_do_not_fit_are_refused_by_name(
    complaint: Callable[..., str],
) -> None:
    env = make(3)
    assert "no episode has begun" in complaint(lambda: env.reset(mask=np.ones(3, bool)))
    env.reset()
    rows = np.zeros((3, env.action_dim), np.float32)
    wrong = np.ones(3, np.int64)
    assert complaint(lambda: env.step(rows, hold=wrong)) == (
        "hold: int64 of shape (3,) given, bool of shape (3,) expected"
    )
    assert "mask: bool of shape (2,)" in complaint(lambda: env.reset(mask=np.ones(2, bool)))
    assert "seed: 2 numbers given, 3 expected" in complaint(lambda: env.reset(seed=[1, 2]))
    assert "seed[1]: -1 given" in complaint(lambda: env.reset(seed=[1, -1, 2]))
    with pytest.raises(ConfigError, match="seed and mask"):
        env.reset(seed=1, mask=np.ones(3, bool))
    with pytest.raises(ShapeError):
        env.seed([1])
