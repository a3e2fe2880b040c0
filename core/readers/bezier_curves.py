"""Curves of quintic Bezier sections, as in Millard et al. 2013 (doi 10.1115/1.4023390).

Two straight lines through the ends of a section, with the slopes there, meet in a corner; the section
rounds it off, the closer to it the larger its curviness (0 to 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .curve_table import SAMPLES, CurveTable, Part, tabulated

Floats = NDArray[np.float64]
PLATEAU = 0.05
"""Half the width of the plateau of the active force-length curve, optimal fibre lengths."""


@dataclass(frozen=True)
class Knot:
    """A point of a curve and its slope there."""

    x: float
    y: float
    slope: float


def _section(begin: Knot, end: Knot, curviness: float) -> Part:
    """Samples of the section between two knots: x(u) and y(u), u from 0 to 1, are quintic Bezier polynomials."""
    close = 0.1 + 0.8 * curviness
    if abs(begin.slope - end.slope) > 1e-12:
        rise = end.y - begin.y - end.x * end.slope + begin.x * begin.slope
        corner = rise / (begin.slope - end.slope)
    else:
        corner = (begin.x + end.x) / 2
    height = end.y + (corner - end.x) * end.slope
    first = begin.x + close * (corner - begin.x), begin.y + close * (height - begin.y)
    second = end.x + close * (corner - end.x), end.y + close * (height - end.y)
    points = np.array([(begin.x, begin.y), first, first, second, second, (end.x, end.y)])
    u = np.linspace(0.0, 1.0, SAMPLES)
    (x, x1, x2), (y, y1, y2) = (_derivatives(_power_basis(points[:, k]), u) for k in (0, 1))
    slope = y1 / x1
    return np.array([x, y, slope, (y2 - slope * x2) / x1**2])


def _derivatives(coefficients: Floats, u: Floats) -> list[Floats]:
    """A polynomial and its first two derivatives at u."""
    polynomial = np.polynomial.polynomial
    rows = [polynomial.polyval(u, polynomial.polyder(coefficients, k)) for k in range(3)]
    return [np.asarray(row, np.float64) for row in rows]


def _power_basis(points: Floats) -> Floats:
    """Coefficients of u^k of the quintic Bezier polynomial with these points, shape (6,)."""
    binomials = [1, 5, 10, 10, 5, 1]
    total = np.zeros(6)
    for k, point in enumerate(points):
        base = np.polynomial.polynomial.polypow([1.0, -1.0], 5 - k) * binomials[k] * point
        total[k : k + len(base)] += base
    return total


def curve(knots: list[Knot], curviness: list[float]) -> CurveTable:
    """The curve through knots, continued by straight lines; a curviness for each section."""
    parts = [
        _section(begin, end, c)
        for begin, end, c in zip(knots[:-1], knots[1:], curviness, strict=True)
    ]
    return tabulated(parts, (knots[0].slope, knots[-1].slope))


def active_force_length(
    shortest: float, transition: float, longest: float, slope: float, lowest: float
) -> CurveTable:
    """Active force over fibre length: rises from `shortest` to a bend at `transition`, from there with `slope`
    to the plateau at 1, and falls to `longest`; `lowest` beyond both ends."""
    end = 1 - PLATEAU
    bend = 1 - slope * (end - transition)
    ascending = Knot((shortest + transition) / 2, bend / 2, 1.25 * bend / (transition - shortest))
    shoulder = Knot((transition + end) / 2, (1 + bend) / 2, slope)
    fall = -1 / (longest - 1 - 2 * PLATEAU)
    descending = Knot((1 + PLATEAU + longest) / 2, 0.5, fall)
    knots = [
        Knot(shortest, lowest, 0.0), ascending, shoulder, Knot(1.0, 1.0, 0.0), descending,
        Knot(longest, lowest, 0.0),
    ]  # fmt: skip
    return curve(knots, [1.0] * 5)


def tendon_force_length(
    strain: float, stiffness: float, toe: float, curviness: float
) -> CurveTable:
    """Tendon force over length (slack lengths): 1 at 1 + strain, a straight line of this stiffness above force `toe`."""
    end = 1 + strain
    x_toe = end + (toe - 1) / stiffness
    foot = 1 + (x_toe - 1) / 10
    middle = end + (toe / 2 - 1) / stiffness
    slope = toe / 2 / (middle - foot)
    x = foot + (middle - foot) / 2
    knots = [Knot(1.0, 0.0, 0.0), Knot(x, slope * (x - foot), slope), Knot(x_toe, toe, stiffness)]
    return curve(knots, [curviness] * 2)


def passive_force_length(
    zero: float, one: float, low: float, stiffness: float, curviness: float
) -> CurveTable:
    """Passive force over fibre length: 0 up to 1 + zero, then of `low` stiffness, 1 at 1 + one with `stiffness`."""
    begin, end = 1 + zero, 1 + one
    width = min(0.1 / stiffness, 0.1 * (end - begin))
    knots = [
        Knot(begin, 0.0, 0.0), Knot(begin + width, low * width / 2, low), Knot(end, 1.0, stiffness)
    ]  # fmt: skip
    return curve(knots, [curviness] * 2)


@dataclass(frozen=True)
class VelocitySlopes:
    """Slopes of a force-velocity curve: at a maximal velocity, and at nine tenths of it."""

    at_end: float
    near_end: float
    curviness: float


def force_velocity(
    shortening: VelocitySlopes, isometric: float, lengthening: VelocitySlopes, largest: float
) -> CurveTable:
    """Force over velocity (maximal ones): 0 at -1, 1 at 0 with slope `isometric`, `largest` at 1."""
    near = 0.1 * (shortening.near_end + shortening.at_end) / 2
    far = largest - 0.1 * (lengthening.near_end + lengthening.at_end) / 2
    knots = [
        Knot(-1.0, 0.0, shortening.at_end), Knot(-0.9, near, shortening.near_end),
        Knot(0.0, 1.0, isometric),
        Knot(0.9, far, lengthening.near_end), Knot(1.0, largest, lengthening.at_end),
    ]  # fmt: skip
    c, e = shortening.curviness, lengthening.curviness
    return curve(knots, [c, c, e, e])
