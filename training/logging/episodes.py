"""Returns, lengths and ends of the episodes, and the reward's terms."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WINDOW = 200  # episodes


class Episode(NamedTuple):
    """An episode that has ended."""

    total: float
    """Sum of its rewards."""
    steps: int
    """Control steps."""
    fell: bool
    """Whether it ended by a fall, not by time."""
    parameters: tuple[float, ...] = ()
    """Of the environment, as the episode drew them."""
    clip: int = 0
    """Index of the motion that it ended with."""
    left: int = 0
    """Index of the motion that its last transition left; `clip` without one."""


class EpisodeCounter:
    """Running sums of each environment of a batch, and the episodes that ended since the last `take`."""

    def __init__(self, envs: int) -> None:
        self._reward = np.zeros(envs)
        self._steps = np.zeros(envs, np.int64)
        self._ended: list[Episode] = []

    def add(
        self,
        reward: NDArray[np.float32],
        fell: NDArray[np.bool_],
        ended: NDArray[np.bool_],
        parameters: NDArray[np.float64],
        clips: NDArray[np.int32],
        left: NDArray[np.int32],
    ) -> None:
        """One control step of all environments; `ended` by a fall or by time.

        parameters, clips, left: of the episodes before it, shapes (environments, P) and (environments,).
        """
        self._reward += reward
        self._steps += 1
        for i in np.flatnonzero(ended):
            drawn = tuple(parameters[i].tolist())
            total, steps = float(self._reward[i]), int(self._steps[i])
            way = int(clips[i]), int(left[i])
            self._ended.append(Episode(total, steps, bool(fell[i]), drawn, *way))
        self._reward[ended] = 0
        self._steps[ended] = 0

    def take(self) -> list[Episode]:
        ended, self._ended = self._ended, []
        return ended

    def state_dict(self) -> dict[str, Any]:
        return {"reward": self._reward.tolist(), "steps": self._steps.tolist()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._reward[:] = state["reward"]
        self._steps[:] = state["steps"]


class EpisodeLog:
    """The last episodes that ended."""

    def __init__(self) -> None:
        self._returns: deque[float] = deque(maxlen=WINDOW)
        self._lengths: deque[int] = deque(maxlen=WINDOW)
        self._falls: deque[bool] = deque(maxlen=WINDOW)

    def extend(self, episodes: Iterable[Episode]) -> None:
        for episode in episodes:
            self._returns.append(episode.total)
            self._lengths.append(episode.steps)
            self._falls.append(episode.fell)

    @property
    def ended(self) -> int:
        """Number of episodes in the window."""
        return len(self._returns)

    @property
    def mean_return(self) -> float:
        return _mean(self._returns)

    @property
    def mean_length(self) -> float:
        """Mean length of the episodes, control steps."""
        return _mean(self._lengths)

    @property
    def fall_rate(self) -> float:
        """Fraction of the episodes that end by a fall."""
        return _mean(self._falls)

    def state_dict(self) -> dict[str, Any]:
        return {
            "returns": list(self._returns),
            "lengths": list(self._lengths),
            "falls": list(self._falls),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._returns = deque(state["returns"], maxlen=WINDOW)
        self._lengths = deque(state["lengths"], maxlen=WINDOW)
        self._falls = deque(state["falls"], maxlen=WINDOW)


class Means:
    """Means of named rows, such as reward terms, over environments and control steps."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, rows: Mapping[str, NDArray[np.float32]]) -> None:
        for name, values in rows.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(values.mean())
        self._count += 1

    def take(self) -> dict[str, float]:
        """The means since the last call."""
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        return means


def _mean(values: deque[Any]) -> float:
    return float(np.mean(values)) if values else float("nan")
