"""What acts on the character from outside, as force plates say it: force, point, free moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.scene import Scene

LEAST_LOAD = 1.0
"""Smallest vertical force, N, at which the centre of pressure is computed; below it the force acts at the body's origin."""


@dataclass(frozen=True)
class Load:
    """A load on a body over time, world axes: force (T, 3) N at a point (T, 3) m, and a moment (T, 3) N m."""

    name: str
    body: str
    force: np.ndarray
    point: np.ndarray
    moment: np.ndarray


Smooth = Callable[[np.ndarray], np.ndarray]


def loads(scene: Scene, values: dict[str, np.ndarray], smooth: Smooth) -> list[Load]:
    """The ground's load on each body that has contacts, and the pushes' on each pushed body; of substeps.

    smooth: applied to forces, moments and places (T, ...) over time.
    """
    names, contacts = scene.info.body_names, np.asarray(scene.info.contact_bodies)
    origins = smooth(values["body_positions"].astype(float))
    found = []
    for body in scene.info.ground_bodies:
        these = contacts == body
        forces = values["contact_forces"][:, these].astype(float)
        points = values["contact_points"][:, these].astype(float)
        about = np.cross(points, forces).sum(axis=1)
        load = _at_pressure(smooth(forces.sum(axis=1)), smooth(about), origins[:, body])
        found.append(Load(f"ground_force_{names[body]}", names[body], *load))
    pushes = values["external_forces"].astype(float)
    for body in np.flatnonzero(np.abs(pushes).max(axis=(0, 2)) > 0).tolist():
        moment, force = smooth(pushes[:, body, :3]), smooth(pushes[:, body, 3:])
        found.append(Load(f"push_{names[body]}", names[body], force, origins[:, body], moment))
    return found


def _at_pressure(
    force: np.ndarray, about: np.ndarray, origin: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Force, centre of pressure on y = 0 and free moment of a force and its moment about the world's origin."""
    pressed = force[:, 1] > LEAST_LOAD
    vertical = np.where(pressed, force[:, 1], 1.0)
    pressure = np.stack([about[:, 2] / vertical, np.zeros(len(force)), -about[:, 0] / vertical], 1)
    point = np.where(pressed[:, None], pressure, origin)
    return force, point, about - np.cross(point, force)
