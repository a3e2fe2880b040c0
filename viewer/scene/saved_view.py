"""A view of the camera that the user saved: relative to the character, so that it fits wherever that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer.scene.camera import PITCH_LIMIT

if TYPE_CHECKING:
    from muscle_viewer.viewer.scene.camera import Camera

NEAREST, FARTHEST = 0.3, 40.0
"""Bounds of the camera's distance, m."""


@dataclass(frozen=True)
class SavedView:
    """A direction, a distance and a target."""

    yaw: float
    pitch: float
    """rad"""
    distance: float
    """m"""
    target: tuple[float, float, float]
    """Above the ground, sideways and ahead of the character's centre of mass, m: world axes, x and z relative to it."""

    @staticmethod
    def of(camera: Camera, centre: np.ndarray) -> SavedView:
        """What the camera shows of a character whose centre of mass is `centre`, (3,)."""
        x, y, z = (float(v) for v in camera.target - _ground(centre))
        return SavedView(camera.yaw, camera.pitch, camera.distance, (x, y, z))

    def target_at(self, centre: np.ndarray) -> np.ndarray:
        """The camera's target for a centre of mass, (3,)."""
        return np.array(self.target) + _ground(centre)

    def show(self, camera: Camera, centre: np.ndarray) -> None:
        """Set the camera."""
        camera.yaw, camera.pitch, camera.distance = self.yaw, self.pitch, self.distance
        camera.target = self.target_at(centre)

    def as_dict(self) -> dict[str, Any]:
        """The view as values for JSON, degrees and metres."""
        return {
            "yaw": round(math.degrees(self.yaw), 3),
            "pitch": round(math.degrees(self.pitch), 3),
            "distance": round(self.distance, 4),
            "target": [round(v, 4) for v in self.target],
        }

    @staticmethod
    def from_dict(values: Any) -> SavedView:
        """The view of values from `as_dict`. KeyError, TypeError or ValueError for other values."""
        yaw, pitch, distance = (float(values[name]) for name in ("yaw", "pitch", "distance"))
        x, y, z = (float(v) for v in values["target"])
        if not all(map(math.isfinite, (yaw, pitch, distance, x, y, z))):
            raise ValueError("a number is not finite")
        if not (NEAREST <= distance <= FARTHEST and max(abs(x), abs(y), abs(z)) <= FARTHEST):
            raise ValueError(f"the camera is not within {FARTHEST:g} m")
        bounded = min(max(math.radians(pitch), -PITCH_LIMIT), PITCH_LIMIT)
        return SavedView(math.radians(yaw), bounded, distance, (x, y, z))


def _ground(centre: np.ndarray) -> np.ndarray:
    return np.asarray(centre, float) * [1.0, 0.0, 1.0]
