"""muscle_viewer.core.batchrolloutenv: rollouts by the fork's names, as stepping BatchEnv with the same actions gives."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, load_checkpoint
from muscle_viewer.core.batchrolloutenv import BatchRolloutEnv
from muscle_viewer.core.folders import checkpoints_folder
from torch import nn

ENVS, STEPS = 3, 5
SHIPPED = load_checkpoint(checkpoints_folder() / "walk.pt")
TEXT = SHIPPED.config.to_yaml().replace("max_time: 10.0", "max_time: 0.1")


class Agent(nn.Module):
    """As in the fork's scripts, narrower."""

    def __init__(self, observations: int, actions: int) -> None:
        super().__init__()
        self.critic = nn.Sequential(nn.Linear(observations, 8), nn.ReLU(), nn.Linear(8, 1))
        self.actor_mean = nn.Sequential(
            nn.Linear(observations, 8), nn.ReLU(), nn.Linear(8, actions)
        )
        self.actor_logstd = nn.Parameter(torch.full((1, actions), -1.0))


@pytest.fixture
def envs() -> BatchRolloutEnv:
    made = BatchRolloutEnv(TEXT, ENVS, STEPS)
    made.update_muscle_weights(SHIPPED.muscle)
    return made


def by_steps(array: np.ndarray) -> np.ndarray:
    return array.reshape(STEPS, ENVS, *array.shape[1:])


def test_a_rollout_is_what_stepping_with_its_actions_gives(envs: BatchRolloutEnv) -> None:
    agent = Agent(envs.obs_size(), envs.action_size())
    envs.update_policy_weights(agent.state_dict())
    envs.reset()
    ours = BatchEnv(TEXT, ENVS)
    ours.load_muscle_weights(SHIPPED.muscle)
    ours.reset()
    before = np.zeros(ENVS, bool)
    episodes = 0
    obs = ours.reset()  # the second reset, as theirs
    for _ in range(2):
        out = envs.collect_rollout()
        final: list[Any] = []
        for step in range(STEPS):
            assert np.array_equal(by_steps(out["obs"])[step], obs)
            assert np.array_equal(by_steps(out["dones"])[step], before)
            obs, reward, terminated, truncated = ours.step(by_steps(out["actions"])[step])
            assert np.array_equal(by_steps(out["rewards"])[step], reward)
            assert np.array_equal(by_steps(out["terminations"])[step], terminated)
            assert np.array_equal(by_steps(out["truncations"])[step], truncated)
            before = terminated | truncated
            episodes += before.sum()
            final += [
                (step, i, ours.final_observation[i].copy()) for i in np.flatnonzero(truncated)
            ]
        assert np.array_equal(out["next_obs"], obs) and np.array_equal(out["next_done"], before)
        assert [entry[:2] for entry in out["truncated_final_obs"]] == [entry[:2] for entry in final]
        for (*_, seen), (*_, expected) in zip(out["truncated_final_obs"], final, strict=True):
            assert np.array_equal(seen, expected)
        assert out["avg_episode_length"] == 3 and out["episode_count"] > 0
        with torch.no_grad():
            x = torch.from_numpy(out["obs"])
            spread = torch.distributions.Normal(agent.actor_mean(x), agent.actor_logstd.exp())
            wanted = spread.log_prob(torch.from_numpy(out["actions"])).sum(-1)
            np.testing.assert_allclose(out["logprobs"], wanted, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(out["values"], agent.critic(x)[:, 0], rtol=1e-5, atol=1e-6)
    assert episodes == 3 * ENVS  # of 3 steps each, in 10 steps


def test_types_and_muscle_tuples_are_the_forks(envs: BatchRolloutEnv) -> None:
    envs.update_policy_weights(Agent(envs.obs_size(), envs.action_size()).state_dict())
    out = envs.collect_rollout()
    assert out["obs"].shape == (STEPS * ENVS, envs.obs_size()) and out["obs"].dtype == np.float32
    for name in ("dones", "terminations", "truncations"):
        assert out[name].shape == (STEPS * ENVS,) and out[name].dtype == np.uint8
    assert out["next_done"].dtype == np.uint8 and set(out["info"]) >= {"pose"}
    tuples = envs.get_muscle_tuples()
    assert len(tuples) == ENVS and all(len(part) == STEPS for part in tuples[0])
    assert envs.get_muscle_tuples()[0][0] == []
    assert (envs.num_envs(), envs.num_steps()) == (ENVS, STEPS)


def test_without_weights_random_networks_act_and_a_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        out = BatchRolloutEnv(TEXT, 1, 2).collect_rollout()
    assert np.isfinite(out["logprobs"]).all()
    assert [r.message.partition(":")[0] for r in caplog.records] == ["batchrolloutenv", "batchenv"]


def test_weights_that_do_not_fit_are_named_and_the_old_ones_stay(
    envs: BatchRolloutEnv, complaint
) -> None:
    agent = Agent(envs.obs_size(), envs.action_size())
    envs.update_policy_weights(agent.state_dict())
    wrong = Agent(envs.obs_size() + 1, envs.action_size()).state_dict()
    assert "actor_mean.0" in complaint(envs.update_policy_weights, wrong)
    assert "actor_logstd" in complaint(envs.update_policy_weights, {})
    envs.collect_rollout()
    assert "num_steps" in complaint(BatchRolloutEnv, TEXT, 1, 0)
