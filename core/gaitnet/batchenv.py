"""BatchEnv with the call names of GaitNet's fork, for training code written for its module `batchenv`.

It keeps their behaviour where it differs from `core.BatchEnv`. `done` is one flag, terminated or
truncated. The observation that comes with it is the ended episode's last; the next episode begins
with the step after, whose action was chosen from that last observation: neither of Gymnasium's
modes of auto-reset. `step` copies what it returns. New code takes `core.BatchEnv`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from ..batch_env import BatchEnv as _BatchEnv

Floats = NDArray[np.float32]
HIDDEN = (256, 256, 256)
"""Widths of the fork's muscle network."""
MOST_STEPS = 4096
"""Steps whose tuples are kept for those who do not fetch them."""


def random_weights(inputs: int, muscles: int, seed: int = 0) -> dict[str, torch.Tensor]:
    """A muscle network as the GaitNets' training begins with: uniform as of Glorot, without biases."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for k, (a, b) in enumerate(pairwise((inputs, *HIDDEN, muscles))):
        bound = (6.0 / (a + b)) ** 0.5
        weights[f"fc.{2 * k}.weight"] = bound * (2 * torch.rand(b, a, generator=generator) - 1)
        weights[f"fc.{2 * k}.bias"] = torch.zeros(b)
    return weights


class BatchEnv:
    """`num_envs` environments of an environment YAML's text; with as few arguments as in GaitNet's fork."""

    def __init__(self, yaml_content: str, num_envs: int) -> None:
        self._env = _BatchEnv(yaml_content, num_envs)
        self._has_weights = False
        self._samples: deque[tuple[Floats, Floats]] = deque(maxlen=MOST_STEPS)

    def reset(self) -> Floats:
        """Begin an episode everywhere; observations, shape (num_envs, obs_dim)."""
        return self._env.reset().copy()

    def step(self, actions: NDArray[np.floating]) -> tuple[Floats, Floats, NDArray[np.uint8]]:
        """One control step of actions (num_envs, action_dim): (observations, rewards, dones).

        Shapes (num_envs, obs_dim), (num_envs,), (num_envs,); dones are 0 or 1.
        """
        if self.is_hierarchical() and not self._has_weights:
            self._begin_at_random()
        obs, reward, terminated, truncated = self._env.step(actions)
        self._keep_samples()
        done = terminated | truncated
        seen = np.where(done[:, None], self._env.final_observation, obs)
        return seen, reward.copy(), done.astype(np.uint8)

    def _keep_samples(self) -> None:
        if self.is_hierarchical():
            samples = self._env.muscle_samples
            self._samples.append((samples.jta.copy(), samples.torque.copy()))

    def setMuscleNetworkWeight(self, state_dict: Mapping[str, torch.Tensor]) -> None:
        """Infer activations with these weights from the next step on."""
        self._env.load_muscle_weights(state_dict)
        self._has_weights = True

    def _begin_at_random(self) -> None:
        """Infer with random weights, as theirs does until it is given others."""
        logging.getLogger("muscle_viewer").warning(
            "batchenv: no muscle weights were set, so the network acts with random ones; "
            "call setMuscleNetworkWeight(state_dict)"
        )
        self.setMuscleNetworkWeight(random_weights(self._env.network_inputs, self._env.num_muscles))

    def update_muscle_weights(self, state_dict: Mapping[str, torch.Tensor]) -> None:
        """The same by its other name."""
        self.setMuscleNetworkWeight(state_dict)

    def get_muscle_tuples(self) -> list[list[list[Floats]]]:
        """What the muscle network learns from, one sample a step since the last call.

        Of each environment [wanted torques (D,), torques at full activation that the network is
        told (R,), all of them (D, M)], each a list over steps, N m. Empty without a network.
        """
        if not self.is_hierarchical():
            return []
        env = self._env
        taken = list(self._samples)
        self._samples.clear()
        out = []
        for index in range(env.num_envs):
            full = []
            for jta, _ in taken:
                matrix = np.zeros((env.num_joint_dofs, env.num_muscles), np.float32)
                matrix[env.muscle_dofs, env.muscle_of] = jta[index]
                full.append(matrix)
            wanted = [torque[index] for _, torque in taken]
            out.append([wanted, [jta[index, env.network_entries] for jta, _ in taken], full])
        return out

    def num_envs(self) -> int:
        return self._env.num_envs

    def obs_dim(self) -> int:
        return self._env.obs_dim

    def action_dim(self) -> int:
        return self._env.action_dim

    def is_hierarchical(self) -> bool:
        """Whether a muscle network stands between the policy and the muscles."""
        return self._env.config.infers

    def use_cascading(self) -> bool:
        """Whether several networks add up; environments of one policy have none."""
        return False

    def getNumActuatorAction(self) -> int:
        """Actions without the phase's."""
        return self._env.action_dim - (1 if self._env.config.action.phase else 0)

    def getNumMuscles(self) -> int:
        return self._env.num_muscles

    def getNumMuscleDof(self) -> int:
        """Torques at full activation that the muscle network is told: R."""
        return len(self._env.network_entries)
