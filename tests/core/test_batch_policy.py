"""The policy on the batch's threads: torch's actions, whatever the instruction set, batch and threads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import (
    BatchEnv,
    CheckpointError,
    ConfigError,
    Policy,
    ShapeError,
    StateError,
    _core,
)
from muscle_viewer.core.batch_env import Floats
from muscle_viewer.core.policy import Form


def policy_for(
    env: BatchEnv, hidden: tuple[int, ...] = (48, 33), form: Form | None = None
) -> Policy:
    torch.manual_seed(0)
    given = None if form is None else torch.tensor(form)
    policy = Policy(env.obs_dim, env.action_dim, hidden, -0.7, given)
    policy.observe(torch.randn(64, env.obs_dim) * 3 + 1)
    with torch.no_grad():
        policy.log_std += torch.randn(env.action_dim)
    return policy


def rows_for(env: BatchEnv) -> tuple[Floats, Floats]:
    random = np.random.default_rng(2)
    observations = random.normal(size=(env.num_envs, env.obs_dim)) * 9  # some beyond the bound
    return observations.astype(np.float32), random.normal(
        size=(env.num_envs, env.action_dim)
    ).astype(np.float32)


def exact(policy: Policy, observations: Floats) -> torch.Tensor:
    """Mean actions in float64."""
    wide = Policy.from_state_dict(policy.state_dict()).double()
    rows = torch.from_numpy(observations).double()
    scaled = (rows - wide.obs_mean) / (wide.obs_var + 1e-6).sqrt()
    return wide.actor(scaled.clamp(-5, 5)).detach()


@pytest.mark.parametrize("hidden", [(48, 33), (7,), (256, 256)])
def test_actions_are_torch_s_with_every_instruction_set(
    small_environment: Path, hidden: tuple[int, ...]
) -> None:
    env = BatchEnv(small_environment, num_envs=21, threads=1)
    policy, (observations, noise) = policy_for(env, hidden), rows_for(env)
    mean = exact(policy, observations).numpy()
    deviations = policy.log_std.exp().detach().numpy()
    for instruction_set in _core.instruction_sets():
        env._env.set_policy(policy.network(instruction_set))
        np.testing.assert_allclose(env.act(observations), mean, atol=2e-6)
        noisy = mean + noise * deviations
        np.testing.assert_allclose(env.act(observations, noise), noisy, atol=6e-6)


def test_an_action_depends_on_its_own_row_alone_bit_for_bit(small_environment: Path) -> None:
    whole = BatchEnv(small_environment, num_envs=70, threads=1)
    policy, (observations, noise) = policy_for(whole), rows_for(whole)
    whole.load_policy(policy)
    expected = whole.act(observations, noise)
    for count, threads in ((1, 1), (5, 1), (16, 1), (33, 2), (70, 3)):
        env = BatchEnv(small_environment, num_envs=count, threads=threads)
        env.load_policy(policy)
        np.testing.assert_array_equal(
            env.act(observations[:count], noise[:count]), expected[:count]
        )
    observations[3] = np.nan
    spoilt = whole.act(observations, noise)
    assert np.isnan(spoilt[3]).all()
    np.testing.assert_array_equal(np.delete(spoilt, 3, 0), np.delete(expected, 3, 0))


def test_the_policy_is_a_copy(small_environment: Path) -> None:
    env = BatchEnv(small_environment, num_envs=4, threads=1)
    policy, (observations, _) = policy_for(env), rows_for(env)
    env.load_policy(policy)
    before = env.act(observations)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter += 1
    np.testing.assert_array_equal(env.act(observations), before)


def test_what_does_not_fit_is_refused(small_environment: Path) -> None:
    env = BatchEnv(small_environment, num_envs=4, threads=1)
    policy, (observations, noise) = policy_for(env), rows_for(env)
    with pytest.raises(StateError, match=r"act\(\): load_policy\(\) has not been called"):
        env.act(observations)
    with pytest.raises(CheckpointError, match=f"policy: has 3 observations and {env.action_dim}"):
        env.load_policy(Policy(3, env.action_dim))
    with pytest.raises(ConfigError, match="policy: has the form of another program"):
        env.load_policy(policy_for(env, form=Form(activation=1)))
    with pytest.raises(ValueError, match="are not those of the environments"):
        env._env.set_policy(Policy(3, 2, (4,)).network(_core.instruction_sets()[0]))
    env.load_policy(policy)
    with pytest.raises(ShapeError, match=r"observations: shape \(3, .*\(4, .* expected"):
        env.act(observations[:3])
    with pytest.raises(ShapeError, match="noise: shape"):
        env.act(observations, noise[:, 1:])
