"""The groups of GaitNet's muscles, whose files give none: by the joint that a muscle serves and its pull there.

The joint follows from the bodies that a muscle begins and ends on. At a hip, knee, ankle, toe or
elbow its torque in the zero pose tells a flexor from an extensor; a muscle from the pelvis to the
shank serves the hip or the knee, where its moment arm is larger. Shoulders, whose terms depend on
how the arm is held, and the trunk are groups of their own. In the zero pose the person faces z with
the left side at +x, legs hanging and arms held out; in another only the joint is told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from .muscles import Unit, places
from .skeleton import Floats, Node

JOINTS = {
    "hand": "wrist",
    "forearm": "elbow",
    "arm": "shoulder",
    "footthumb": "toe",
    "footpinky": "toe",
    "talus": "ankle",
    "tibia": "knee",
    "femur": "hip",
    "head": "neck",
    "shoulder": "shoulder_girdle",
    "pelvis": "trunk",
    "spine": "trunk",
    "neck": "neck",
    "torso": "trunk",
}
"""The joint of each body; of a muscle's two bodies the earlier one here tells."""

HELD = {"femur": (0.0, -1.0, 0.0), "tibia": (0.0, -1.0, 0.0), "forearm": (1.0, 0.0, 0.0)}
"""Where the left limbs' bodies lie from their joints in the zero pose."""

SIDE = re.compile(r"^[LR]_|_[LRlr]$")


def muscle_groups(units: Sequence[Unit], nodes: list[Node]) -> list[str]:
    """Each muscle's group; the two sides of a pair, by name, are judged together and have the same."""
    person = _Person(nodes)
    pairs: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        pairs[SIDE.sub("", unit.name)].append(unit)
    groups = {name: _group(pair, person) for name, pair in pairs.items()}
    return [groups[SIDE.sub("", unit.name)] for unit in units]


class _Person:
    """The skeleton's bodies without their sides, and each one's line up to the root."""

    def __init__(self, nodes: list[Node]) -> None:
        self.stems = [re.sub(r"_?[LR]$", "", node.name).lower() for node in nodes]
        self.centres = [node.joint.position for node in nodes]
        index = {node.name: k for k, node in enumerate(nodes)}
        self.lines: list[list[int]] = []
        for k, node in enumerate(nodes):
            above = [] if node.parent is None else self.lines[index[node.parent]]
            self.lines.append([k, *above])
        self.is_held = all(map(_is_held, nodes, self.stems))

    def torque(self, unit: Unit, joint: str) -> Floats:
        """(3,) m: of a unit tension in the zero pose, as the left side's, about a joint on the way to its ends."""
        ways = {k for end in _span(unit) for k in self.lines[end]}
        total, pulls = np.zeros(3), _pulls(unit)
        for k in (k for k in ways if JOINTS.get(self.stems[k]) == joint):
            arms = np.zeros_like(pulls)
            for arm, anchors in zip(arms, unit.waypoints, strict=True):
                for a in anchors:
                    if k in self.lines[a.node]:
                        arm += a.weight * (a.point - self.centres[k])
            about = np.cross(arms, pulls).sum(axis=0)
            total += about if self.centres[k][0] > 0 else about * [1.0, -1.0, -1.0]
        return total


def _group(pair: list[Unit], person: _Person) -> str:
    bodies = [person.stems[k] for unit in pair for k in _span(unit)]
    if not set(bodies) <= set(JOINTS):  # bodies of a skeleton of its own kind
        return "_".join(dict.fromkeys(bodies))
    joint = JOINTS[min(bodies, key=list(JOINTS).index)]
    if not person.is_held:
        return joint

    def torque(name: str) -> Floats:
        return sum((person.torque(unit, name) for unit in pair), np.zeros(3))

    if joint == "knee" and np.abs(torque("hip")).max() > abs(torque("knee")[0]):
        joint = "hip"
    action = _action(joint, torque(joint) + (torque("ankle") if joint == "toe" else 0.0))
    return f"{joint}_{action}" if action else joint


def _action(joint: str, torque: Floats) -> str | None:
    """What a torque of the left side does at a joint."""
    x, y, z = torque
    if joint == "hip":
        if abs(y) > abs(x) + abs(z):
            return "rotator"
        if abs(z) > abs(x):
            return "abductor" if z > 0 else "adductor"
        return "extensor" if x > 0 else "flexor"
    if joint == "ankle":
        return "plantarflexor" if x > 0 else "dorsiflexor"
    if joint in ("knee", "toe"):
        return "flexor" if x > 0 else "extensor"
    if joint == "elbow":
        return "flexor" if y < 0 else "extensor"
    return None


def _span(unit: Unit) -> set[int]:
    """The bodies at its ends; where they are one, all that carry it."""
    ends = {a.node for anchors in (unit.waypoints[0], unit.waypoints[-1]) for a in anchors}
    return ends if len(ends) > 1 else {a.node for way in unit.waypoints for a in way}


def _pulls(unit: Unit) -> Floats:
    """(waypoints, 3): the force of a unit tension on each."""
    points = places(unit)
    along = np.diff(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    pulls = np.zeros_like(points)
    pulls[:-1] += along
    pulls[1:] -= along
    return pulls


def _is_held(node: Node, stem: str) -> bool:
    """Whether a limb lies within 60 degrees of where it is in the zero pose of MASS and GaitNet."""
    if stem not in HELD:
        return True
    out = node.body.position - node.joint.position
    out = out * [1.0 if node.joint.position[0] > 0 else -1.0, 1.0, 1.0]
    return float(out @ HELD[stem]) > 0.5 * float(np.linalg.norm(out))
