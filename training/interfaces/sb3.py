"""Stable-Baselines3: MuscleVecEnv, many environments in one batch, and a callback that trains the muscle network.

Needs the extra `sb3` of the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from muscle_viewer.core import ConfigError
from numpy.typing import NDArray

from ..extras import library
from .batch import TrainerBatch
from .gymnasium import EnvironmentView, action_box, checked_render_mode, observation_box
from .muscle_teacher import MuscleTeacher
from .render import BatchRenderer

library("stable_baselines3", "sb3")

from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402 - after the line that names the extra
from stable_baselines3.common.vec_env.base_vec_env import VecEnv, tile_images  # noqa: E402

DEFAULT_BOUND = 10.0
"""SB3 wants bounded actions. Those of the walk that ships reach 9.7."""


class MuscleVecEnv(VecEnv):
    """`num_envs` environments stepped in parallel by the core, as one VecEnv.

    action_bound: an action of 1 or -1, the bounds that SB3 clips at, is this many units of the
    environment's. What `reset` and `step` return are copies. `infos` of an ended environment has
    `terminal_observation` and `TimeLimit.truncated`. Further arguments: TrainerBatch.
    """

    def __init__(
        self,
        environment: Any = "walk",
        num_envs: int = 1,
        *,
        action_bound: float = DEFAULT_BOUND,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if action_bound is None:
            raise ConfigError("action_bound: None given; Stable-Baselines3 needs bounded actions")
        self.batch = TrainerBatch(environment, num_envs, action_bound=action_bound, **options)
        self.render_mode = checked_render_mode(render_mode)
        control_hz = self.batch.env.config.simulation.control_hz
        self.metadata = {"render_modes": ["rgb_array", "human"], "render_fps": control_hz}
        self._views = [
            EnvironmentView(self.batch, index, self.render_mode) for index in range(num_envs)
        ]
        self._renderer = BatchRenderer(self.batch.env)
        self._actions: NDArray[np.floating] = np.zeros((num_envs, self.batch.action_dim))
        super().__init__(num_envs, observation_box(self.batch), action_box(self.batch))

    def reset(self) -> NDArray[np.float32]:
        seeds = None if None in self._seeds else [int(s) for s in self._seeds if s is not None]
        self.reset_infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        obs = self.batch.reset(seeds)
        self._reset_seeds()
        self._reset_options()
        return obs

    def step_async(self, actions: NDArray[np.floating]) -> None:
        self._actions = actions

    def step_wait(self) -> tuple[Any, ...]:
        obs, reward, terminated, truncated = self.batch.step(self._actions)
        dones = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for index in np.flatnonzero(dones):
            infos[index] = {
                "terminal_observation": self.batch.final_observation[index].copy(),
                "TimeLimit.truncated": bool(truncated[index]),
            }
        return obs, reward, dones, infos

    def close(self) -> None:
        self._renderer.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Pictures of all environments, each (height, width, 3)."""
        mode = self.render_mode or "rgb_array"
        return [self._renderer.picture(i, mode) for i in range(self.num_envs)]

    def render(self, mode: str | None = None) -> NDArray[np.uint8] | None:
        """One picture of all environments as tiles, or None and a window of the first (human)."""
        wanted = mode or self.render_mode
        if wanted is None:
            return None
        if wanted == "human":
            self._renderer.picture(0, "human")
            return None
        return tile_images([picture for picture in self.get_images() if picture is not None])

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [getattr(view, attr_name) for view in self._chosen(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        for view in self._chosen(indices):
            setattr(view, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        return [
            getattr(view, method_name)(*method_args, **method_kwargs)
            for view in self._chosen(indices)
        ]

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        return [False for _ in self._chosen(indices)]

    def _chosen(self, indices: Any) -> Iterable[EnvironmentView]:
        return [self._views[index] for index in self._get_indices(indices)]


class MuscleCallback(BaseCallback):
    """Trains the muscle network beside the policy: once a rollout, on the samples of its steps."""

    def __init__(self, teacher: MuscleTeacher) -> None:
        super().__init__()
        self._teacher = teacher

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        report = self._teacher.learn()
        self.logger.record("muscle/loss", report.loss)
        self.logger.record("muscle/torque_error", report.error)
