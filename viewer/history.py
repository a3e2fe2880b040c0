"""The last minute of the simulation as arrays, for the plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo


class Ring:
    """The last `capacity` samples of `rows` channels, each channel contiguous in memory.

    Every sample is written twice, `capacity` apart, so that the last samples always lie side by side and a plot can
    take a view of them without a copy.
    """

    def __init__(self, rows: int, capacity: int, dtype: type[np.floating] = np.float32) -> None:
        self._data = np.zeros((rows, 2 * capacity), dtype)
        self._capacity = capacity
        self._next = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, sample: np.ndarray) -> None:
        """Add one sample, shape (rows,)."""
        self._data[:, self._next] = sample
        self._data[:, self._next + self._capacity] = sample
        self._next = (self._next + 1) % self._capacity
        self._count = min(self._count + 1, self._capacity)

    @property
    def view(self) -> np.ndarray:
        """The samples, oldest first, shape (rows, len); valid until the next append."""
        end = self._next + self._capacity
        return self._data[:, end - self._count : end]


class History:
    """Time, activations and rewards of the last control steps, across episodes."""

    def __init__(self, info: ModelInfo, capacity: int) -> None:
        self._clock = Ring(1, capacity, np.float64)
        self._activations = Ring(len(info.muscle_names), capacity)
        self._rewards = Ring(1 + len(info.reward_names), capacity)
        self._reward_names = list(info.reward_names)
        self._offset = 0.0
        self.now = 0.0
        self.breaks: list[float] = []
        """Clock times at which an episode began, oldest first."""

    def __len__(self) -> int:
        return len(self._clock)

    def begin_episode(self) -> None:
        """The next frame starts again at time 0: keep the clock of the plots running."""
        self._offset = self.now
        self.breaks.append(self.now)

    def append(self, frame: Frame) -> None:
        """Record one frame."""
        self.now = self._offset + float(frame.time)
        self._clock.append(np.array([self.now]))
        self._activations.append(frame.activations)
        terms = [frame.reward_terms.get(name, 0.0) for name in self._reward_names]
        self._rewards.append(np.array([frame.reward, *terms], np.float32))
        oldest = self.clock[0]
        while self.breaks and self.breaks[0] < oldest:
            self.breaks.pop(0)

    @property
    def clock(self) -> np.ndarray:
        """Simulated seconds since the viewer started, shape (len,)."""
        return self._clock.view[0]

    @property
    def activations(self) -> np.ndarray:
        """Shape (muscles, len)."""
        return self._activations.view

    @property
    def rewards(self) -> np.ndarray:
        """The reward and then its terms, shape (1 + terms, len)."""
        return self._rewards.view
