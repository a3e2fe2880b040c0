"""Projection of points of the world into the 3D view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.viewer.scene.camera import Camera

Rect = tuple[float, float, float, float]
"""x, y (from above), width and height in layout coordinates."""


def on_screen(camera: Camera, view: Rect, point: np.ndarray) -> tuple[float, float] | None:
    """A point of the world, shape (3,), in layout coordinates; None behind the camera."""
    x, y, width, height = view
    clip = camera.projection(width / max(height, 1.0)) @ camera.view() @ np.append(point, 1.0)
    if clip[3] <= 0.01:
        return None
    across, up = clip[:2] / clip[3]
    return x + 0.5 * (across + 1.0) * width, y + 0.5 * (1.0 - up) * height
