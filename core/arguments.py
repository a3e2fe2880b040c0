"""Checks of callers' arguments."""

from __future__ import annotations

import operator

from .errors import ConfigError

MOST_ENVIRONMENTS = 1 << 20
MOST_THREADS = 1 << 12
MOST_SEED = (1 << 64) - 1


def whole(name: str, value: int, lowest: int, highest: int) -> int:
    """`value` as an int; ConfigError if it is not whole, or outside [lowest, highest]."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ConfigError(f"{name}: {value!r} given, expected a whole number") from None
    if not lowest <= number <= highest:
        raise ConfigError(f"{name}: {number} given, expected {lowest} to {highest}")
    return number
