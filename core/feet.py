"""The feet of a character: its bodies whose contacts are near the ground in the zero pose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from .gait import SIDES
from .models.pose import Pose, placed
from .readers.character import Body
from .readers.coordinates import Element
from .sides import split

NEAR = 0.25
"""Part of the root's height below which a body's lowest contact belongs to a foot. Of the height of a standing person's
hip the ankle is at 0.07, the knee at 0.54, and the fingertips are at 0.71 (Drillis and Contini 1966, in Winter 2009,
figure 4.1)."""

CORNERS = np.array(list(product((-0.5, 0.5), repeat=3)))
"""Of a box with edges of 1, from its centre."""

MIDDLE = 0.01
"""m: a body whose contacts' mean is nearer to the sagittal plane has no side."""


def body_frames(bodies: Sequence[Body]) -> list[Pose]:
    """The bodies in the zero pose, from the world's frame."""
    frames: list[Pose] = []
    for body in bodies:
        frame = placed(body.joint.position, body.joint.orientation)
        for element in body.joint.elements:
            frame = frame @ _moved(element)
        frames.append(frames[body.parent] @ frame if body.parent >= 0 else frame)
    return frames


def _moved(element: Element) -> Pose:
    """What an element of a custom joint adds at the coordinate 0."""
    amount = element.amount(0.0)
    if not element.rotates:
        return Pose(np.eye(3), amount * element.axis)
    half = [np.cos(amount / 2), *(np.sin(amount / 2) * element.axis)]
    return placed(np.zeros(3), np.array(half))


def lowest_contacts(bodies: Sequence[Body]) -> dict[int, tuple[float, float]]:
    """By body with contacts: their mean x, and the lowest one's y in the zero pose, m."""
    found = {}
    for k, (body, frame) in enumerate(zip(bodies, body_frames(bodies), strict=True)):
        points = [frame.point(contact.position) for contact in body.contacts]
        radii = [contact.radius for contact in body.contacts]
        for box in body.contact_boxes:
            own = frame @ placed(box.position, box.orientation)
            points += [own.point(corner * box.size) for corner in CORNERS]
            radii += len(CORNERS) * [0.0]
        if points:
            array = np.array(points)
            found[k] = float(array[:, 0].mean()), float((array[:, 1] - radii).min())
    return found


def feet(bodies: Sequence[Body]) -> dict[str, list[int]]:
    """Bodies of the right and the left foot: the side is that of the name, or of the place (x points left)."""
    contacts = lowest_contacts(bodies)
    sides: dict[str, list[int]] = {side: [] for side in SIDES}
    if not contacts:
        return sides
    ground = min(y for _, y in contacts.values())
    root = float(body_frames(bodies)[0].position[1])
    names = split([body.name for body in bodies])
    for body, (x, y) in contacts.items():
        if y - ground > NEAR * (root - ground):
            continue
        placed = "" if abs(x) < MIDDLE else "left" if x > 0 else "right"
        side = names[body][1] or placed
        if side:
            sides[side].append(body)
    return sides
