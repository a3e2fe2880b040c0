"""Inputs of one control step: the policy's action and the user's perturbation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class BodyForce:
    """A constant force on a body for one control step, and its point of application; world axes, N and m."""

    body: int
    force: tuple[float, float, float]
    point: tuple[float, float, float]


@dataclass(frozen=True)
class Perturbation:
    """The user's perturbation of one control step: external forces and held muscle excitations."""

    forces: tuple[BodyForce, ...] = ()
    overrides: tuple[tuple[int, float], ...] = ()
    """Muscles whose excitation is held, and the values in [0, 1]."""

    def excitations(self, muscles: int) -> np.ndarray | None:
        """The overrides as float32 of shape (muscles,), NaN for muscles that are not held; None if none is held."""
        if not self.overrides:
            return None
        values = np.full(muscles, np.nan, np.float32)
        for muscle, value in self.overrides:
            values[muscle] = value
        return values

    def overriding(self, values: Mapping[int, float | None]) -> Perturbation:
        """A copy with muscles' excitations held at values, or released where None."""
        held: dict[int, float | None] = {**dict(self.overrides), **values}
        kept = ((m, min(max(float(v), 0.0), 1.0)) for m, v in held.items() if v is not None)
        return replace(self, overrides=tuple(sorted(kept)))


@dataclass(frozen=True, eq=False)
class Inputs:
    """All inputs of a control step; its result depends on these and on the state only."""

    action: np.ndarray
    """The policy's action, float32 (actions,)."""
    perturbation: Perturbation = Perturbation()
