"""torchrl: MuscleTorchEnv, an EnvBase of its own, and a hook of its trainers that trains the muscle network.

Needs the extra `torchrl` of the package.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..extras import library
from .batch import Mode, TrainerBatch
from .muscle_teacher import MuscleTeacher

library("torchrl", "torchrl")

from tensordict import TensorDict, TensorDictBase  # noqa: E402 - after the line that names the extra
from torchrl.data import Binary, Bounded, Composite, Unbounded  # noqa: E402
from torchrl.envs import EnvBase  # noqa: E402
from torchrl.trainers import TrainerHookBase  # noqa: E402

_FLAGS = ("done", "terminated", "truncated")


class MuscleTorchEnv(EnvBase):
    """`num_envs` environments stepped in parallel by the core, as one EnvBase of that batch size.

    Tensors are copies, on the CPU. An ended environment waits for its masked reset, which
    `step_and_maybe_reset`, `rollout` and the collectors do. Further arguments: TrainerBatch.
    """

    def __init__(
        self,
        environment: Any = "walk",
        num_envs: int = 1,
        *,
        action_bound: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(device="cpu", batch_size=torch.Size([num_envs]))
        self.batch = TrainerBatch(
            environment, num_envs, mode=Mode.DISABLED, action_bound=action_bound, **options
        )
        observations, actions = (num_envs, self.batch.obs_dim), (num_envs, self.batch.action_dim)
        self.observation_spec = Composite(
            observation=Unbounded(observations), shape=self.batch_size
        )
        self.action_spec = (
            Unbounded(actions)
            if action_bound is None
            else Bounded(-1, 1, actions, dtype=torch.float32)
        )
        self.reward_spec = Unbounded((num_envs, 1))
        self.done_spec = Composite(
            {name: Binary(1, (num_envs, 1), dtype=torch.bool) for name in _FLAGS},
            shape=self.batch_size,
        )
        self._not_done = torch.zeros(num_envs, 1, dtype=torch.bool)

    def _set_seed(self, seed: int | None) -> None:
        self.batch.env.seed(int(seed or 0))
        self.batch.reset()

    def _reset(self, tensordict: TensorDictBase | None = None, **_: Any) -> TensorDictBase:
        mask = None
        if tensordict is not None and "_reset" in tensordict.keys():
            chosen = tensordict.get("_reset").reshape(self.batch_size).numpy()
            mask = None if chosen.all() else chosen
        return self._begun(self.batch.reset(mask=mask))

    def _begun(self, observation: Any) -> TensorDict:
        flags = {name: self._not_done.clone() for name in _FLAGS}
        return self._made({"observation": torch.from_numpy(observation), **flags})

    def _made(self, entries: dict[str, Any]) -> TensorDict:
        """A TensorDict of tensors that need no checks: those of torchrl cost more than the step's share."""
        return TensorDict._new_unsafe(
            source=entries, batch_size=self.batch_size, device=self.device
        )

    def _step(self, tensordict: TensorDictBase) -> TensorDictBase:
        obs, reward, terminated, truncated = self.batch.step(tensordict.get("action").numpy())
        ends = (terminated | truncated, terminated, truncated)
        flags = {n: torch.from_numpy(f).unsqueeze(-1) for n, f in zip(_FLAGS, ends, strict=True)}
        return self._made(
            {
                "observation": torch.from_numpy(obs),
                "reward": torch.from_numpy(reward).unsqueeze(-1),
                **flags,
            }
        )

    def step_and_maybe_reset(
        self, tensordict: TensorDictBase
    ) -> tuple[TensorDictBase, TensorDictBase]:
        """Step and reset what ended, as EnvBase does, at a tenth of the cost: the keys are known."""
        after = self._step(tensordict)
        tensordict._set_str("next", after, validated=True, inplace=False, non_blocking=False)
        ended = after.get("done").squeeze(-1).numpy()
        if ended.any():
            begun = self._begun(self.batch.reset(mask=np.ascontiguousarray(ended)))
        else:
            flags = {name: self._not_done.clone() for name in _FLAGS}
            begun = self._made({"observation": after.get("observation"), **flags})
        known = {"action", "next", "observation", *_FLAGS}
        for key in tensordict.keys():
            if key not in known:  # what a policy carries on
                begun.set(key, tensordict.get(key))
        return tensordict, begun


class MuscleHook(TrainerHookBase):
    """Lets the muscle network learn after the gradient steps of each batch: `MuscleHook(teacher).register(trainer)`.

    In a loop of one's own over a collector: call `teacher.learn()` once a batch.
    """

    def __init__(self, teacher: MuscleTeacher) -> None:
        self._teacher = teacher

    def __call__(self, batch: TensorDictBase) -> dict[str, Any]:
        report = self._teacher.learn()
        return {"muscle_loss": report.loss, "muscle_torque_error": report.error}

    def register(self, trainer: Any, name: str = "muscles") -> None:
        trainer.register_op("post_steps_log", self)
        trainer.register_module(name, self)

    def state_dict(self) -> dict[str, Any]:
        return self._teacher.learner.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._teacher.load_state_dict(state_dict)
