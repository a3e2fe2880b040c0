"""A character from a skeleton: its links, with the muscles' points moved onto them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import ModelError
from ..readers.character import Character, Muscle, Placement
from ..readers.functions import Function
from ..readers.muscle_path import Wrap
from ..readers.text import vector
from .links import GROUND, divide
from .pose import Pose, placed
from .skeleton import Skeleton


def assemble(character: Character, skeleton: Skeleton) -> Character:
    """`character`, which has no bodies yet, with those of the skeleton.

    The muscles' attachments name segments of the skeleton by index, -1 for the world, and become
    points of links.
    Raises ModelError: one line that names the body, joint or coordinate and the fix.
    """
    bodies, frames = divide(skeleton)
    if not bodies:
        raise ModelError(f"{character.name}: has no body; a character needs one")
    world = Placement(0, np.zeros(3), np.eye(3))
    places = [*(frames[segment.name] for segment in skeleton.segments), world]  # at -1 the world
    if bodies[0].name != GROUND:
        _check_off_the_world(character)
    return replace(
        character,
        bodies=bodies,
        muscles=[_moved(muscle, places) for muscle in character.muscles],
        wraps=[_moved_wrap(wrap, places[wrap.body]) for wrap in character.wraps],
        coordinates=skeleton.coordinates,
        frames=frames,
    )


def _check_off_the_world(character: Character) -> None:
    """ModelError for a path that begins, ends or bends on the world, which the root leaves."""
    for muscle in character.muscles:
        if any(a.body < 0 for point in muscle.path for a in point):
            raise ModelError(
                f"muscle '{muscle.name}': begins or ends on the world, which the character's root leaves"
            )
    for wrap in character.wraps:
        if wrap.body < 0:
            raise ModelError(
                f"wrap '{wrap.name}': is on the world, which the character's root leaves"
            )


def _moved(muscle: Muscle, places: list[Placement]) -> Muscle:
    path = [
        [
            replace(a, body=places[a.body].body, position=vector(
                places[a.body].rotation @ a.position + places[a.body].position))
            for a in point
        ]
        for point in muscle.path
    ]  # fmt: skip
    motions = [
        replace(motion, axis=axis, function=Function((0.0, share)).after(motion.function))
        for motion in muscle.motions
        for axis, share in enumerate(
            places[muscle.path[motion.point][0].body].rotation[:, motion.axis].tolist()
        )
        if share != 0
    ]
    return replace(muscle, path=path, motions=motions)


def _moved_wrap(wrap: Wrap, place: Placement) -> Wrap:
    at = Pose(place.rotation, place.position) @ placed(wrap.position, wrap.orientation)
    return replace(
        wrap, body=place.body, position=vector(at.position), orientation=vector(at.quaternion)
    )
