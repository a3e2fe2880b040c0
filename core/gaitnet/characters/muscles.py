"""Muscles of MASS and GaitNet as plain data, and the rule that blends their inner waypoints."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .skeleton import JOINTS, Floats, Node

NEAR = 0.08
"""m: a waypoint nearer to a joint is carried by the joint's two bodies."""


@dataclass(frozen=True)
class Anchor:
    """A share of a waypoint: weight times a point of the zero pose's world, carried by a node."""

    node: int
    weight: float
    point: Floats


@dataclass(frozen=True)
class Unit:
    """A muscle; lengths lm and lt are shares of its length in the zero pose."""

    name: str
    f0: float
    lm: float
    lt: float
    pennation: float
    waypoints: list[list[Anchor]]


def blended(nodes: list[Node], named: int, point: NDArray[np.float64]) -> list[Anchor]:
    """An inner waypoint after the rule of MASS and its successors (Muscle.cpp, AddAnchor).

    Where the nearest joint is within 8 cm, the waypoint is carried by that joint's body and the
    body's parent with weights ~ 1 / sqrt(distance to each one's joint); else by the named body.
    """
    distances = np.linalg.norm(point - [node.joint.position for node in nodes], axis=1)
    nearest = int(np.argmin(distances))
    if distances[nearest] >= NEAR:
        return [Anchor(named, 1.0, point)]
    carriers = [nearest]
    parent = nodes[nearest].parent
    if parent is not None:
        carriers.append([n.name for n in nodes].index(parent))
    shares = [1 / sqrt(max(distances[k], 1e-12)) for k in carriers]
    return [Anchor(k, s / sum(shares), point) for k, s in zip(carriers, shares, strict=True)]


def length(unit: Unit) -> float:
    """In the zero pose, m."""
    return float(np.linalg.norm(np.diff(places(unit), axis=0), axis=1).sum())


def places(unit: Unit) -> Floats:
    """(waypoints, 3): of its waypoints in the zero pose, m."""
    return np.array([sum(a.weight * a.point for a in anchors) for anchors in unit.waypoints])


def moves_a_joint(unit: Unit, nodes: list[Node]) -> bool:
    """Whether some joint that can move carries a part of the muscle and not the whole."""
    index = {node.name: k for k, node in enumerate(nodes)}
    touched = {anchor.node for anchors in unit.waypoints for anchor in anchors}
    lines: list[set[int]] = []
    for body in touched:
        line: set[int] = set()
        at = body
        while True:
            line.add(at)
            parent = nodes[at].parent
            if parent is None:
                break
            at = index[parent]
        lines.append(line)
    common = lines[0].intersection(*lines)
    spanned = {k for line in lines for k in line} - common
    return any(JOINTS[nodes[k].joint_type] > 0 for k in spanned)
