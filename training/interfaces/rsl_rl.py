"""rsl_rl: MuscleVecEnv for its runners. Needs the extra `rsl-rl` of the package."""

from __future__ import annotations

from typing import Any

import torch

from ..extras import library
from .batch import TrainerBatch
from .muscle_teacher import MuscleTeacher

library("rsl_rl", "rsl-rl")

from rsl_rl.env import VecEnv  # noqa: E402 - after the line that names the extra
from tensordict import TensorDict  # noqa: E402

GROUP = "policy"
"""Name of the observation group."""


class MuscleVecEnv(VecEnv):
    """`num_envs` environments stepped in parallel by the core, as rsl_rl's VecEnv.

    device: of the tensors that the runner gets; the environments are on the CPU. They are copies.
    `extras["time_outs"]` are the truncated. `episode_length_buf` counts; to set it changes no
    episode's end. Further arguments: TrainerBatch.
    """

    def __init__(
        self,
        environment: Any = "walk",
        num_envs: int = 1,
        *,
        device: torch.device | str = "cpu",
        **options: Any,
    ) -> None:
        self.batch = TrainerBatch(environment, num_envs, **options)
        self.num_envs = num_envs
        self.num_actions = self.batch.action_dim
        self.max_episode_length = self.batch.max_episode_steps
        self.device = torch.device(device)
        self.cfg = {"environment": self.batch.env.config.to_yaml()}
        self.episode_length_buf = torch.zeros(num_envs, dtype=torch.long, device=self.device)
        self._obs = self._tensor(self.batch.reset())

    def _tensor(self, values: Any) -> torch.Tensor:
        return torch.from_numpy(values).to(self.device)

    def _group(self) -> TensorDict:
        return TensorDict({GROUP: self._obs}, [self.num_envs], self.device)

    def get_observations(self) -> TensorDict:
        return self._group()

    def reset(self) -> tuple[TensorDict, dict[str, Any]]:
        """Start an episode in every environment."""
        self._obs = self._tensor(self.batch.reset())
        self.episode_length_buf.zero_()
        return self._group(), {}

    def step(
        self, actions: torch.Tensor
    ) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        step = self.batch.step(actions.detach().cpu().numpy())
        self._obs = self._tensor(step.observation)
        dones = self._tensor(step.terminated | step.truncated)
        self.episode_length_buf += 1
        self.episode_length_buf[dones] = 0
        extras = {"time_outs": self._tensor(step.truncated)}
        return self._group(), self._tensor(step.reward), dones.long(), extras


def teach_muscles(runner: Any, teacher: MuscleTeacher) -> None:
    """Let the muscle network learn after each update of an rsl_rl runner; its figures stand among the losses."""
    update = runner.alg.update

    def update_both(*arguments: Any, **named: Any) -> dict[str, float]:
        losses = dict(update(*arguments, **named))
        report = teacher.learn()
        return {**losses, "muscle": report.loss, "muscle_torque_error": report.error}

    runner.alg.update = update_both
