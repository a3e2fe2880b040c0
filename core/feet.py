"""The feet of a character: its bodies whose contacts are near the ground in the zero pose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .readers.character import Body
from .rotation import rotations
from .sides import split

Floats = NDArray[np.float64]

SIDES = ("right", "left")

NEAR = 0.25
"""Part of the root's height below which a body's lowest contact belongs to a foot. Of the height of a standing person's
hip the ankle is at 0.07, the knee at 0.54, and the fingertips are at 0.71 (Drillis and Contini 1966, in Winter 2009,
figure 4.1)."""

MIDDLE = 0.01
"""m: a body whose contacts' mean is nearer to the sagittal plane has no side."""


def body_frames(bodies: Sequence[Body]) -> tuple[Floats, Floats]:
    """Rotations (B, 3, 3) and positions (B, 3), m, of the bodies in the zero pose, from the world's frame."""
    turns = rotations(np.array([body.joint.orientation for body in bodies], np.float64))
    places = np.array([body.joint.position for body in bodies], np.float64)
    for k, body in enumerate(bodies):
        if body.parent >= 0:
            places[k] = places[body.parent] + turns[body.parent] @ places[k]
            turns[k] = turns[body.parent] @ turns[k]
    return turns, places


def lowest_contacts(bodies: Sequence[Body]) -> dict[int, Floats]:
    """By body with contacts: their mean x, and the lowest one's y in the zero pose, m."""
    turns, places = body_frames(bodies)
    found = {}
    for k, body in enumerate(bodies):
        points = [places[k] + turns[k] @ contact.position for contact in body.contacts]
        radii = [contact.radius for contact in body.contacts]
        for box in body.contact_boxes:
            turn = turns[k] @ rotations(np.array([box.orientation], np.float64))[0]
            corners = np.array(np.meshgrid(*3 * [[-0.5, 0.5]])).reshape(3, -1).T * box.size
            points += list(places[k] + turns[k] @ box.position + corners @ turn.T)
            radii += len(corners) * [0.0]
        if points:
            array = np.array(points)
            found[k] = np.array([array[:, 0].mean(), (array[:, 1] - radii).min()])
    return found


def feet(bodies: Sequence[Body]) -> dict[str, list[int]]:
    """Bodies of the right and the left foot: the side is that of the name, or of the place (x points left)."""
    contacts = lowest_contacts(bodies)
    sides: dict[str, list[int]] = {side: [] for side in SIDES}
    if not contacts:
        return sides
    ground = min(y for _, y in contacts.values())
    root = float(body_frames(bodies)[1][0, 1])
    names = split([body.name for body in bodies])
    for body, (x, y) in contacts.items():
        if y - ground > NEAR * (root - ground):
            continue
        placed = "" if abs(x) < MIDDLE else "left" if x > 0 else "right"
        side = names[body][1] or placed
        if side:
            sides[side].append(body)
    return sides
