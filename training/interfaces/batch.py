"""A BatchEnv as foreign trainers step it: actions scaled, hooks applied, an end treated in one of three ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from muscle_viewer.core import BatchEnv, ConfigError, StateError, load_checkpoint, load_config
from muscle_viewer.core.folders import assets_folder, checkpoints_folder
from numpy.typing import NDArray

from .hooks import Fields, Hooks, rows_of

if TYPE_CHECKING:
    import torch
    from muscle_viewer.core import EnvironmentConfig

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]

SHIPPED = {
    "walk": "walk",
    "walk_varied": "walk",
    "run": "run",
    "walk_gaitnet": "walk",
    "anatomy": "walk",
    "walk_myolegs": "walk_myolegs",
    "whole_body_walk": "whole_body",
}
"""The environments that ship, and the checkpoint whose muscle network fits each; None: without one."""


class Mode(Enum):
    """What happens where an episode ends. The values are those of gymnasium.vector.AutoresetMode."""

    SAME_STEP = "SameStep"
    """The next episode starts in the same step, whose observation is its first."""
    NEXT_STEP = "NextStep"
    """The next call starts it: its observation, reward 0, no flags; its action is not read."""
    DISABLED = "Disabled"
    """The caller starts it by a masked reset; StateError if he steps without."""


class Step(NamedTuple):
    """Copies: nothing of it changes later."""

    observation: Floats
    """(num_envs, observations)."""
    reward: Floats
    terminated: Booleans
    truncated: Booleans


class TrainerBatch:
    """`num_envs` environments for a trainer that is not the project's own.

    environment: a name of SHIPPED, such as "walk", a path, YAML text or a config.
    muscle: the muscle network that acts, a checkpoint or a state_dict; None: the shipped one, for
    an environment that ships. A `MuscleTeacher` gives another.
    actuator: in place of the environment's, such as "activation", with which the muscles'
    excitations are the actions and no network acts.
    action_bound: an action of 1 is this many units of the environment's action; None: of 1.
    Actions are scaled, not clipped.
    threads, network_device: as of BatchEnv. A process started by fork must make its own; torch has one thread there.
    """

    def __init__(
        self,
        environment: EnvironmentConfig | str | Path = "walk",
        num_envs: int = 1,
        *,
        mode: Mode = Mode.SAME_STEP,
        seed: int = 0,
        threads: int | None = None,
        network_device: str = "cpu",
        muscle: Mapping[str, torch.Tensor] | str | Path | None = None,
        actuator: str | None = None,
        action_bound: float | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        if action_bound is not None and not (
            isinstance(action_bound, Real) and 0 < action_bound < float("inf")
        ):
            raise ConfigError(f"action_bound: {action_bound!r} given, expected a positive number")
        config = shipped_config(environment)
        if actuator is not None:
            config = config.with_actuator(actuator)
        self.env = BatchEnv(config, num_envs, seed, threads, network_device)
        self.mode = mode
        self.action_bound = action_bound
        self.muscle: dict[str, torch.Tensor] = {}
        """The state_dict of the muscle network that acts; empty without one."""
        self._hooks = hooks or Hooks()
        self._hooked = hooks is not None and hooks != Hooks()
        self._fields = Fields(self.env)
        self._ended = np.zeros(num_envs, np.bool_)
        self._any_ended = False
        self._listeners: list[Callable[[Step], None]] = []
        self.final_observation: Floats = self.env.final_observation
        """Last observations of the episodes that the last step ended; other rows mean nothing."""
        if config.infers and (weights := _weights(muscle, environment)):
            self.load_muscle_weights(weights)
        self._extra = 0
        if self._hooks.observation is not None:
            self.env.reset()
            self._extra = np.asarray(self._hooks.observation(self._fields)).shape[-1]

    @property
    def num_envs(self) -> int:
        return self.env.num_envs

    @property
    def obs_dim(self) -> int:
        """Observations of an environment, those of the hooks included."""
        return self.env.obs_dim + self._extra

    @property
    def action_dim(self) -> int:
        return self.env.action_dim

    @property
    def max_episode_steps(self) -> int:
        config = self.env.config
        return round(config.episode.max_time * config.simulation.control_hz)

    def load_muscle_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Let another muscle network act from the next step on."""
        self.env.load_muscle_weights(weights)
        self.muscle = {name: tensor.detach().clone() for name, tensor in weights.items()}

    def listen(self, listener: Callable[[Step], None]) -> None:
        """Call `listener` with the results of every step, before anyone else gets them."""
        self._listeners.append(listener)

    def reset(
        self, seed: int | Sequence[int] | None = None, mask: Booleans | None = None
    ) -> Floats:
        """Start episodes, as `BatchEnv.reset`; observations (num_envs, obs_dim), a copy."""
        self.env.reset(seed, mask=mask)
        if mask is None:
            self._ended[:] = False
        else:
            self._ended &= ~mask
        self._any_ended = bool(self._ended.any())
        self._fields.forget()
        return self._observed()

    def step(self, actions: NDArray[np.floating]) -> Step:
        """One control step of actions (num_envs, action_dim), in this batch's mode."""
        rows = np.asarray(actions)
        if self.action_bound is not None:
            rows = np.multiply(rows, self.action_bound, dtype=np.float32)
        if self.mode is Mode.SAME_STEP and not self._hooked:
            obs, reward, terminated, truncated = self.env.step(rows)
            step = Step(obs.copy(), reward.copy(), terminated.copy(), truncated.copy())
        else:
            step = self._step_and_hold(rows)
        for listener in self._listeners:
            listener(step)
        return step

    def _step_and_hold(self, rows: NDArray[np.floating]) -> Step:
        """A step that leaves ended environments in their last state, then what the mode does with them."""
        held = None
        if self._any_ended:
            if self.mode is Mode.DISABLED:
                which = ", ".join(map(str, np.flatnonzero(self._ended)[:8]))
                raise StateError(
                    f"step: the episodes of environments {which} have ended; start their next ones "
                    'first, by reset(options={"reset_mask": ended})'
                )
            held = self._ended
            self.env.reset(mask=held)
        _, reward, terminated, truncated = self.env.step(rows, auto_reset=False, hold=held)
        self._fields.forget()
        reward, terminated, truncated = reward.copy(), terminated.copy(), truncated.copy()
        if self._hooked:
            self._fields.reward, self._fields.actions = reward, rows
            reward, terminated = self._apply_hooks(reward, terminated, truncated, held)
        self._ended = terminated | truncated
        self._any_ended = bool(self._ended.any())
        seen = self._observed()
        if self.mode is Mode.SAME_STEP and self._any_ended:
            self.final_observation = seen
            seen = self.reset(mask=self._ended)
        return Step(seen, reward, terminated, truncated)

    def _apply_hooks(
        self, reward: Floats, terminated: Booleans, truncated: Booleans, held: Booleans | None
    ) -> tuple[Floats, Booleans]:
        shape = (self.num_envs,)
        if self._hooks.reward is not None:
            made = rows_of("reward", self._hooks.reward(self._fields), shape, np.float32)
            # A diverged state says nothing about its action.
            reward = np.where(np.isfinite(made), made, np.float32(0))
        if self._hooks.terminated is not None:
            further = rows_of("terminated", self._hooks.terminated(self._fields), shape, np.bool_)
            terminated = terminated | further
            truncated &= ~terminated
        if held is not None:
            reward = np.where(held, np.float32(0), reward)
            terminated = terminated & ~held
        return reward, terminated

    def _observed(self) -> Floats:
        """The present observations, a copy."""
        own = self.env._observation
        if self._hooks.observation is None:
            return own.copy()
        shape = (self.num_envs, self._extra)
        further = rows_of("observation", self._hooks.observation(self._fields), shape, np.float32)
        return np.concatenate([own, np.nan_to_num(further)], axis=1, dtype=np.float32)


def shipped_config(environment: EnvironmentConfig | str | Path) -> EnvironmentConfig:
    """The configuration of an environment that ships, by its name, or of any other source."""
    if isinstance(environment, str) and environment in SHIPPED:
        return load_config(assets_folder() / "environments" / f"{environment}.yaml")
    return load_config(environment)


def _weights(
    muscle: Mapping[str, torch.Tensor] | str | Path | None,
    environment: EnvironmentConfig | str | Path,
) -> Mapping[str, torch.Tensor]:
    if isinstance(muscle, Mapping):
        return muscle
    if muscle is not None:
        return load_checkpoint(muscle).muscle
    fitting = SHIPPED.get(environment) if isinstance(environment, str) else None
    if fitting is not None:
        return load_checkpoint(checkpoints_folder() / f"{fitting}.pt").muscle
    return {}
