"""A skeleton as model files describe it: bodies, joints of any number of coordinates, coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..readers.character import Contact, ContactBox, Joint, Shape
from ..readers.coordinates import Coordinate, Element
from ..readers.text import vector
from .pose import Pose, identity

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stack:
    """A joint as a product: `parent` frame, the elements in order, the inverse of the `child` frame.

    The placement of the body in its parent is parent * E_1 * ... * E_n * child^-1; without elements
    it is a weld.
    """

    elements: list[Element] = field(default_factory=list)
    parent: Pose = field(default_factory=identity)
    """Of the joint in the parent body."""
    child: Pose = field(default_factory=identity)
    """Of the joint in this body."""


@dataclass(frozen=True)
class Segment:
    """A body of a file; kg, m. inertia: xx yy zz xy xz yz about the centre of mass, kg m^2."""

    name: str
    parent: int
    """An earlier segment, or -1 for the world."""
    joint: Stack | Joint
    """A `Joint` is free, ball, revolute or weld, and the body's frame is the joint's."""
    mass: float = 0.0
    com: Floats = field(default_factory=lambda: np.zeros(3))
    inertia: Floats = field(default_factory=lambda: np.zeros(6))
    shapes: list[Shape] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    contact_boxes: list[ContactBox] = field(default_factory=list)


@dataclass(frozen=True)
class Skeleton:
    """The bodies of a file, parents first, and the table of their joints' coordinates."""

    segments: list[Segment]
    coordinates: list[Coordinate]
    world: Pose = field(default_factory=identity)
    """Of the file's world in ours, whose y axis points up."""


def simple_joint(kind: str, at: Pose, names: tuple[str, ...] = ()) -> Joint:
    """A free, ball or weld joint at a pose in the parent, with nothing that acts on it."""
    return Joint(
        kind, vector(at.position), vector(at.quaternion), vector([1, 0, 0]), None, None,
        0.0, 0.0, 0.0, list(names),
    )  # fmt: skip
