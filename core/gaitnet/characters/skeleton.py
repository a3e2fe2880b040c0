"""A skeleton of MASS or GaitNet as plain data: nodes with their transforms in the zero pose.

Every transform is the world's in the zero pose, whichever way the file says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...readers.character import Gain
from ...readers.text import suggestion

Floats = NDArray[np.float64]
JOINTS = {"Free": 6, "Ball": 3, "Revolute": 1, "Weld": 0}


class OtherSkeleton(ModelError):
    """A motion that is for another skeleton."""


@dataclass(frozen=True)
class Transform:
    """A frame in the world, zero pose."""

    rotation: Floats
    """(3, 3)"""
    position: Floats
    """(3,) m"""

    def inverse_times(self, other: Transform) -> Transform:
        """`other` as seen from this frame."""
        return Transform(
            self.rotation.T @ other.rotation, self.rotation.T @ (other.position - self.position)
        )

    def times(self, other: Transform) -> Transform:
        """The world's view of what this frame sees as `other`."""
        return Transform(
            self.rotation @ other.rotation, self.position + self.rotation @ other.position
        )

    def local(self, point: Floats) -> Floats:
        """A world point in this frame."""
        return self.rotation.T @ (point - self.position)


@dataclass(frozen=True)
class Node:
    """A body and the joint that carries it."""

    name: str
    parent: str | None
    shape: Literal["Box", "Sphere", "Capsule"]
    size: Floats
    """(3,) box: full lengths; sphere: its diameter thrice; capsule: radius, height, 0. m"""
    mass: float
    contact: bool
    obj: str | None
    body: Transform
    joint: Transform
    joint_type: str
    axis: Floats
    lower: Floats | None
    upper: Floats | None
    bvh: tuple[str, ...]
    """Joints of a motion capture whose rotations, multiplied, are this joint's."""
    kp: Gain | None
    kv: Gain | None
    damping: Gain | None
    end_effector: bool


def order_nodes(nodes: list[Node], origin: str) -> list[Node]:
    """Nodes checked: names of their own, one root, parents that exist and stand before."""
    if not nodes:
        raise ModelError(f"{origin}: holds no Node; a skeleton has at least one")
    names = [node.name for node in nodes]
    before: set[str] = set()
    for node in nodes:
        where = f"{origin}: Node '{node.name}'"
        if node.name in before:
            raise ModelError(f"{where}: stands twice; give each node a name of its own")
        if node.parent is None and before:
            raise ModelError(f"{where}: a second root; one node alone has parent None")
        if node.parent is not None and node.parent not in before:
            reason = (
                f"its parent '{node.parent}' comes later or leads back to it; "
                "parents stand before their children"
                if node.parent in names
                else f"no node is named '{node.parent}'; {suggestion(node.parent, names)}"
            )
            raise ModelError(f"{where}: {reason}")
        if node.joint_type == "Free" and node.parent is not None:
            raise ModelError(f"{where}: a Free joint is for the root alone")
        before.add(node.name)
    return nodes


def inertia_of(node: Node) -> Floats:
    """Of the node's shape about its centre, in the body's axes, (3, 3) kg m^2, as DART has it."""
    x, y, z = node.size
    m = node.mass
    if node.shape == "Box":
        return m / 12 * np.diag([y * y + z * z, x * x + z * z, x * x + y * y])
    if node.shape == "Sphere":
        return 0.4 * m * (x / 2) ** 2 * np.eye(3)
    r, h = x, y
    cylinder, sphere = np.pi * r * r * h, 4 / 3 * np.pi * r**3
    mc, ms = m * cylinder / (cylinder + sphere), m * sphere / (cylinder + sphere)
    across = mc * (h * h / 12 + r * r / 4) + ms * (0.4 * r * r + h * h / 4 + 0.375 * h * r)
    along = mc * r * r / 2 + ms * 0.4 * r * r
    return np.diag([across, across, along])
