"""BatchEnv by the ancestors' call names, for training code written against their module `batchenv`.

It keeps their behaviour where it differs from `core.BatchEnv`. `done` is one flag, terminated or
truncated. The observation that comes with it is the ended episode's last; the next episode begins
with the step after, whose action was chosen from that last observation: neither of Gymnasium's
modes of auto-reset. `step` copies what it returns. New code takes `core.BatchEnv`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from .batch_env import BatchEnv as _BatchEnv


class BatchEnv:
    """`num_envs` environments of an environment YAML's text; as few arguments as its ancestors."""

    def __init__(self, yaml_content: str, num_envs: int) -> None:
        self._env = _BatchEnv(yaml_content, num_envs)

    def reset(self) -> NDArray[np.float32]:
        """Begin an episode everywhere; observations, shape (num_envs, obs_dim)."""
        return self._env.reset().copy()

    def step(
        self, actions: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
        """One control step of actions (num_envs, action_dim): (observations, rewards, dones).

        Shapes (num_envs, obs_dim), (num_envs,), (num_envs,); dones are 0 or 1.
        """
        obs, reward, terminated, truncated = self._env.step(actions)
        done = terminated | truncated
        seen = np.where(done[:, None], self._env.final_observation, obs)
        return seen, reward.copy(), done.astype(np.uint8)

    def setMuscleNetworkWeight(self, state_dict: Mapping[str, torch.Tensor]) -> None:
        """Infer activations with these weights from the next step on."""
        self._env.load_muscle_weights(state_dict)

    def num_envs(self) -> int:
        return self._env.num_envs

    def obs_dim(self) -> int:
        return self._env.obs_dim

    def action_dim(self) -> int:
        return self._env.action_dim
