"""Returns, lengths and ends of the episodes, and the reward's terms."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 200  # episodes


class EpisodeLog:
    """Running sums of each environment, and the last ended episodes of all."""

    def __init__(self, envs: int) -> None:
        self._reward = np.zeros(envs)
        self._steps = np.zeros(envs, np.int64)
        self._returns: deque[float] = deque(maxlen=WINDOW)
        self._lengths: deque[int] = deque(maxlen=WINDOW)
        self._falls: deque[bool] = deque(maxlen=WINDOW)

    def add(self, reward: NDArray[np.float32], fell: NDArray[np.bool_], ended: Any) -> None:
        """One control step of all environments; `ended` by a fall or by time."""
        self._reward += reward
        self._steps += 1
        for i in np.flatnonzero(ended):
            self._returns.append(float(self._reward[i]))
            self._lengths.append(int(self._steps[i]))
            self._falls.append(bool(fell[i]))
        self._reward[ended] = 0
        self._steps[ended] = 0

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
            "reward": self._reward.tolist(),
            "steps": self._steps.tolist(),
            "returns": list(self._returns),
            "lengths": list(self._lengths),
            "falls": list(self._falls),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._reward[:] = state["reward"]
        self._steps[:] = state["steps"]
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
