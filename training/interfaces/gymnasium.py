"""gymnasium: MuscleVectorEnv, many environments in one batch, and MuscleEnv, a single one.

    envs = gymnasium.make_vec("muscle_viewer/Walk-v0", num_envs=64)

skrl, RLlib and CleanRL take the same. Needs the extra `gymnasium` of the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from muscle_viewer.core import BatchEnv, ConfigError
from numpy.typing import NDArray

from ..extras import library
from .batch import Mode, TrainerBatch
from .render import BatchRenderer

library("gymnasium", "gymnasium")

import gymnasium as gym  # noqa: E402 - after the line that names the extra

RENDER_MODES = ["rgb_array", "human"]


def action_box(batch: TrainerBatch) -> gym.spaces.Box:
    """[-1, 1] where actions are scaled by a bound, else without bounds."""
    bound = np.float32(np.inf if batch.action_bound is None else 1)
    return gym.spaces.Box(-bound, bound, (batch.action_dim,), np.float32)


def observation_box(batch: TrainerBatch) -> gym.spaces.Box:
    return gym.spaces.Box(-np.inf, np.inf, (batch.obs_dim,), np.float32)


class MuscleVectorEnv(gym.vector.VectorEnv):
    """`num_envs` environments stepped in parallel by the core, as one gymnasium VectorEnv.

    autoreset_mode: one of gymnasium's AutoresetMode, or its name or value. NEXT_STEP, gymnasium's own
    default, suits all of its wrappers and RLlib; torchrl's GymWrapper wants SAME_STEP.
    A seed s gives environment i the seed s + i, as gymnasium's own vector environments do: the
    episodes are those of MuscleEnv with that seed. `reset(options={"reset_mask": mask})` starts
    episodes in a part of them. In SAME_STEP `info` has `final_obs` and `final_info` for the ended.
    What `reset` and `step` return are copies. Further arguments: TrainerBatch.
    """

    def __init__(
        self,
        environment: Any = "walk",
        num_envs: int = 1,
        *,
        autoreset_mode: Any = "NextStep",
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        mode = _mode(autoreset_mode)
        # RLlib lays its own settings into the arguments.
        options.pop("max_episode_steps", None)
        self.batch = TrainerBatch(environment, num_envs, mode=mode, **options)
        self.num_envs = num_envs
        self.autoreset_mode = gym.vector.AutoresetMode(mode.value)
        self.metadata = {
            "autoreset_mode": self.autoreset_mode,
            "render_modes": RENDER_MODES,
            "render_fps": self.batch.env.config.simulation.control_hz,
        }
        self.render_mode = checked_render_mode(render_mode)
        self.single_observation_space = observation_box(self.batch)
        self.single_action_space = action_box(self.batch)
        self.observation_space = gym.vector.utils.batch_space(
            self.single_observation_space, num_envs
        )
        self.action_space = gym.vector.utils.batch_space(self.single_action_space, num_envs)
        self._renderer = BatchRenderer(self.batch.env)
        self._views = [
            EnvironmentView(self.batch, index, self.render_mode) for index in range(num_envs)
        ]

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        mask = (options or {}).get("reset_mask")
        if mask is not None:
            mask = np.asarray(mask, np.bool_)
        if seed is None:
            return self.batch.reset(mask=mask), self._parameters()
        if isinstance(seed, (int, np.integer)):
            seeds = [int(seed) + k for k in range(self.num_envs)]
        else:
            seeds = list(seed)
            if any(one is None for one in seeds):
                raise ConfigError("seed: None among the seeds; every environment needs a number")
        super().reset(seed=int(seeds[0]))
        return self.batch.reset(seeds, mask), self._parameters()

    def _parameters(self) -> dict[str, Any]:
        """Values of the present episodes' parameters, (num_envs, P), as gymnasium's infos; nothing without any."""
        if not self.batch.env.parameter_info:
            return {}
        every = np.ones(self.num_envs, bool)
        return {"parameters": self.batch.env.parameters.copy(), "_parameters": every}

    def step(self, actions: NDArray[np.floating]) -> tuple[Any, ...]:
        same_step = self.batch.mode is Mode.SAME_STEP
        of_these_episodes = self._parameters() if same_step else {}
        obs, reward, terminated, truncated = self.batch.step(actions)
        info = self._parameters()
        if same_step:
            ended = terminated | truncated
            if ended.any():
                info |= self._final(ended, of_these_episodes)
        return obs, reward, terminated, truncated, info

    def _final(self, ended: NDArray[np.bool_], info: dict[str, Any]) -> dict[str, Any]:
        """What SAME_STEP says of the episodes that have ended; info: of their last step."""
        observations = np.full(self.num_envs, None, object)
        for index in np.flatnonzero(ended):
            observations[index] = self.batch.final_observation[index].copy()
        own = {name: ended.copy() if name[0] == "_" else value for name, value in info.items()}
        return {
            "final_obs": observations,
            "_final_obs": ended,
            "final_info": own,
            "_final_info": ended.copy(),
        }

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """Pictures of all environments (rgb_array), or None and a window of the first (human)."""
        if self.render_mode is None:
            return None
        if self.render_mode == "human":
            self._renderer.picture(0, self.render_mode)
            return None
        return tuple(self._renderer.picture(i, self.render_mode) for i in range(self.num_envs))

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The result of a method of each environment, or an attribute's value: see EnvironmentView."""
        if name == "render":
            return self.render() or (None,) * self.num_envs
        found = [getattr(view, name) for view in self._views]
        return tuple(f(*args, **kwargs) if callable(f) else f for f in found)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        each = values if isinstance(values, (list, tuple)) else [values] * self.num_envs
        if len(each) != self.num_envs:
            raise ValueError(f"{name}: {len(each)} values given, {self.num_envs} expected")
        for view, value in zip(self._views, each, strict=True):
            setattr(view, name, value)

    def close_extras(self, **_: Any) -> None:
        self._renderer.close()


class EnvironmentView:
    """One environment of a batch: what `call`, `get_attr` and `set_attr` reach.

    `frame()`, `positions`, `velocities`, `phase`, `parameters`, `set_parameters(values)`,
    `set_state(positions, velocities)`, and any attribute that was set before.
    """

    def __init__(self, batch: TrainerBatch, index: int, render_mode: str | None) -> None:
        self._env = batch.env
        self.index = index
        self.render_mode = render_mode
        self.observation_space = observation_box(batch)
        self.action_space = action_box(batch)

    @property
    def spec(self) -> None:
        return None

    @property
    def unwrapped(self) -> EnvironmentView:
        return self

    def frame(self) -> Any:
        return self._env.frame(self.index)

    @property
    def positions(self) -> NDArray[np.float32]:
        return self._env.positions[self.index]

    @property
    def velocities(self) -> NDArray[np.float32]:
        return self._env.velocities[self.index]

    @property
    def phase(self) -> float:
        return float(self._env.phases[self.index])

    @property
    def parameters(self) -> dict[str, float]:
        """Values of the present episode's parameters by name."""
        return _named_parameters(self._env, self.index)

    def set_parameters(self, values: Mapping[str, float]) -> None:
        """Give the parameters values from the next reset on; those that are not named are drawn."""
        self._env.set_parameters(values, np.arange(self._env.num_envs) == self.index)

    def set_state(self, positions: NDArray[Any], velocities: NDArray[Any]) -> None:
        self._env.set_state(self.index, positions, velocities)


class MuscleEnv(gym.Env):
    """A single environment. Many of them in one MuscleVectorEnv are much faster.

    Arguments: TrainerBatch, and render_mode: None, "rgb_array" or "human".
    """

    metadata = {"render_modes": RENDER_MODES, "render_fps": 30}  # noqa: RUF012 - gymnasium's own way

    def __init__(
        self, environment: Any = "walk", *, render_mode: str | None = None, **options: Any
    ) -> None:
        self.batch = TrainerBatch(environment, 1, mode=Mode.DISABLED, **options)
        self.metadata = {**self.metadata, "render_fps": self.batch.env.config.simulation.control_hz}
        self.render_mode = checked_render_mode(render_mode)
        self.observation_space = observation_box(self.batch)
        self.action_space = action_box(self.batch)
        self._renderer = BatchRenderer(self.batch.env)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        super().reset(seed=seed)
        obs = self.batch.reset(seed)[0]
        self._show()
        return obs, self._info()

    def _info(self) -> dict[str, Any]:
        parameters = _named_parameters(self.batch.env, 0)
        return {"parameters": parameters} if parameters else {}

    def set_parameters(self, values: Mapping[str, float]) -> None:
        """Give the parameters values from the next reset on; those that are not named are drawn."""
        self.batch.env.set_parameters(values)

    def step(self, action: NDArray[np.floating]) -> tuple[Any, ...]:
        obs, reward, terminated, truncated = self.batch.step(np.asarray(action)[None])
        self._show()
        return obs[0], float(reward[0]), bool(terminated[0]), bool(truncated[0]), self._info()

    def _show(self) -> None:
        if self.render_mode == "human":
            self.render()

    def render(self) -> NDArray[np.uint8] | None:
        """The picture, uint8 (height, width, 3), or None and the window's next picture (human)."""
        if self.render_mode is None:
            return None
        picture = self._renderer.picture(0, self.render_mode)
        return None if self.render_mode == "human" else picture

    def close(self) -> None:
        self._renderer.close()


def _named_parameters(env: BatchEnv, index: int) -> dict[str, float]:
    names = [info.name for info in env.parameter_info]
    return dict(zip(names, env.parameters[index].tolist(), strict=True))


def _mode(given: Any) -> Mode:
    """The mode of gymnasium's AutoresetMode, its name or its value."""
    value = getattr(given, "value", given)
    for mode in Mode:
        if value in (mode.value, mode.name):
            return mode
    names = ", ".join(mode.name for mode in Mode)
    raise ConfigError(f"autoreset_mode: {given!r} given, expected one of {names}")


def checked_render_mode(given: str | None) -> str | None:
    """ConfigError for a mode that is not known."""
    if given is not None and given not in RENDER_MODES:
        raise ConfigError(f"render_mode: {given!r} given, expected rgb_array, human or None")
    return given
