"""Functions of a coordinate as YAML: a number, a polynomial with truncated powers, or a natural spline."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ..errors import ModelError
from .functions import Function, TruncatedPower, natural_spline
from .text import Strict

Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class FunctionForm(Strict):
    """A polynomial, with truncated powers [knot, weight] if it is piecewise; or a natural spline."""

    polynomial: Annotated[list[float], Field(min_length=1, max_length=5)] | None = None
    squares: list[Pair] = []
    cubes: list[Pair] = []
    spline: Annotated[list[Pair], Field(min_length=2)] | None = None


def _number_as_polynomial(value: Any) -> Any:
    return {"polynomial": [value]} if isinstance(value, int | float) else value


Amount = Annotated[FunctionForm, BeforeValidator(_number_as_polynomial)]
"""A number is a constant function."""


def function_of(amount: FunctionForm, where: str) -> Function:
    """The function that the YAML describes. ModelError names the field `where` and the fix."""
    if (amount.spline is None) == (amount.polynomial is None):
        raise ModelError(f"{where}: give either polynomial or spline")
    if amount.spline is not None:
        if amount.squares or amount.cubes:
            raise ModelError(f"{where}: squares and cubes belong to a polynomial, not to a spline")
        try:
            return natural_spline([p[0] for p in amount.spline], [p[1] for p in amount.spline])
        except ModelError as error:
            raise ModelError(f"{where}.spline: {error}") from None
    powers = [(2, pair) for pair in amount.squares] + [(3, pair) for pair in amount.cubes]
    return Function(
        tuple(amount.polynomial or ()), tuple(TruncatedPower(x, n, w) for n, (x, w) in powers)
    )
