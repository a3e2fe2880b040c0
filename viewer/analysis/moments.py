"""Moments of the gait in the history: heel strikes and toe-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.gait import CONTACT, SHORTEST_SWING, SIDES
from muscle_viewer.viewer.analysis.gait import load

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History

STRIKE, TOE_OFF = "heel strike", "toe-off"


def nearest(info: ModelInfo, history: History, cursor: int, kind: str, way: int) -> int | None:
    """The frame of the next moment of a kind after the cursor (way 1) or of the last before it (-1), or None."""
    found = strikes(history) if kind == STRIKE else toe_offs(info, history)
    if way > 0:
        return min((k for k in found if k > cursor), default=None)
    return max((k for k in found if k < cursor), default=None)


def strikes(history: History) -> list[int]:
    """Frames at which a foot struck."""
    return sorted({event.index for event in history.events if event.kind.startswith("strike")})


def toe_offs(info: ModelInfo, history: History) -> list[int]:
    """Frames at which a foot's load ends, and stays away for a swing."""
    first, last = history.oldest, history.newest + 1
    swing = max(round(SHORTEST_SWING * info.control_hz), 1)
    begins = {event.index for event in history.events if event.kind == "begin"}
    found: set[int] = set()
    for side in SIDES:
        down = load(info, history, side, first, last) > CONTACT
        for k in np.flatnonzero(down[:-1] & ~down[1:]) + 1:
            if not down[k : k + swing].any() and first + int(k) not in begins:
                found.add(first + int(k))
    return sorted(found)
