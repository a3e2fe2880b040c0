"""Left and right by names: `soleus_r`, `R_Soleus`, `FemurR`."""

from __future__ import annotations

import re
from collections.abc import Sequence

STYLES = tuple(
    f"(?P<before>{before})(?P<side>[{sides}])(?P<after>{after})"
    for before, sides, after in ((".+_", "rlRL", ""), ("", "RL", "_.+"), (".+", "RL", ""))
)
SIDES = {"r": "right", "l": "left"}
OTHER = {"r": "l", "l": "r", "R": "L", "L": "R"}


def split(names: Sequence[str]) -> list[tuple[str, str]]:
    """Each name without its side, and the side: `right`, `left`, or empty without a counterpart."""
    known = set(names)
    return [_split(name, known) for name in names]


def partners(names: Sequence[str]) -> list[int]:
    """For each name the index of its counterpart on the other side, or its own without one."""
    parts = split(names)
    places = {part: k for k, part in enumerate(parts)}
    other = {"right": "left", "left": "right", "": ""}
    return [places.get((base, other[side]), k) for k, (base, side) in enumerate(parts)]


def _split(name: str, known: set[str]) -> tuple[str, str]:
    for style in STYLES:
        match = re.fullmatch(style, name)
        if match and f"{match['before']}{OTHER[match['side']]}{match['after']}" in known:
            return f"{match['before']}{match['after']}".strip("_"), SIDES[match["side"].lower()]
    return name, ""
