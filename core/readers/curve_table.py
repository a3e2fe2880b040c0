"""Curves as tables of quintic polynomials: what the lanes evaluate, whatever formula a curve comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SECTIONS = 32
"""Sections of a table at most, the straight lines at both ends included."""
ACCURACY = 1e-5
"""Largest difference of a table from its curve, unless that takes too many sections."""
SAMPLES = 241
"""Points in a smooth part of a curve at which a table may change from one section to the next."""


@dataclass(frozen=True)
class CurveTable:
    """A function by sections, with two continuous derivatives where its curve has them.

    breaks: ends of the sections, ascending, shape (n,). Section k lies between breaks k - 1 and k and
    is sum_j coefficients[j, k] (x - start_k)^j, with start_k = breaks[max(k - 1, 0)]; sections 0 and n
    are straight lines. coefficients: shape (6, n + 1).
    """

    breaks: Floats
    coefficients: Floats

    def __call__(self, x: Floats) -> Floats:
        section = np.searchsorted(self.breaks, x, side="left")
        t = x - self.breaks[np.maximum(section - 1, 0)]
        value = np.zeros_like(t)
        for row in self.coefficients[::-1]:
            value = value * t + row[section]
        return value


Part = Floats
"""A smooth part of a curve by samples, shape (4, n): x, ascending, the value and its first two derivatives."""


def sampled(
    begin: float, end: float, jet: Callable[[Floats], tuple[Floats, Floats, Floats]]
) -> Part:
    """A part of a curve that is given by its value and first two derivatives at points."""
    x = np.linspace(begin, end, SAMPLES)
    return np.array([x, *(np.broadcast_to(values, x.shape) for values in jet(x))])


def tabulated(
    parts: Sequence[Part], slopes: tuple[float | None, float | None] = (None, None)
) -> CurveTable:
    """The table of a curve of adjoining parts, continued by straight lines.

    slopes: of these lines at the beginning and the end, None for the curve's own slopes there.
    """
    sections = [(_error(part), part) for part in parts]
    while len(sections) < SECTIONS - 2:
        worst = max(range(len(sections)), key=lambda k: sections[k][0])
        if sections[worst][0] < ACCURACY:
            break
        sections[worst : worst + 1] = _halves(sections[worst][1])
    first, last = sections[0][1][:, 0], sections[-1][1][:, -1]
    rows = [
        _line(first, slopes[0]),
        *(_quintic(part) for _, part in sections),
        _line(last, slopes[1]),
    ]
    breaks = [first[0], *(part[0, -1] for _, part in sections)]
    return CurveTable(np.array(breaks), np.array(rows).T)


def _halves(part: Part) -> list[tuple[float, Part]]:
    """A part divided where the larger of the two errors is smallest."""
    low, high = 1, part.shape[1] - 2
    while low < high:  # the left error grows with the place of the division, the right one falls
        middle = (low + high) // 2
        if _error(part[:, : middle + 1]) < _error(part[:, middle:]):
            low = middle + 1
        else:
            high = middle
    return [(_error(half), half) for half in (part[:, : low + 1], part[:, low:])]


def _line(sample: Floats, slope: float | None) -> list[float]:
    return [float(sample[1]), float(sample[2]) if slope is None else slope, 0.0, 0.0, 0.0, 0.0]


def _quintic(part: Part) -> list[float]:
    """Coefficients of (x - begin)^k with the curve's values and derivatives at both ends."""
    h = part[0, -1] - part[0, 0]
    y0, s0, c0 = part[1:, 0] * [1, h, h * h]
    y1, s1, c1 = part[1:, -1] * [1, h, h * h]
    rise, turn, bend = y1 - y0 - s0 - c0 / 2, s1 - s0 - c0, c1 - c0
    higher = [
        10 * rise - 4 * turn + bend / 2,
        -15 * rise + 7 * turn - bend,
        6 * rise - 3 * turn + bend / 2,
    ]
    return [float(c / h**k) for k, c in enumerate([y0, s0, c0 / 2, *higher])]


def _error(part: Part) -> float:
    if part.shape[1] < 3:
        return 0.0
    value = np.polynomial.polynomial.polyval(part[0] - part[0, 0], _quintic(part))
    return float(np.abs(value - part[1]).max())
