"""How finely round shapes are tessellated, by their size on the screen.

Triangles of a pixel or two cost a software rasteriser as much as large ones: it shades blocks of 4 x 4 pixels.
"""

from __future__ import annotations

import bisect
import math

import numpy as np

SIDES = (4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20, 24, 32)
"""Numbers of sides of the meshes that are made."""


def of_equal_area(sides: int) -> float:
    """Ratio of the radius of a polygon's corners to that of the circle of the same area."""
    turn = 2.0 * math.pi / sides
    return math.sqrt(turn / math.sin(turn))


def sides_within(radius: np.ndarray | float, error: float) -> np.ndarray:
    """Number of sides, not rounded, of polygons within `error` of circles of `radius` and equal area."""
    return np.asarray(math.pi * np.sqrt(np.asarray(radius) / (3.0 * error)))


def sides(radius: float, error: float, most: int) -> int:
    """The least number of sides, one of `SIDES` or `most`, of a circle of `radius` pixels.

    A polygon of n sides and of the circle's area lies within about radius / 3 * (pi / n)^2 of the circle, which shall
    not exceed `error`, pixels.
    """
    needed = float(sides_within(radius, error))
    found = bisect.bisect_left(SIDES, needed)
    return min(most, SIDES[found]) if found < len(SIDES) else most


def intervals(bent: np.ndarray, error: float) -> np.ndarray:
    """How many chords of curves stay within `error` pixels of them; shape of `bent`.

    `bent` is a curve's length, pixels, times the angle by which it turns, radians: one chord lies within an eighth of
    that, and n chords within 1 / n^2 of it.
    """
    return np.asarray(np.ceil(np.sqrt(bent / (8.0 * error))))


def pixels_per_metre(
    projection: np.ndarray, height: int, points: np.ndarray, margin: float
) -> float:
    """Height in pixels of a metre at the nearest of spheres of radius `margin` about points (n, 3).

    `projection` (4, 4) maps the world to the clip space of a view `height` pixels high.
    """
    depth = float((points @ projection[3, :3] + projection[3, 3]).min()) - margin
    across = float(np.linalg.norm(projection[1, :3]))
    return 0.5 * height * across / max(depth, margin)
