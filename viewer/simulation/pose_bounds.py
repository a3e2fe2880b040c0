"""How far the coordinates of a character go by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.readers.character import Character

TURN, WAY = np.pi, 2.0
"""Bounds of a dof without limits, rad and m."""

Pairs = tuple[tuple[float, float], ...]


def pose_bounds(character: Character, start: np.ndarray) -> tuple[Pairs, frozenset[int]]:
    """A coordinate's range, a joint's limits, or half a turn and 2 m; and the dofs that are metres.

    start: positions about which a free root moves, shape (dofs,).
    """
    ranges = {c.name: c.range for c in character.coordinates}
    limits: list[tuple[float, float]] = []
    ways: set[int] = set()
    for body in character.bodies:
        joint = body.joint
        for k, name in enumerate(joint.dof_names):
            if joint.is_way(k):
                ways.add(len(limits))
            range_of = ranges.get(name)
            if range_of is not None:
                limits.append(range_of)
            elif joint.type == "free" and k > 2:
                at = float(start[len(limits)])
                limits.append((at - WAY, at + WAY))
            elif joint.is_way(k):
                limits.append((-WAY, WAY))
            elif joint.lower is None or joint.upper is None or joint.type == "free":
                limits.append((-TURN, TURN))
            else:
                limits.append((float(joint.lower[k]), float(joint.upper[k])))
    return tuple(limits), frozenset(ways)
