"""Hands on the character: a spring that drags a body, pushes of a set length, muscles held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.inputs import Hands, Pull

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

STIFFNESS, DAMPING = 10.0, 0.7
"""Of the dragging spring, per kilogram of the character: N/m and N s/m."""

STRONGEST = 12.0
"""Of the spring, N per kilogram of the character."""


@dataclass(frozen=True)
class Grip:
    """A point of a body that is held, and where it is dragged to."""

    body: int
    local: tuple[float, float, float]
    """m, in the body's frame."""
    target: tuple[float, float, float]
    """m, in the world."""


@dataclass(frozen=True)
class Shove:
    """A constant force on a body's origin for some control steps."""

    body: int
    force: tuple[float, float, float]
    steps: int


def held_point(frame: Frame, grip: Grip) -> np.ndarray:
    """Where the held point is, shape (3,)."""
    turned = frame.body_rotations[grip.body] @ np.array(grip.local, np.float32)
    return np.asarray(frame.body_positions[grip.body] + turned, float)


class HandsOn:
    """What is being done, step after step."""

    def __init__(self, total_mass: float) -> None:
        self.mass = total_mass
        """kg, of the character."""
        self.grip: Grip | None = None
        self.shoves: list[Shove] = []
        self.held = Hands()
        """Overrides alone."""

    @property
    def is_idle(self) -> bool:
        return self.grip is None and not self.shoves and not self.held.overrides

    def next(self, frame: Frame, previous: Frame, period: float) -> Hands:
        """What acts during the step that follows `frame`; pushes get shorter by it."""
        pulls = []
        if self.grip is not None:
            point = held_point(frame, self.grip)
            speed = (point - held_point(previous, self.grip)) / period
            pull = self.mass * (STIFFNESS * (np.array(self.grip.target) - point) - DAMPING * speed)
            size = float(np.linalg.norm(pull))
            pull *= min(1.0, STRONGEST * self.mass / max(size, 1e-9))
            pulls.append(Pull(self.grip.body, _triple(pull), _triple(point)))
        for shove in self.shoves:
            origin = _triple(frame.body_positions[shove.body])
            pulls.append(Pull(shove.body, shove.force, origin))
        self.shoves = [replace(s, steps=s.steps - 1) for s in self.shoves if s.steps > 1]
        return replace(self.held, pulls=tuple(pulls))

    def let_go(self) -> None:
        """End the drag and all pushes."""
        self.grip, self.shoves = None, []


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
