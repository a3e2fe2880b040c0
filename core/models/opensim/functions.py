"""OpenSim's functions of one coordinate, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.functions import Function, constant, hermite


def function_of(function: Any, where: str, opensim: Any) -> Function:
    """An opensim.Function. ModelError, beginning with `where`, for one without an exact form."""
    kind = function.getConcreteClassName()
    if kind == "Constant":
        return constant(_value(function, 0.0, opensim))
    if kind == "LinearFunction":
        offset = _value(function, 0.0, opensim)
        return Function((offset, opensim.LinearFunction.safeDownCast(function).getSlope()))
    if kind == "PolynomialFunction":
        given = opensim.PolynomialFunction.safeDownCast(function).getCoefficients()
        return Function(tuple(float(given.get(i)) for i in reversed(range(given.size()))))
    if kind == "MultiplierFunction":
        multiplier = opensim.MultiplierFunction.safeDownCast(function)
        scale = float(multiplier.getScale())
        return Function((0.0, scale)).after(function_of(multiplier.getFunction(), where, opensim))
    if kind in ("SimmSpline", "NaturalCubicSpline"):
        return _spline(getattr(opensim, kind).safeDownCast(function), opensim)
    raise ModelError(f"{where}: a {kind}, which is not read")


def _spline(spline: Any, opensim: Any) -> Function:
    """A cubic spline by its values and slopes at the knots; OpenSim continues it by straight lines."""
    count = spline.getNumberOfPoints() if hasattr(spline, "getNumberOfPoints") else spline.getSize()
    x = np.array([spline.getX(i) for i in range(count)])
    if count == 1 or np.ptp(x) == 0:
        return constant(_value(spline, float(x[0]), opensim))
    values = [_value(spline, float(at), opensim) for at in x]
    order = opensim.StdVectorInt()
    order.append(0)
    slopes = [spline.calcDerivative(order, opensim.Vector(1, float(at))) for at in x]
    return hermite(x, values, slopes)


def _value(function: Any, x: float, opensim: Any) -> float:
    return float(function.calcValue(opensim.Vector(1, x)))
