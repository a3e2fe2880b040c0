"""Values of an environment's parameters as a user writes them on a command line."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..errors import ConfigError
from ..readers.text import suggestion


def parse_values(
    text: str, presets: Mapping[str, Mapping[str, float]] | None = None
) -> dict[str, float]:
    """`name=0.3,other=1.2`, presets by name among them; `default` for none. ConfigError for other texts."""
    values: dict[str, float] = {}
    if text.strip() == "default":
        return values
    for part in text.split(","):
        name, equals, value = part.partition("=")
        name = name.strip()
        if equals and name:
            values[name] = finite_number("--parameters", value)
        elif presets and name in presets:
            values |= presets[name]
        else:
            preset = f", or a preset; {suggestion(name, presets)}" if presets else ", or default"
            raise ConfigError(
                f"--parameters: '{name}' is not name=value, as in weak_l=0.3,height=1.1{preset}"
            )
    return values


def finite_number(option: str, text: str) -> float:
    """The number of an option's text. ConfigError for another text."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ConfigError(f"{option}: '{text.strip()}' is not a finite number")
    return value
