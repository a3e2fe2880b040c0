"""Returns and lengths of the episodes that have ended."""

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

    def add(self, reward: NDArray[np.float32], ended: NDArray[np.bool_]) -> None:
        """One control step of all environments."""
        self._reward += reward
        self._steps += 1
        for i in np.flatnonzero(ended):
            self._returns.append(float(self._reward[i]))
            self._lengths.append(int(self._steps[i]))
        self._reward[ended] = 0
        self._steps[ended] = 0

    @property
    def ended(self) -> int:
        """Episodes in the window."""
        return len(self._returns)

    @property
    def mean_return(self) -> float:
        return float(np.mean(self._returns)) if self._returns else float("nan")

    @property
    def mean_length(self) -> float:
        """Control steps."""
        return float(np.mean(self._lengths)) if self._lengths else float("nan")

    def state_dict(self) -> dict[str, Any]:
        return {
            "reward": self._reward.tolist(),
            "steps": self._steps.tolist(),
            "returns": list(self._returns),
            "lengths": list(self._lengths),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._reward[:] = state["reward"]
        self._steps[:] = state["steps"]
        self._returns = deque(state["returns"], maxlen=WINDOW)
        self._lengths = deque(state["lengths"], maxlen=WINDOW)
