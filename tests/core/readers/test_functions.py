"""Functions of a coordinate against scipy's splines and numpy's polynomials."""

from __future__ import annotations

import numpy as np
import pytest
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.readers.functions import (
    Function,
    TruncatedPower,
    hermite,
    natural_spline,
)

interpolate = pytest.importorskip("scipy.interpolate", reason="the dev extra brings it")


def test_a_natural_spline_is_scipys_and_goes_on_in_straight_lines() -> None:
    rng = np.random.default_rng(1)
    x = np.sort(rng.uniform(-2, 2, 9))
    y = rng.normal(size=9)
    ours, theirs = natural_spline(x, y), interpolate.CubicSpline(x, y, bc_type="natural")
    for q in np.linspace(x[0], x[-1], 200):
        assert ours(q) == pytest.approx(float(theirs(q)), abs=1e-9)
    for end, beyond in ((x[0], x[0] - 0.7), (x[-1], x[-1] + 0.7)):
        line = float(theirs(end) + theirs(end, 1) * (beyond - end))
        assert ours(beyond) == pytest.approx(line, abs=1e-9)


def test_values_and_slopes_make_the_piecewise_cubic_of_scipy() -> None:
    rng = np.random.default_rng(2)
    x = np.sort(rng.uniform(-2, 2, 7))
    y, slopes = rng.normal(size=7), rng.normal(size=7)
    ours, theirs = hermite(x, y, slopes), interpolate.CubicHermiteSpline(x, y, slopes)
    for q in np.linspace(x[0], x[-1], 200):
        assert ours(q) == pytest.approx(float(theirs(q)), abs=1e-9)


@pytest.mark.parametrize("scale", [1.0, -1.0, 0.4, -2.5])
def test_a_function_of_a_line_is_the_composition(scale: float) -> None:
    rng = np.random.default_rng(3)
    powers = tuple(
        TruncatedPower(float(rng.normal()), int(rng.integers(2, 4)), float(rng.normal()))
        for _ in range(5)
    )
    f = Function(tuple(rng.normal(size=5)), powers)
    line = Function((0.3, scale))
    for q in rng.normal(size=50):
        assert f.after(line)(q) == pytest.approx(f(0.3 + scale * q), abs=1e-9)
        assert line.after(f)(q) == pytest.approx(0.3 + scale * f(q), abs=1e-9)


def test_what_has_no_exact_form_is_refused() -> None:
    square = Function((0.0, 0.0, 1.0))
    with pytest.raises(ModelError, match="one of the two must be linear"):
        square.after(square)
    with pytest.raises(ModelError, match="degree 5"):
        Function((0.0,) * 6)
    with pytest.raises(ModelError, match="ascending"):
        natural_spline([0, 0], [1, 2])
