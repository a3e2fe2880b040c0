"""Perturbation on the character: a spring that drags a body, pushes of a set length, muscles held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.inputs import BodyForce, Perturbation

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

STIFFNESS, DAMPING = 10.0, 0.7
"""Of the dragging spring, per kilogram of the character: N/m and N s/m."""

STRONGEST = 12.0
"""Of the spring, N per kilogram of the character."""


@dataclass(frozen=True)
class MouseSpring:
    """A point of a body that is held, and where it is dragged to."""

    body: int
    local: tuple[float, float, float]
    """m, in the body's frame."""
    target: tuple[float, float, float]
    """m, in the world."""


@dataclass(frozen=True)
class Impulse:
    """A constant force on a body's origin for some control steps."""

    body: int
    force: tuple[float, float, float]
    steps: int


def attachment_point(frame: Frame, spring: MouseSpring) -> np.ndarray:
    """Where the held point is, shape (3,)."""
    turned = frame.body_rotations[spring.body] @ np.array(spring.local, np.float32)
    return np.asarray(frame.body_positions[spring.body] + turned, float)


class PerturbationSchedule:
    """What is being done, step after step."""

    def __init__(self, total_mass: float) -> None:
        self.mass = total_mass
        """kg, of the character."""
        self.spring: MouseSpring | None = None
        self.impulses: list[Impulse] = []
        self.held = Perturbation()
        """Overrides alone."""

    @property
    def is_idle(self) -> bool:
        return self.spring is None and not self.impulses and not self.held.overrides

    def next(self, frame: Frame, previous: Frame, period: float) -> Perturbation:
        """What acts during the step that follows `frame`; pushes get shorter by it."""
        forces = []
        if self.spring is not None:
            point = attachment_point(frame, self.spring)
            speed = (point - attachment_point(previous, self.spring)) / period
            force = self.mass * (
                STIFFNESS * (np.array(self.spring.target) - point) - DAMPING * speed
            )
            size = float(np.linalg.norm(force))
            force *= min(1.0, STRONGEST * self.mass / max(size, 1e-9))
            forces.append(BodyForce(self.spring.body, _triple(force), _triple(point)))
        for impulse in self.impulses:
            origin = _triple(frame.body_positions[impulse.body])
            forces.append(BodyForce(impulse.body, impulse.force, origin))
        self.impulses = [replace(s, steps=s.steps - 1) for s in self.impulses if s.steps > 1]
        return replace(self.held, forces=tuple(forces))

    def release(self) -> None:
        """End the drag and all pushes."""
        self.spring, self.impulses = None, []


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
