"""What acts on the character during one control step: the policy's action and what hands do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class BodyForce:
    """A force on a body, held for a control step; world axes, N and m."""

    body: int
    force: tuple[float, float, float]
    point: tuple[float, float, float]


@dataclass(frozen=True)
class Perturbation:
    """What is done to the character beside the policy."""

    forces: tuple[BodyForce, ...] = ()
    overrides: tuple[tuple[int, float], ...] = ()
    """Muscles whose excitation is held, and at what."""

    def excitations(self, muscles: int) -> np.ndarray | None:
        """The overrides as float32 of shape (muscles,), NaN where there is none; None without any."""
        if not self.overrides:
            return None
        values = np.full(muscles, np.nan, np.float32)
        for muscle, value in self.overrides:
            values[muscle] = value
        return values

    def overriding(self, muscle: int, value: float | None) -> Perturbation:
        """With a muscle held at a value, or let go."""
        others = tuple(pair for pair in self.overrides if pair[0] != muscle)
        held = () if value is None else ((muscle, min(max(float(value), 0.0), 1.0)),)
        return replace(self, overrides=tuple(sorted((*others, *held))))


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything that a control step depends on beside the state."""

    action: np.ndarray
    """float32 (actions,)."""
    perturbation: Perturbation = Perturbation()
