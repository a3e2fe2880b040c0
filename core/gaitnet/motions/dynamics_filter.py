"""The root's path changed so that the ground can carry the motion: a dynamics filter (Yamane and Nakamura 2003).

Gravity and the ground's force alone accelerate the centre of mass and turn the body about it. The ground pushes and does
not pull, holds with friction (the force lies within the friction cone), and acts where a foot is: the zero moment point
(Vukobratović and Borovac 2004) lies within the support polygon. All three are linear inequalities of the force, and a path
of the root that is moved a little gives another force. The path of the least change is found that keeps them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..characters.skeleton import Floats, Node, inertia_of
from .clip import Clip
from .height import placed

FRICTION = 0.8
"""Coefficient that the motion may use; the ground has 1."""
DIRECTIONS = 8
"""Sides of the pyramid in the friction cone, and of the polygon about the feet."""
SUPPORTING = 0.03
"""m above the ground, below which a corner of a foot can carry."""
CUTOFF = 2.5
"""Hz, above which a change of the path costs more than half."""
STANDING, FLYING = 100.0, 0.05
"""Weights of staying where the path was: of each loaded foot, and with none."""
PRESSED = 100.0
"""How much more an acceleration beyond what is possible costs than one of the path's change."""
GRAVITY = 9.81


def carried_path(clip: Clip, nodes: list[Node], loads: Floats, feet: list[Floats]) -> Floats:
    """How far the root is to move, (T, 3) m, so that the ground can carry the motion.

    loads: (T,) of all feet, 0 to 1 each. feet: their corners in the world, (T, corners, 3) m.
    """
    if len(clip.frames) < 3:
        return np.zeros((len(clip.frames), 3))
    centre, force, turning = _asked(clip, nodes)
    points = np.concatenate(feet, axis=1)[clip.inner]
    normals, offsets = _limits(centre[clip.inner], turning, points)
    return _least_change(clip, STANDING * loads + FLYING, force, normals, offsets)


def _asked(clip: Clip, nodes: list[Node]) -> tuple[Floats, Floats, Floats]:
    """Centre of mass (T, 3), m, the ground's force and its moment about it (inner, 3), both over the body's mass."""
    rotations, positions = placed(clip.frames, nodes, np.zeros(3))
    masses = np.array([node.mass for node in nodes])
    bodies = [node.joint.inverse_times(node.body) for node in nodes]
    centres = [
        p + r @ body.position for p, r, body in zip(positions, rotations, bodies, strict=True)
    ]
    centre = np.tensordot(masses, np.stack(centres), axes=1) / masses.sum()
    acceleration = clip.acceleration(centre, clip.advance)
    moment = np.zeros_like(acceleration)
    for node, own, rotation, body in zip(nodes, centres, rotations, bodies, strict=True):
        arm = (own - centre)[clip.inner]
        moment += node.mass * np.cross(arm, clip.acceleration(own - centre))
        # Of a body's points at x from its centre, the moment of x'' is twice the axial vector of the sum of m x'' xᵀ.
        inertia = inertia_of(node)
        spread = np.trace(inertia) / 2 * np.eye(3) - inertia
        turned = rotation @ body.rotation
        outer = clip.acceleration(turned) @ spread @ np.swapaxes(turned[clip.inner], 1, 2)
        moment += np.stack(
            [outer[:, j, i] - outer[:, i, j] for i, j in ((1, 2), (2, 0), (0, 1))], axis=1
        )
    return centre, acceleration + np.array([0.0, GRAVITY, 0.0]), moment / masses.sum()


def _limits(centre: Floats, moment: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Normals (n, s, 3) and offsets (n, s), m/s²: of a possible force f over mass, normals @ f + offsets <= 0.

    centre, moment: (n, 3), as asked. points: (n, corners, 3) m of all feet.
    """
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    x, z = np.cos(angles), np.sin(angles)
    count = len(centre)
    steepness = FRICTION * np.cos(np.pi / DIRECTIONS)
    cone = np.stack([x, np.full(DIRECTIONS, -steepness), z], axis=1)
    cone = np.broadcast_to(cone, (count, DIRECTIONS, 3))

    # The zero moment point p on the ground: f_y (p - c) = (m_z - c_y f_x, -m_x - c_y f_z), within the feet's reach.
    carries = points[..., 1] < SUPPORTING
    beside = (points - centre[:, None])[..., [0, 2]] @ np.stack([x, z])
    reach = np.where(carries[..., None], beside, -np.inf).max(axis=1)
    flying = np.logical_not(carries.any(axis=1))
    height = np.maximum(centre[:, 1:2], SUPPORTING)
    place = np.stack(
        [np.broadcast_to(-x, reach.shape), -reach / height, np.broadcast_to(-z, reach.shape)],
        axis=2,
    )
    turn = (np.outer(moment[:, 2], x) - np.outer(moment[:, 0], z)) / height
    place[flying], turn[flying] = 0.0, 0.0

    falling = flying[:, None, None] * np.array([[[0.0, 1.0, 0.0]]])
    normals = np.concatenate([cone, place, falling], axis=1)
    return normals, np.concatenate([np.zeros(reach.shape), turn, np.zeros((count, 1))], axis=1)


def _least_change(
    clip: Clip, weight: Floats, force: Floats, normals: Floats, offsets: Floats
) -> Floats:
    """The shift x (T, 3) of least sum w x² + s |x''|² + PRESSED s |what lies outside the limits|²: Newton's method.

    The sum is convex and quadratic by pieces.
    """
    pressed = PRESSED * clip.stiffness(CUTOFF)
    tied = clip.smoothing(weight, CUTOFF)
    free: Floats = np.linalg.inv(tied).astype(np.float64)

    def outside(shift: Floats) -> Floats:
        wanted = force + clip.acceleration(shift)
        return np.maximum(np.einsum("nsi,ni->ns", normals, wanted) + offsets, 0.0)

    def cost(shift: Floats) -> float:
        return float((shift * (tied @ shift)).sum() + pressed * (outside(shift) ** 2).sum()) / 2

    shift = np.zeros((len(weight), 3))
    for _ in range(30):
        beyond = outside(shift)
        active = np.einsum("ns,nsi,nsj->nij", (beyond > 0).astype(float), normals, normals)

        def curvature(x: Floats, active: Floats = active) -> Floats:
            limited = np.einsum("nij,nj->ni", active, clip.acceleration(x))
            return tied @ x + pressed * clip.transposed(limited)

        push = np.einsum("ns,nsi->ni", beyond, normals)
        slope = tied @ shift + pressed * clip.transposed(push)
        step = _conjugate_gradients(curvature, -slope, free)
        length, begun, falls = 1.0, cost(shift), float((slope * step).sum())
        while cost(shift + length * step) > begun + 1e-4 * length * falls and length > 1e-3:
            length /= 2
        shift = shift + length * step
        if abs(step).max() < 1e-5:
            break
    return shift


def _conjugate_gradients(
    matrix: Callable[[Floats], Floats], right: Floats, preconditioner: Floats
) -> Floats:
    """x (T, 3) of matrix(x) = right, of a positive definite matrix, to a thousandth of `right`."""
    x = np.zeros_like(right)
    residual = right
    better = preconditioner @ residual
    direction, now = better, float((residual * better).sum())
    enough = 1e-6 * now
    for _ in range(300):
        if now <= enough:
            break
        image = matrix(direction)
        along = now / float((direction * image).sum())
        x = x + along * direction
        residual = residual - along * image
        better = preconditioner @ residual
        before, now = now, float((residual * better).sum())
        direction = better + now / before * direction
    return x
