"""Rewards, terminations and observations written in numpy, over all environments at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.core import ShapeError
from numpy.typing import NDArray

if TYPE_CHECKING:
    from muscle_viewer.core import BatchEnv

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]


class Fields:
    """What hooks read: arrays over the environments, of the state at the end of the step.

    fields["positions"] is an array field of `core.Frame`, shape (num_envs, ...), a copy made at its
    first use in a step; what was used in the step before comes in one call. `reward` is the
    environment's own, shape (num_envs,), `terms` its terms by name, views until the next step.
    """

    def __init__(self, env: BatchEnv) -> None:
        self._env = env
        self._known: dict[str, Floats] = {}
        self._used: list[str] = []
        self.reward: Floats = np.zeros(env.num_envs, np.float32)
        self.terms: dict[str, Floats] = env.reward_terms
        self.actions: Floats = np.zeros((env.num_envs, env.action_dim), np.float32)
        """The actions of the step, as the environment got them."""

    @property
    def env(self) -> BatchEnv:
        """The batch, for its names and constants (`env.info`)."""
        return self._env

    def __getitem__(self, name: str) -> Floats:
        if name not in self._known:
            if name not in self._used:
                self._used.append(name)
            self._known |= self._env.snapshot([n for n in self._used if n not in self._known])
        return self._known[name]

    def forget(self) -> None:
        """The state has changed."""
        self._known.clear()


@dataclass(frozen=True)
class Hooks:
    """Functions of `Fields`; None keeps what the environment does."""

    reward: Callable[[Fields], NDArray[Any]] | None = None
    """Rewards, shape (num_envs,), in place of the environment's."""
    terminated: Callable[[Fields], NDArray[Any]] | None = None
    """Further environments that end here, bool, shape (num_envs,)."""
    observation: Callable[[Fields], NDArray[Any]] | None = None
    """Further observations, shape (num_envs, k), after the environment's."""


def rows_of(name: str, values: NDArray[Any], shape: tuple[int, ...], kind: Any) -> NDArray[Any]:
    """What a hook returned, of this shape. ShapeError names the hook."""
    given = np.asarray(values)
    if given.shape != shape:
        raise ShapeError(f"hooks.{name}: shape {given.shape} returned, {shape} expected")
    return given.astype(kind, copy=False)
