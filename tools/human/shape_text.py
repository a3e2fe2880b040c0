"""Building blocks of bone shapes, in the osim's axes (forward, up, right), metres."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Point = tuple[float, float, float]
Shapes = list[dict[str, Any]]
MIRROR = np.array([1.0, 1.0, -1.0])


def capsule(start: Sequence[float], end: Sequence[float], radius: float) -> dict[str, Any]:
    """A capsule between two points."""
    return {
        "type": "capsule",
        "radius": round(float(radius), 4),
        "from": np.asarray(start, dtype=float),
        "to": np.asarray(end, dtype=float),
    }


def chain(points: Sequence[Sequence[float]], radius: float) -> Shapes:
    """Capsules along a polyline."""
    return [capsule(a, b, radius) for a, b in pairwise(points)]


def sphere(centre: Sequence[float], radius: float) -> dict[str, Any]:
    """A sphere."""
    position = np.asarray(centre, dtype=float)
    return {"type": "sphere", "radius": round(float(radius), 4), "position": position}


def ellipsoid(centre: Sequence[float], size: Sequence[float]) -> dict[str, Any]:
    """An upright ellipsoid; full diameters along forward, up, right."""
    forward, up, right = size
    position = np.asarray(centre, dtype=float)
    return {"type": "ellipsoid", "axes": (right, up, forward), "position": position}


def plate(
    centre: Sequence[float], length: Sequence[float], width: Sequence[float], thickness: float
) -> dict[str, Any]:
    """An ellipsoid with full diameters along length, width (made square to it) and thickness."""
    first, second = np.asarray(length, dtype=float), np.asarray(width, dtype=float)
    along = first / np.linalg.norm(first)
    across = second - (second @ along) * along
    size = (np.linalg.norm(first), np.linalg.norm(across), thickness)
    across /= np.linalg.norm(across)
    rotation = np.stack([along, across, np.cross(along, across)], axis=1)
    position = np.asarray(centre, dtype=float)
    return {"type": "ellipsoid", "axes": size, "position": position, "orientation": rotation}


def on_both_sides(shapes: Shapes) -> Shapes:
    """The shapes, each followed by its mirror image."""
    result = []
    for shape in shapes:
        mirrored = dict(shape)
        for key in ("position", "from", "to"):
            if key in mirrored:
                mirrored[key] = mirrored[key] * MIRROR
        if "orientation" in mirrored:
            turned = MIRROR[:, None] * np.asarray(mirrored["orientation"])
            mirrored["orientation"] = turned * np.array([1.0, 1.0, -1.0])
        result += [shape, mirrored]
    return result
