"""Colours that the scene and the panels share: of the two sides, and of selected muscles."""

from __future__ import annotations

RIGHT, LEFT = "#5ee84a", "#b07cf0"
"""Colours of the right and the left side, green and purple: distinct for every colour vision, and from each colour of
the colour maps."""

SELECTED = ("#19d3ff", "#ffd43b", "#69e06e", "#c695ff", "#ff9f43", "#ff7eb9", "#8ce0d0", "#d0d7de")
"""Colours of the outlines and curves of the first, second, ... selected muscle."""


def selection_colour(place: int) -> str:
    """The colour of the muscle that was selected as number `place`, counted from 0."""
    return SELECTED[place % len(SELECTED)]


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of a colour written as `#rrggbb`."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5))
    return red, green, blue
