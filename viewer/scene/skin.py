"""Skins: a bounding box or capsule of the bones of each body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.rotation import rotations

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo, Shape

KINDS = ("box", "capsule")


def skin(info: ModelInfo, kind: str) -> list[Shape]:
    """The bounding shape, of a kind of `KINDS`, of each body that has bones, aligned with the body's axes."""
    from muscle_viewer.core.frame import Shape

    found = []
    for body, (low, high) in extents(info).items():
        middle, size = 0.5 * (low + high), high - low
        straight = np.array([1.0, 0.0, 0.0, 0.0])
        if kind == "box":
            found.append(Shape(body, "box", size, middle, straight))
            continue
        axis = int(np.argmax(size))
        across = np.delete(size, axis)
        radius = 0.25 * float(across.sum())
        length = max(float(size[axis]) - 2.0 * radius, 0.0)
        found.append(Shape(body, "capsule", np.array([radius, length, 0.0]), middle, ALONG[axis]))
    return found


HALF = float(np.sqrt(0.5))
ALONG = (
    np.array([HALF, 0.0, 0.0, -HALF]),
    np.array([1.0, 0.0, 0.0, 0.0]),
    np.array([HALF, HALF, 0.0, 0.0]),
)
"""Quaternions that rotate the y axis onto x, y and z."""


def extents(info: ModelInfo) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Least and greatest coordinates (3,) of each body's shapes, m, in the body's frame."""
    found: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for shape in info.shapes:
        low, high = _bounds(shape)
        if shape.body in found:
            low, high = (
                np.minimum(low, found[shape.body][0]),
                np.maximum(high, found[shape.body][1]),
            )
        found[shape.body] = (low, high)
    return found


def _bounds(shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    turn, size = (
        rotations(np.asarray(shape.orientation, float)[None])[0],
        np.asarray(shape.size, float),
    )
    middle = np.asarray(shape.position, float)
    if shape.type == "mesh" and shape.mesh is not None:
        from muscle_viewer.core.gaitnet.characters.obj import read_obj

        points = (read_obj(shape.mesh)[0] * size) @ turn.T + middle
        return points.min(0), points.max(0)
    if shape.type == "capsule":
        reach = np.abs(turn[:, 1]) * 0.5 * size[1] + size[0]
    elif shape.type == "sphere":
        reach = np.full(3, size[0])
    elif shape.type == "ellipsoid":
        reach = np.sqrt(((turn * (0.5 * size)) ** 2).sum(1))
    else:
        reach = np.abs(turn) @ (0.5 * size)
    return middle - reach, middle + reach
