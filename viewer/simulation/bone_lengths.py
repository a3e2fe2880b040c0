"""Changes of bone lengths: scaling of bodies with everything that is attached to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.models.pose import matrix_of

if TYPE_CHECKING:
    from muscle_viewer.core.readers.character import Body, Character, PathAttachment, Shape
    from muscle_viewer.core.readers.motion import Motion

Floats = np.ndarray
UP = np.array([0.0, 1.0, 0.0])


def with_bone_lengths(character: Character, factors: Mapping[int, float]) -> Character:
    """The character with bodies stretched along the line from their joint to their centre of mass.

    Joints, shapes, contacts and muscle attachments of a body are stretched with it. The density is constant, so
    that mass and inertia grow with the volume; fibres and tendons scale with the length of their muscle's path.
    """
    if all(factor == 1.0 for factor in factors.values()):
        return character
    stretches = [_stretch(body, factors.get(k, 1.0)) for k, body in enumerate(character.bodies)]
    bodies = [
        _stretched(body, stretches[k], stretches[body.parent] if body.parent >= 0 else np.eye(3))
        for k, body in enumerate(character.bodies)
    ]
    longer = replace(character, bodies=bodies)
    return with_moved_paths(character, longer, lambda body, point: stretches[body] @ point)


def with_moved_paths(
    before: Character, after: Character, moved: Callable[[int, Floats], Floats]
) -> Character:
    """`after`, with the muscles and wraps of `before` on its bodies; wraps keep their radius.

    moved: place of a point of a body (index, position in its frame) after the change. Fibres and tendons scale
    with the length of their muscle's path in the zero pose.
    """
    pose_before, pose_after = _zero_pose(before), _zero_pose(after)
    muscles = []
    for muscle in before.muscles:
        path = [
            [replace(a, position=moved(a.body, a.position)) for a in point] for point in muscle.path
        ]
        growth = _length(path, pose_after) / _length(muscle.path, pose_before)
        muscles.append(
            replace(
                muscle,
                path=path,
                optimal_fibre_length=muscle.optimal_fibre_length * growth,
                tendon_slack_length=muscle.tendon_slack_length * growth,
            )
        )
    wraps = [replace(w, position=moved(w.body, w.position)) for w in before.wraps]
    return replace(after, muscles=muscles, wraps=wraps)


def motion_for(motion: Motion, before: Character, after: Character) -> Motion:
    """The motion with the root's height and the displacement of a cycle scaled with the height of the root."""
    ratio = _root_height(after) / _root_height(before)
    if ratio == 1.0 or before.bodies[0].joint.type != "free":
        return motion
    frames = motion.frames.copy()
    frames[:, 3:6] *= ratio
    return replace(motion, frames=frames, cycle_translation=motion.cycle_translation * ratio)


def _stretch(body: Body, factor: float) -> Floats:
    """Linear map of points in the body's frame, shape (3, 3)."""
    distance = float(np.linalg.norm(body.com))
    along = body.com / distance if distance > 1e-3 else UP
    return np.eye(3) + (factor - 1.0) * np.outer(along, along)


def _stretched(body: Body, stretch: Floats, parents: Floats) -> Body:
    factor = float(np.linalg.det(stretch))
    a, b, c, d, e, f = body.inertia
    inertia = np.array([[a, d, e], [d, b, f], [e, f, c]])
    second = 0.5 * np.trace(inertia) * np.eye(3) - inertia  # of mass: the integral of x x^T
    second = factor * stretch @ second @ stretch.T
    inertia = np.trace(second) * np.eye(3) - second
    return replace(
        body,
        joint=replace(body.joint, position=parents @ body.joint.position),
        mass=body.mass * factor,
        com=stretch @ body.com,
        inertia=np.array([inertia[i] for i in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))]),
        shapes=[_shape(shape, stretch) for shape in body.shapes],
        contacts=[replace(k, position=stretch @ k.position) for k in body.contacts],
        contact_boxes=[replace(k, position=stretch @ k.position) for k in body.contact_boxes],
    )


def _shape(shape: Shape, stretch: Floats) -> Shape:
    """The shape, longer along that of its axes that is nearest to the stretch; a capsule keeps its radius."""
    growth = np.linalg.norm(stretch @ matrix_of(shape.orientation), axis=0)
    if shape.type == "capsule":
        growth[[0, 2]] = 1.0
    size = shape.size if shape.type == "sphere" else shape.size * growth
    return replace(shape, size=size, position=stretch @ shape.position)


def _zero_pose(character: Character) -> list[tuple[Floats, Floats]]:
    """Rotation and origin of each body if all coordinates are 0."""
    frames: list[tuple[Floats, Floats]] = []
    for body in character.bodies:
        turn = matrix_of(body.joint.orientation)
        if body.parent < 0:
            frames.append((turn, body.joint.position))
        else:
            rotation, origin = frames[body.parent]
            frames.append((rotation @ turn, origin + rotation @ body.joint.position))
    return frames


def _length(path: list[list[PathAttachment]], frames: list[tuple[Floats, Floats]]) -> float:
    """Length of a muscle's path in a pose, m."""
    points = np.array(
        [
            sum(a.weight * (frames[a.body][1] + frames[a.body][0] @ a.position) for a in point)
            for point in path
        ]
    )
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def _root_height(character: Character) -> float:
    """Height of the root above the lowest contact in the zero pose, m."""
    frames = _zero_pose(character)
    lowest = [
        float((frames[k][1] + frames[k][0] @ contact.position)[1]) - contact.radius
        for k, body in enumerate(character.bodies)
        for contact in body.contacts
    ]
    return float(frames[0][1][1]) - min(lowest) if lowest else 1.0
