"""Compact YAML for assets: short values on one line, comments if numbers need a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WIDTH = 118


def scalar(value: Any, digits: int = 5) -> str:
    """A number rounded to `digits` decimals, a plain word, or a quoted string."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        rounded = round(float(value), digits)
        text = f"{rounded:.{digits}f}".rstrip("0")
        text = text + "0" if text.endswith(".") else text
        return "0.0" if text == "-0.0" else text
    text = str(value)
    plain = text and all(c.isalnum() or c in "_-/. " for c in text) and text == text.strip()
    return text if plain and not text[0].isdigit() else '"' + text.replace('"', '\\"') + '"'


def flow(value: Any, digits: int = 5) -> str:
    """A value on one line in flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {flow(v, digits)}" for k, v in value.items()) + "}"
    if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str):
        return "[" + ", ".join(flow(v, digits) for v in value) + "]"
    return scalar(value, digits)


def block_list(key: str, items: Sequence[Any], indent: int, digits: int = 5) -> list[str]:
    """`key:` and its items, one flow-style item a line."""
    pad = " " * indent
    return [f"{pad}{key}:"] + [f"{pad}  - {flow(item, digits)}" for item in items]
