"""Picking of bodies by a ray, and dragging of the mouse spring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.picking import pick
from muscle_viewer.viewer.simulation.perturbation import MouseSpring, attachment_point

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.scene.camera import Camera


def _turned(shape: np.ndarray) -> np.ndarray:
    """The y axis rotated by quaternions [w, x, y, z], shape (n, 4) to (n, 3)."""
    w, x, y, z = shape.T
    return np.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], axis=1)


class BodyPicker:
    """Picks a body by its shapes, approximated by capsules."""

    def __init__(self, info: ModelInfo) -> None:
        shapes = info.shapes
        self._bodies = np.array([s.body for s in shapes], np.intp)
        self._middles = np.array([s.position for s in shapes], float).reshape(-1, 3)
        axes = _turned(np.array([s.orientation for s in shapes], float).reshape(-1, 4))
        sizes = [
            (float(s.size[0]), 0.5 * float(s.size[1]))
            if s.type == "capsule"
            else (float(s.size[0]), 0.0)
            if s.type == "sphere"
            else (0.25 * float(s.size[0] + s.size[2]), 0.5 * float(s.size[1]))
            for s in shapes
        ]
        self._radii = np.array([radius for radius, _ in sizes])
        self._halves = axes * np.array([half for _, half in sizes]).reshape(-1, 1)

    def spring_at(
        self, frame: Frame, eye: np.ndarray, direction: np.ndarray, pixel: float
    ) -> MouseSpring | None:
        """A spring attached where the ray hits a body, or None; `pixel` as for `pick`."""
        if not len(self._bodies):
            return None
        turn = frame.body_rotations[self._bodies].astype(float)
        place = frame.body_positions[self._bodies].astype(float)
        middle = place + np.einsum("nij,nj->ni", turn, self._middles)
        half = np.einsum("nij,nj->ni", turn, self._halves)
        found = pick(eye, direction, middle - half, middle + half, self._radii, 3.0 * pixel)
        if found is None:
            return None
        body = int(self._bodies[found])
        depth = float((middle[found] - eye) @ direction)
        point = eye + max(depth - self._radii[found], 0.05) * direction
        local = frame.body_rotations[body].T @ (point - frame.body_positions[body])
        return MouseSpring(body, _three(local), _three(point))


def dragged(
    spring: MouseSpring, frame: Frame, camera: Camera, eye: np.ndarray, direction: np.ndarray
) -> MouseSpring:
    """The spring with its target where the ray meets the plane of the picture through the attachment point."""
    back = camera.axes()[2]
    depth = float((attachment_point(frame, spring) - eye) @ -back)
    ahead = float(direction @ -back)
    target = eye + direction * (depth / max(ahead, 1e-6))
    target[1] = max(target[1], 0.02)
    return MouseSpring(spring.body, spring.local, _three(target))


def _three(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
