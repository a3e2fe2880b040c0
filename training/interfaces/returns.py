"""The returns of the episodes of a batch, whatever trains on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .batch import Step, TrainerBatch


class Returns:
    """Listens to a batch; `episodes` are the returns of the episodes that have ended, in that order."""

    def __init__(self, batch: TrainerBatch) -> None:
        self.episodes: list[float] = []
        self.lengths: list[int] = []
        self.steps = 0
        """Steps of all environments together."""
        self._sums: NDArray[np.float64] = np.zeros(batch.num_envs)
        self._counts: NDArray[np.int64] = np.zeros(batch.num_envs, np.int64)
        batch.listen(self._add)

    def _add(self, step: Step) -> None:
        self.steps += len(step.reward)
        self._sums += step.reward
        self._counts += 1
        ended = step.terminated | step.truncated
        if ended.any():
            self.episodes += self._sums[ended].tolist()
            self.lengths += self._counts[ended].tolist()
            self._sums[ended] = 0
            self._counts[ended] = 0

    def said(self) -> str:
        """Mean return of the first and the last quarter of the episodes, with standard errors."""
        if len(self.episodes) < 8:
            return f"{self.steps} steps, {len(self.episodes)} episodes"
        quarter = len(self.episodes) // 4
        parts = []
        for part in (self.episodes[:quarter], self.episodes[-quarter:]):
            error = np.std(part) / np.sqrt(len(part))
            parts.append(f"{np.mean(part):.2f} +- {error:.2f}")
        return (
            f"{self.steps} steps, {len(self.episodes)} episodes; return of the first quarter "
            f"{parts[0]}, of the last {parts[1]}"
        )
