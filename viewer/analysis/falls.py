"""A test of a checkpoint on many random seeds, beside the running simulation: which episodes fall, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.background import Background

if TYPE_CHECKING:
    from pathlib import Path

    from muscle_viewer.core import Checkpoint


@dataclass(frozen=True)
class Episode:
    """The first episode of a seed."""

    seed: int
    fell_at: float | None
    """s; None: it stood to the end, or it has not ended yet."""
    seconds: float
    """Simulated so far."""
    reward: float
    """Return so far."""


class Falls(Background):
    """Episodes of seeds 0 to count - 1, each as the viewer begins it with that seed."""

    def __init__(self, checkpoint: Checkpoint, count: int) -> None:
        """Begin, in a thread of its own."""
        self.path: Path | None = checkpoint.path
        self.count = count
        self._checkpoint = checkpoint
        self._seconds = np.zeros(count)
        self._fell = np.full(count, np.nan)
        self._reward = np.zeros(count)
        self._over = np.zeros(count, bool)
        super().__init__()

    @property
    def share(self) -> float:
        """Share of the episodes that are over."""
        return float(self._over.mean())

    @property
    def episodes(self) -> list[Episode]:
        """All episodes, the earliest falls first, then by the return."""
        found = [
            Episode(k, None if np.isnan(fell) else float(fell), float(seconds), float(reward))
            for k, (fell, seconds, reward) in enumerate(
                zip(self._fell, self._seconds, self._reward, strict=True)
            )
        ]
        return sorted(found, key=lambda e: (e.fell_at is None, e.fell_at or 0.0, e.reward))

    def _simulate(self) -> None:
        from muscle_viewer.core import BatchEnv

        env = BatchEnv(self._checkpoint.config, self.count, threads=1)
        policy = self._checkpoint.load_into(env)
        if env.parameter_info:
            env.set_parameters({info.name: info.default for info in env.parameter_info})
        env.seed(list(range(self.count)))
        observations = env.reset()
        period = 1.0 / env.info.control_hz
        while not (self._over.all() or self._stop.is_set()):
            actions = policy.act(observations)
            observations, reward, terminated, truncated, *_ = env.step(
                actions, hold=self._over.copy(), auto_reset=False
            )
            running = ~self._over
            self._seconds[running] += period
            self._reward[running] += np.asarray(reward)[running]
            fallen = running & np.asarray(terminated)
            self._fell[fallen] = self._seconds[fallen]
            self._over |= np.asarray(terminated) | np.asarray(truncated)
