"""Functions of one coordinate: polynomials and piecewise cubics, exact as sums of truncated powers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ModelError

Floats = NDArray[np.float64]

DEGREE = 4
"""Largest degree of a polynomial."""


@dataclass(frozen=True)
class TruncatedPower:
    """weight (q - knot)^power where q exceeds the knot, otherwise 0; power 2 or 3."""

    knot: float
    power: int
    weight: float


@dataclass(frozen=True)
class Function:
    """f(q) = sum_k polynomial[k] q^k + sum_j weight_j (q - knot_j)+^power_j."""

    polynomial: tuple[float, ...]
    powers: tuple[TruncatedPower, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.polynomial) <= DEGREE + 1:
            raise ModelError(
                f"a polynomial of degree {len(self.polynomial) - 1}; 0 to {DEGREE} is possible"
            )

    def __call__(self, q: float) -> float:
        value = float(np.polynomial.polynomial.polyval(q, self.polynomial))
        return value + sum(p.weight * max(q - p.knot, 0.0) ** p.power for p in self.powers)

    @property
    def constant(self) -> float | None:
        """The value of a constant function, None for another."""
        return None if self.powers or any(self.polynomial[1:]) else self.polynomial[0]

    @property
    def linear(self) -> tuple[float, float] | None:
        """(offset, scale) of a linear function, None for another."""
        if self.powers or any(self.polynomial[2:]):
            return None
        return self.polynomial[0], (*self.polynomial, 0.0)[1]

    def after(self, inner: Function) -> Function:
        """The composition q -> f(inner(q)). ModelError if it has no exact form."""
        if inner.linear is not None:
            return self._after_linear(*inner.linear)
        if self.linear is not None:
            offset, scale = self.linear
            first, *others = inner.polynomial
            return Function(
                (offset + scale * first, *(scale * c for c in others)),
                tuple(TruncatedPower(p.knot, p.power, scale * p.weight) for p in inner.powers),
            )
        raise ModelError(
            "a nonlinear function of a coordinate that follows another by a nonlinear function; "
            "one of the two must be linear"
        )

    def _after_linear(self, offset: float, scale: float) -> Function:
        if scale == 0:
            return Function((self(offset),))
        polynomial = np.zeros(DEGREE + 1)
        for k, c in enumerate(self.polynomial):
            for j in range(k + 1):
                polynomial[j] += c * comb(k, j) * scale**j * offset ** (k - j)
        powers = []
        for p in self.powers:
            knot, weight = (p.knot - offset) / scale, p.weight * abs(scale) ** p.power
            if scale < 0:
                # (-u)+^n = (-u)^n - (-1)^n u+^n, with u = q - knot
                sign = (-1.0) ** p.power
                for j in range(p.power + 1):
                    polynomial[j] += sign * weight * comb(p.power, j) * (-knot) ** (p.power - j)
                weight *= -sign
            powers.append(TruncatedPower(knot, p.power, weight))
        last = max([k for k, c in enumerate(polynomial) if c != 0], default=0)
        return Function(tuple(float(c) for c in polynomial[: last + 1]), tuple(powers))


IDENTITY = Function((0.0, 1.0))


def constant(value: float) -> Function:
    """The function of this value everywhere."""
    return Function((float(value),))


def piecewise_cubic(
    knots: ArrayLike, values: ArrayLike, slopes: ArrayLike, curvatures: ArrayLike, jerks: ArrayLike
) -> Function:
    """A piecewise cubic with a continuous derivative, continued by straight lines at both ends.

    knots: ascending, shape (n,); values, first and second derivatives at them: as many. jerks: the
    third derivative in each piece, shape (n - 1,); curvatures: at the beginning of each piece, too.
    """
    x, y, s, c, j = (np.asarray(a, np.float64) for a in (knots, values, slopes, curvatures, jerks))
    # The second derivative jumps where a piece's end differs from the next one's beginning.
    end = c[:-1] + j * np.diff(x)
    before, after = np.concatenate([[0.0], end]), np.concatenate([c[:-1], [0.0]])
    squares = (after - before) / 2
    cubes = np.diff(j, prepend=0.0, append=0.0) / 6
    powers = [
        TruncatedPower(float(knot), power, float(weight))
        for power, weights in ((2, squares), (3, cubes))
        for knot, weight in zip(x, weights, strict=True)
        if abs(weight) > 1e-12 * max(float(np.abs(weights).max()), 1e-300)
    ]
    return Function((float(y[0] - s[0] * x[0]), float(s[0])), tuple(powers))


def hermite(knots: ArrayLike, values: ArrayLike, slopes: ArrayLike) -> Function:
    """The piecewise cubic of these values and slopes, continued by straight lines; arrays of shape (n,)."""
    x, y, s = (np.asarray(a, np.float64) for a in (knots, values, slopes))
    h = np.diff(x)
    rise = np.diff(y) / h
    curvatures = np.append(2 * (3 * rise - 2 * s[:-1] - s[1:]) / h, 0.0)
    return piecewise_cubic(x, y, s, curvatures, 6 * (s[:-1] + s[1:] - 2 * rise) / h**2)


def natural_spline(knots: Sequence[float], values: Sequence[float]) -> Function:
    """The natural cubic spline through points, continued by straight lines. ModelError: what is wrong."""
    x, y = np.asarray(knots, np.float64), np.asarray(values, np.float64)
    if len(x) < 2 or not (np.diff(x) > 0).all():
        raise ModelError("a spline needs two points or more, in ascending order")
    h, n = np.diff(x), len(x)
    rise = np.diff(y) / h
    matrix, right = np.eye(n), np.zeros(n)
    for i in range(1, n - 1):
        matrix[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = 6 * (rise[i] - rise[i - 1])
    curvature = np.linalg.solve(matrix, right)
    slopes = np.append(rise - h * (2 * curvature[:-1] + curvature[1:]) / 6, 0.0)
    return piecewise_cubic(x, y, slopes, curvature, np.diff(curvature) / h)
