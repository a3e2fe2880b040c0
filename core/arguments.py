"""Checks of callers' arguments."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ConfigError, ShapeError

MOST_ENVIRONMENTS = 1 << 20
MOST_THREADS = 1 << 12
MOST_SEED = (1 << 64) - 1


def whole(name: str, value: SupportsIndex, lowest: int, highest: int) -> int:
    """`value` as an int; ConfigError if it is not whole, or outside [lowest, highest]."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ConfigError(f"{name}: {value!r} given, expected a whole number") from None
    if not lowest <= number <= highest:
        raise ConfigError(f"{name}: {number} given, expected {lowest} to {highest}")
    return number


def finite(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """`values` of this shape; ConfigError if one is not finite, also as the float32 that the simulator computes with."""
    array = np.asarray(values, np.float64)
    if array.shape != shape:
        raise ShapeError(f"{name}: shape {array.shape} given, {shape} expected")
    if not (np.abs(array) <= np.finfo(np.float32).max).all():
        raise ConfigError(f"{name}: holds a number that is not finite, or too large for float32")
    return array
