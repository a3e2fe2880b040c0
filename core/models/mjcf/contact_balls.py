"""Balls that touch the ground in place of shapes for which the simulation has no contact of its own.

The lowest point of a shape on a plane decides its contact; it is the support function of the shape, which
the balls reproduce within a tolerance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Balls = tuple[Floats, Floats]
"""Centres, shape (n, 3), and radii, shape (n,), m."""

TOLERANCE = 0.12
"""Largest error of the support function, of the shape's largest half-width: each contact costs as much as a joint."""
MOST_POINTS = 6
"""Of a mesh's hull."""
SMALLEST = 1e-3
"""Radius of a ball in place of a corner, m."""


def directions(count: int = 200) -> Floats:
    """Unit vectors spread evenly over the sphere by the golden angle, shape (count, 3)."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    across = np.sqrt(1 - z**2)
    return np.stack([across * np.cos(turn), across * np.sin(turn), z], axis=1)


def support(balls: Balls, towards: Floats) -> Floats:
    """The furthest reach of balls along unit vectors (n, 3), m, shape (n,)."""
    return np.asarray((towards @ balls[0].T + balls[1]).max(1), np.float64)


def ellipsoid_balls(half: Floats) -> Balls:
    """Balls inside an ellipsoid of these half-axes, shape (3,), as few as the tolerance allows.

    They lie on its medial surface, an ellipse across the shortest axis c: the ball at (x, y) has the radius
    c sqrt(1 - x^2 / (a^2 - c^2) - y^2 / (b^2 - c^2)) and touches the ellipsoid.
    """
    order = np.argsort(-half)
    a, b, c = half[order]
    towards = directions()
    exact = np.linalg.norm(towards * half, axis=1)
    balls: Balls = (np.zeros((1, 3)), np.array([c]))
    if a - c <= TOLERANCE * a:
        return balls
    for rings in ((0, 2), (1, 2), (1, 4), (1, 6), (1, 8), (1, 4, 8), (1, 6, 12)):
        balls = _rings(a, b, c, rings, order)
        if (exact - support(balls, towards)).max() <= TOLERANCE * a:
            break
    return balls


def _rings(a: float, b: float, c: float, rings: tuple[int, ...], order: NDArray[np.intp]) -> Balls:
    """The ball at the centre, if it is asked for, and evenly spread ones on ellipses up to the medial surface's edge."""
    centres, radii = [], []
    for k, count in enumerate(rings):
        share = k / (len(rings) - 1)
        for angle in 2 * np.pi * np.arange(count) / max(count, 1):
            x = share * np.cos(angle) * (a * a - c * c) / a
            y = share * np.sin(angle) * (b * b - c * c) / b
            inside = 1.0
            for at, axis in ((x, a), (y, b)):
                inside -= at * at / (axis * axis - c * c) if axis > c else 0.0
            centre = np.zeros(3)
            centre[order[0]], centre[order[1]] = x, y
            centres.append(centre)
            radii.append(c * np.sqrt(max(inside, 0.0)))
    return np.array(centres), np.maximum(radii, c * c / a)


def hull_balls(points: Floats, most: int = MOST_POINTS) -> Balls:
    """Small balls at corners of the convex hull of points, shape (n, 3): those that reach furthest, one after the other."""
    towards = directions()
    reach = points @ towards.T
    exact = reach.max(0)
    centre = points.mean(0)
    size = float(np.linalg.norm(points - centre, axis=1).max())
    chosen: list[int] = []
    found = np.full(len(towards), -np.inf)
    while len(chosen) < min(most, len(points)):
        worst = int(np.argmax(exact - found))
        corner = int(np.argmax(reach[:, worst]))
        if corner in chosen or exact[worst] - found[worst] <= TOLERANCE * size:
            break
        chosen.append(corner)
        found = np.maximum(found, reach[corner])
    radius = min(SMALLEST, size)
    inward = centre - points[chosen]
    lengths = np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), radius)
    return points[chosen] + inward / lengths * radius, np.full(len(chosen), radius)


def cylinder_balls(radius: float, half: float, count: int = 6) -> Balls:
    """Small balls on both rims of a cylinder along z."""
    angles = 2 * np.pi * np.arange(count) / count
    rim = np.stack([radius * np.cos(angles), radius * np.sin(angles), np.zeros(count)], axis=1)
    lift = np.array([0.0, 0.0, half])
    return hull_balls(np.concatenate([rim - lift, rim + lift]), 2 * count)
