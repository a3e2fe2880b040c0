"""Perturbations by the user: a mouse spring that pulls a body, pushes of a given duration, held muscle excitations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.inputs import BodyForce, Perturbation

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

STIFFNESS, DAMPING = 10.0, 0.7
"""Stiffness and damping of the mouse spring per kilogram of the character: N/m and N s/m."""

STRONGEST = 12.0
"""Largest force of the mouse spring, N per kilogram of the character."""


@dataclass(frozen=True)
class MouseSpring:
    """A spring from a point of a body to a target that the mouse drags (MuJoCo: mjvPerturb)."""

    body: int
    local: tuple[float, float, float]
    """m, in the body's frame."""
    target: tuple[float, float, float]
    """m, in the world."""


@dataclass(frozen=True)
class Impulse:
    """A constant force at a body's origin for a number of control steps."""

    body: int
    force: tuple[float, float, float]
    steps: int


def attachment_point(frame: Frame, spring: MouseSpring) -> np.ndarray:
    """Position of the spring's attachment point in the world, m, shape (3,)."""
    turned = frame.body_rotations[spring.body] @ np.array(spring.local, np.float32)
    return np.asarray(frame.body_positions[spring.body] + turned, float)


class PerturbationSchedule:
    """The perturbations in force, and the forces that they give at each control step."""

    def __init__(self, total_mass: float) -> None:
        self.mass = total_mass
        """kg, of the character."""
        self.spring: MouseSpring | None = None
        self.impulses: list[Impulse] = []
        self.held = Perturbation()
        """The held excitations; its forces are empty."""

    @property
    def is_idle(self) -> bool:
        return self.spring is None and not self.impulses and not self.held.overrides

    def next(self, frame: Frame, previous: Frame, period: float) -> Perturbation:
        """The perturbation of the step that follows `frame`; the remaining steps of pushes decrease by one."""
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
        """Release the spring and end all pushes."""
        self.spring, self.impulses = None, []


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
