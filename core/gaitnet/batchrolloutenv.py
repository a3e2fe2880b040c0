"""Whole rollouts with the call names of GaitNet's fork, for training code written for its module `batchrolloutenv`.

The names and shapes are those of 24 November 2025. The policy acts in this process, for all environments at
once; there it is one environment at a time, so that its random numbers are others. New code takes `core.BatchEnv`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .. import _core
from ..errors import CheckpointError, ConfigError
from .batchenv import BatchEnv

HIDDEN = (512, 512, 512)
"""Widths of the fork's policy."""
LOG_DEVIATION, OF_THE_UPPER_BODY = 1.0, 0.5
"""Of its actions at the start; the first LEGS are the legs'."""
LEGS = 18


class BatchRolloutEnv(BatchEnv):
    """`num_envs` environments that take `num_steps` steps by themselves, with the policy that was handed over.

    numa: accepted; threads and memory are placed as BatchEnv does.
    """

    def __init__(
        self, yaml_content: str, num_envs: int, num_steps: int, numa: bool = False
    ) -> None:
        if num_steps < 1:
            raise ConfigError(f"num_steps: {num_steps} given, expected a positive number")
        super().__init__(yaml_content, num_envs)
        self._steps = num_steps
        self._actor: nn.Module | None = None
        self._critic: nn.Module | None = None
        self._deviation = torch.ones(self.action_dim())
        self.reset()

    def reset(self) -> NDArray[np.float32]:
        """Begin an episode everywhere."""
        self._obs = super().reset()
        self._done = np.zeros(self.num_envs(), np.uint8)
        self._return = np.zeros(self.num_envs())
        self._length = np.zeros(self.num_envs(), np.int64)
        return self._obs

    def update_policy_weights(self, state_dict: Mapping[str, Any]) -> None:
        """Act with these weights: actor_mean.0.weight, ..., critic.0.weight, ..., actor_logstd.

        CheckpointError if they do not fit; the old ones then stay.
        """
        state = {name: torch.as_tensor(values).float() for name, values in state_dict.items()}
        if "actor_logstd" not in state or state["actor_logstd"].numel() != self.action_dim():
            raise CheckpointError(f"policy: actor_logstd of {self.action_dim()} numbers expected")
        actor = _network(state, "actor_mean", self.obs_dim(), self.action_dim())
        critic = _network(state, "critic", self.obs_dim(), 1)
        self._actor, self._critic = actor, critic
        self._deviation = state["actor_logstd"].reshape(-1).exp()

    @torch.no_grad()
    def collect_rollout(self) -> dict[str, Any]:
        """Take num_steps steps; arrays of them, row `step * num_envs + environment`, float32 or uint8.

        obs, actions, rewards, values, logprobs; terminations and truncations of the step itself, dones of
        the step before; next_obs and next_done after the last, (num_envs, ...). truncated_final_obs: tuples
        (step, environment, last observation) of the episodes that time alone ended. info: means of the reward's
        terms. avg_episode_return, avg_episode_length, episode_count: of the episodes that ended.
        """
        if self._actor is None:
            self._begin_policy_at_random()
        if self.is_hierarchical() and not self._has_weights:
            self._begin_at_random()
        rows: dict[str, list[NDArray[Any]]] = {}
        final: list[tuple[int, int, NDArray[np.float32]]] = []
        ended: list[tuple[float, int]] = []
        terms: dict[str, float] = {}
        with _core.TorchThreads(1):
            for step in range(self._steps):
                taken = self._act() | self._advance(step, final, ended, terms)
                for name, values in taken.items():
                    rows.setdefault(name, []).append(values)
        returns, lengths = zip(*ended, strict=True) if ended else ((0.0,), (0,))
        return {
            **{name: np.concatenate(values) for name, values in rows.items()},
            "next_obs": self._obs.copy(),
            "next_done": self._done.copy(),
            "info": {name: total / self._steps for name, total in terms.items()},
            "avg_episode_return": float(np.mean(returns)),
            "avg_episode_length": float(np.mean(lengths)),
            "episode_count": len(ended),
            "truncated_final_obs": final,
        }

    def _act(self) -> dict[str, NDArray[Any]]:
        """Sample the next step's actions, by torch's own random numbers."""
        assert self._actor is not None and self._critic is not None
        obs = torch.from_numpy(self._obs)
        chosen = torch.distributions.Normal(self._actor(obs), self._deviation)
        actions = chosen.sample()
        self._actions = actions.numpy()
        return {
            "obs": self._obs,
            "actions": self._actions,
            "values": self._critic(obs).squeeze(-1).numpy(),
            "logprobs": chosen.log_prob(actions).sum(-1).numpy(),
            "dones": self._done,
        }

    def _advance(
        self,
        step: int,
        final: list[tuple[int, int, NDArray[np.float32]]],
        ended: list[tuple[float, int]],
        terms: dict[str, float],
    ) -> dict[str, NDArray[Any]]:
        obs, reward, terminated, truncated = self._env.step(self._actions)
        self._keep_samples()
        for name, values in self._env.reward_terms.items():
            terms[name] = terms.get(name, 0.0) + float(values.mean())
        self._return += reward
        self._length += 1
        done = terminated | truncated
        for index in np.flatnonzero(done):
            ended.append((float(self._return[index]), int(self._length[index])))
            if truncated[index]:
                final.append((step, int(index), self._env.final_observation[index].copy()))
        self._return[done] = 0
        self._length[done] = 0
        self._obs, self._done = obs.copy(), done.astype(np.uint8)
        return {
            "rewards": reward.copy(),
            "terminations": terminated.astype(np.uint8),
            "truncations": truncated.astype(np.uint8),
        }

    def _begin_policy_at_random(self) -> None:
        """Act by a random policy, as theirs does until it is given another."""
        logging.getLogger("muscle_viewer").warning(
            "batchrolloutenv: no policy weights were set, so a random policy acts; "
            "call update_policy_weights(state_dict)"
        )
        log_std = torch.full((self.action_dim(),), LOG_DEVIATION)
        log_std[LEGS:-1] *= OF_THE_UPPER_BODY
        state = {"actor_logstd": log_std}
        for name, outputs, gain in (("actor_mean", self.action_dim(), 0.01), ("critic", 1, 1.0)):
            widths = (self.obs_dim(), *HIDDEN, outputs)
            for k in range(len(widths) - 1):
                weight = torch.empty(widths[k + 1], widths[k])
                last = k == len(widths) - 2
                state[f"{name}.{2 * k}.weight"] = nn.init.orthogonal_(
                    weight, gain if last else 2**0.5
                )
                state[f"{name}.{2 * k}.bias"] = torch.zeros(widths[k + 1])
        self.update_policy_weights(state)

    def num_steps(self) -> int:
        return self._steps

    def obs_size(self) -> int:
        return self.obs_dim()

    def action_size(self) -> int:
        return self.action_dim()

    def numa_enabled(self) -> bool:
        return False

    def num_numa_nodes(self) -> int:
        return 1


def _network(
    state: Mapping[str, torch.Tensor], name: str, inputs: int, outputs: int
) -> nn.Sequential:
    """Linear layers with ReLU between them. CheckpointError names what does not fit."""
    numbers = sorted(
        int(m[1]) for key in state if (m := re.fullmatch(rf"{name}\.(\d+)\.weight", key))
    )
    layers: list[nn.Module] = []
    width = inputs
    for number in numbers:
        weight, bias = state[f"{name}.{number}.weight"], state.get(f"{name}.{number}.bias")
        if (
            weight.dim() != 2
            or weight.shape[1] != width
            or bias is None
            or len(bias) != len(weight)
        ):
            raise CheckpointError(f"policy: {name}.{number}: {width} inputs and a bias expected")
        width = len(weight)
        layer = nn.Linear(weight.shape[1], width)
        layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
        layers += [layer, nn.ReLU()]
    if not layers or width != outputs:
        raise CheckpointError(f"policy: {name}: layers from {inputs} to {outputs} numbers expected")
    return nn.Sequential(*layers[:-1])
