"""A stopwatch for the phases of training."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

PHASES = ("simulation", "inference", "policy_update", "muscle_update", "hand_over", "saving")
"""simulation: steps of the environments; inference: the policy's actions; updates: gradient steps of
both networks; hand_over: loading of the muscle weights into the simulator; saving: files of the run.
The remaining time (storing samples, counting episodes) is not measured."""
ELSEWHERE_PHASES = ("rollouts", "policy_update", "muscle_update", "hand_over", "saving")
"""Of rollouts that are collected on another thread or by actors of a cluster: rollouts: waiting for them; hand_over:
copying the weights for the next, on a cluster to its object store."""


class Stopwatch:
    """Seconds by phase since the last `take`."""

    def __init__(self, phases: Sequence[str] = PHASES) -> None:
        self._seconds = dict.fromkeys(phases, 0.0)

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[phase] += time.perf_counter() - start

    def take(self) -> dict[str, float]:
        """The seconds of each phase; resets them to zero."""
        seconds = self._seconds
        self._seconds = dict.fromkeys(seconds, 0.0)
        return seconds
