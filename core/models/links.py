"""Division of a skeleton into links: bodies whose joints have one coordinate each.

A joint of several coordinates becomes a chain of bodies without mass. Welded bodies become part of
the body that carries them, locked coordinates constants, and coordinates that follow others functions
of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..readers.character import Body, Contact, ContactBox, Joint, Placement, Shape
from ..readers.coordinates import Coordinate, Element
from ..readers.functions import IDENTITY, Function, constant
from ..readers.text import suggestion, vector
from .pose import Pose, about, identity, placed
from .skeleton import Segment, Skeleton, simple_joint

Floats = NDArray[np.float64]

GROUND = "ground"
"""Name of the body without mass at the root of a skeleton whose first joint moves on the world."""


@dataclass
class _Link:
    """A link under construction; `parts` are the segments that are fixed to it."""

    name: str
    parent: int
    joint: Joint
    coordinate: str | None = None
    parts: list[tuple[Segment, Pose]] = field(default_factory=list)


def divide(skeleton: Skeleton) -> tuple[list[Body], dict[str, Placement]]:
    """The links of a skeleton, parents first, and where its bodies are on them. ModelError: one line."""
    table = {c.name: c for c in skeleton.coordinates}
    driven = _Driven(table)
    links: list[_Link] = []
    places: list[tuple[int, Pose]] = []
    for segment in skeleton.segments:
        if segment.parent >= 0:
            parent, base = places[segment.parent]
        else:
            parent, base = _on_the_world(segment, skeleton.world, links)
        where = f"body '{segment.name}': joint"
        if isinstance(segment.joint, Joint):
            joint = segment.joint
            at = base @ placed(joint.position, joint.orientation)
            links.append(_Link(segment.name, parent, _at(joint, at)))
            parent, base = len(links) - 1, identity()
        else:
            base, before_it = base @ segment.joint.parent, len(links)
            for group, before in _groups(driven.resolve(segment.joint.elements, where)):
                base = base @ before
                if not group:
                    break
                owner = str(group[0].coordinate)
                joint, turned = _one_coordinate(group, table[owner])
                named = f"{segment.name}/{owner}"
                again = sum(link.name.startswith(named) for link in links[before_it:])
                name = f"{named}#{again + 1}" if again else named
                links.append(_Link(name, parent, _at(joint, base @ turned), owner))
                parent, base = len(links) - 1, identity()
            if len(links) > before_it:
                links[-1].name = segment.name
            base = base @ segment.joint.child.inverse()
        links[parent].parts.append((segment, base))
        places.append((parent, base))
    _check_used(skeleton, links)
    _share_coordinates(links)
    frames = {
        segment.name: Placement(link, vector(pose.position), vector(pose.rotation))
        for segment, (link, pose) in zip(skeleton.segments, places, strict=True)
    }
    return [_body(link) for link in links], frames


def _on_the_world(segment: Segment, world: Pose, links: list[_Link]) -> tuple[int, Pose]:
    """The link that carries a segment whose parent is the world, and the world in it: -1 if it is the root itself."""
    free = isinstance(segment.joint, Joint) and segment.joint.type == "free"
    if not links and isinstance(segment.joint, Joint):
        return -1, world
    if free or (links and links[0].name != GROUND):
        raise ModelError(
            f"body '{segment.name}': a second body on the world, beside '{links[0].name}'; "
            "one skeleton with one root is possible"
        )
    if not links:
        weld = simple_joint("weld", world)
        links.append(_Link(GROUND, -1, weld))
    return 0, identity()


class _Driven:
    """Coordinates as functions of those that are degrees of freedom."""

    def __init__(self, table: dict[str, Coordinate]) -> None:
        self._table = table
        self._turned: set[str] = set()  # coordinates whose rotor some element has
        for c in table.values():
            if c.follows is not None:
                self._look_up(c.follows, f"coordinate '{c.name}': follows")

    def resolve(self, elements: list[Element], where: str) -> list[Element]:
        """The elements by functions of degrees of freedom; those at rest at 0 left out."""
        resolved, seen = [], self._turned
        for k, element in enumerate(elements):
            name, function, rotor = None, element.amount, (element.armature, element.damping)
            if element.coordinate is not None:
                at = f"{where}.elements[{k}]"
                coordinate = self._look_up(element.coordinate, f"{at}.coordinate")
                name, inner = self._source(coordinate)
                if coordinate.follows is not None and coordinate.name not in seen:
                    rotor = _rotor(element, coordinate, at)
                    seen.add(coordinate.name)
                try:
                    function = function.after(inner)
                except ModelError as error:
                    raise ModelError(f"{at}: {error}") from None
            fixed = function.constant
            if fixed != 0.0:
                moved = name if fixed is None else None
                resolved.append(Element(element.rotates, element.axis, function, moved, *rotor))
        return resolved

    def _look_up(self, name: str, where: str) -> Coordinate:
        if name not in self._table:
            raise ModelError(f"{where}: no coordinate '{name}'; {suggestion(name, self._table)}")
        return self._table[name]

    def _source(self, coordinate: Coordinate) -> tuple[str | None, Function]:
        function, passed = IDENTITY, [coordinate.name]
        while True:
            if coordinate.locked:
                return None, constant(function(coordinate.default))
            if coordinate.follows is None:
                return coordinate.name, function
            function = function.after(coordinate.by)
            if coordinate.follows in passed:
                raise ModelError(
                    f"coordinate '{coordinate.name}': follows '{coordinate.follows}', which follows "
                    "it; let one be free"
                )
            passed.append(coordinate.follows)
            coordinate = self._table[coordinate.follows]


def _rotor(element: Element, follower: Coordinate, where: str) -> tuple[float, float]:
    """Armature and damping of a coordinate that follows another, felt by an element's amount."""
    if follower.armature == 0 and follower.damping == 0:
        return element.armature, element.damping
    line = element.amount.linear
    if line is None or line[1] == 0:
        raise ModelError(
            f"{where}: armature and damping of '{follower.name}', which follows another coordinate, "
            "need a linear function of it"
        )
    share = 1 / line[1] ** 2
    return element.armature + share * follower.armature, element.damping + share * follower.damping


def _groups(elements: list[Element]) -> list[tuple[list[Element], Pose]]:
    """Elements of one coordinate each, with the constant placement before them; the last group is empty."""
    groups: list[tuple[list[Element], Pose]] = []
    current: list[Element] = []
    before, after = identity(), identity()
    pending: list[Element] = []
    for element in _constants_first(elements):
        if element.coordinate is None:
            after = after @ _placement(element)
            pending.append(element)
        elif current and element.coordinate == current[0].coordinate:
            current += [*pending, element]
            after, pending = identity(), []
        else:
            if current:
                groups.append((current, before))
            current, before, after, pending = [element], after, identity(), []
    if current:
        groups.append((current, before))
    return [*groups, ([], after)]


def _constants_first(elements: list[Element]) -> list[Element]:
    """Successive translations commute: their constant ones first, so that these join the parent's frame."""
    ordered: list[Element] = []
    for rotates, run in groupby(elements, key=lambda e: e.rotates):
        alike = list(run)
        ordered += alike if rotates else sorted(alike, key=lambda e: e.coordinate is not None)
    return ordered


def _placement(element: Element) -> Pose:
    amount = element.amount.constant or 0.0
    if element.rotates:
        return Pose(about(element.axis, amount), np.zeros(3))
    return Pose(np.eye(3), element.axis * amount)


def _one_coordinate(elements: list[Element], coordinate: Coordinate) -> tuple[Joint, Pose]:
    """The joint of elements of one coordinate, and a placement that goes before it."""
    kind, axis, before = "custom", vector([1, 0, 0]), identity()
    line = elements[0].amount.linear if len(elements) == 1 else None
    if any(e.armature > 0 or e.damping > 0 for e in elements):
        line = None
    if line is not None and abs(line[1]) == 1:
        kind = "revolute" if elements[0].rotates else "slide"
        axis = vector(elements[0].axis * line[1])
        if line[0] != 0:
            before = _placement(replace(elements[0], amount=constant(line[0]), coordinate=None))
    enforced = coordinate.range is not None and coordinate.limit_stiffness is not None
    lower, upper = coordinate.range if enforced and coordinate.range is not None else (None, None)
    joint = Joint(
        kind, vector([0, 0, 0]), vector([1, 0, 0, 0]), axis,
        None if lower is None else vector([lower]), None if upper is None else vector([upper]),
        coordinate.kp, coordinate.kv, coordinate.damping, [coordinate.name], coordinate.stiffness,
        coordinate.rest, coordinate.armature, coordinate.limit_stiffness if enforced else None,
        coordinate.limit_damping, [replace(e, coordinate=None) for e in elements] if kind == "custom" else [],
    )  # fmt: skip
    return joint, before


def _at(joint: Joint, pose: Pose) -> Joint:
    return replace(joint, position=vector(pose.position), orientation=vector(pose.quaternion))


def _check_used(skeleton: Skeleton, links: list[_Link]) -> None:
    moved = {link.coordinate for link in links}
    for coordinate in skeleton.coordinates:
        if coordinate.follows is None and not coordinate.locked and coordinate.name not in moved:
            raise ModelError(
                f"coordinate '{coordinate.name}': moves no body; leave it out or lock it"
            )


def _share_coordinates(links: list[_Link]) -> None:
    """Give each coordinate to one of its joints; the others follow it."""
    mass = [sum(segment.mass for segment, _ in link.parts) for link in links]
    for i in reversed(range(1, len(links))):
        mass[links[i].parent] += mass[i]
    joints: dict[str, list[int]] = {}
    for i, link in enumerate(links):
        if link.coordinate is not None:
            joints.setdefault(link.coordinate, []).append(i)
    for moved in joints.values():
        owner = next((i for i in moved if mass[i] > 0), moved[0])
        for i in (i for i in moved if i != owner):
            links[i].joint = _follower(links[i].joint, owner)


def _follower(joint: Joint, owner: int) -> Joint:
    elements = joint.elements or [Element(joint.type == "revolute", joint.axis, IDENTITY)]
    return Joint(
        "custom", joint.position, joint.orientation, vector([1, 0, 0]), None, None, 0.0, 0.0, 0.0,
        [], elements=elements, coordinate_of=owner,
    )  # fmt: skip


def _body(link: _Link) -> Body:
    mass, com, inertia = _mass(link.parts)
    return Body(
        link.name, link.parent, link.joint, mass, com, inertia,
        [_moved_shape(shape, pose) for s, pose in link.parts for shape in s.shapes],
        [Contact(vector(pose.point(c.position)), c.radius) for s, pose in link.parts for c in s.contacts],
        [_moved_box(box, pose) for s, pose in link.parts for box in s.contact_boxes],
    )  # fmt: skip


def _mass(parts: list[tuple[Segment, Pose]]) -> tuple[float, Floats, Floats]:
    heavy = [(segment, pose) for segment, pose in parts if segment.mass > 0]
    if not heavy:
        return 0.0, vector([0, 0, 0]), vector([0] * 6)
    if len(heavy) == 1 and heavy[0][1].is_identity:
        segment = heavy[0][0]
        return segment.mass, vector(segment.com), vector(segment.inertia)
    mass = sum(segment.mass for segment, _ in heavy)
    centers = [pose.point(segment.com) for segment, pose in heavy]
    com = sum(s.mass * c for (s, _), c in zip(heavy, centers, strict=True)) / mass
    moment = np.zeros((3, 3))
    for (segment, pose), center in zip(heavy, centers, strict=True):
        xx, yy, zz, xy, xz, yz = segment.inertia
        own = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        arm = center - com
        moment += pose.rotation @ own @ pose.rotation.T
        moment += segment.mass * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    m = moment
    return mass, vector(com), vector([m[0, 0], m[1, 1], m[2, 2], m[0, 1], m[0, 2], m[1, 2]])


def _moved_shape(shape: Shape, pose: Pose) -> Shape:
    at = pose @ placed(shape.position, shape.orientation)
    return replace(shape, position=vector(at.position), orientation=vector(at.quaternion))


def _moved_box(box: ContactBox, pose: Pose) -> ContactBox:
    at = pose @ placed(box.position, box.orientation)
    return ContactBox(box.size, vector(at.position), vector(at.quaternion))
