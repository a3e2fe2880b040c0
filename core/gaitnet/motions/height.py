"""How high a pose of a skeleton's nodes lies over the ground."""

from __future__ import annotations

from itertools import product

import numpy as np

from ...rotation import rotation_matrices
from ..characters.skeleton import JOINTS, Floats, Node, Transform

CLEARANCE = 1e-3
"""m: the GaitNets lift a character until nothing touches, and by this much more."""


def placed(poses: Floats, nodes: list[Node], origin: Floats) -> tuple[list[Floats], list[Floats]]:
    """Rotations (T, 3, 3) and origins (T, 3) of the joints' frames in the world.

    poses: (T, dofs), root translations from `origin` (3,).
    """
    index = {node.name: k for k, node in enumerate(nodes)}
    rotations: list[Floats] = []
    positions: list[Floats] = []
    at = 0
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        q = poses[:, at : at + dofs]
        at += dofs
        if node.parent is None:
            rotation = np.broadcast_to(node.joint.rotation, (len(poses), 3, 3))
            position = np.broadcast_to(node.joint.position, (len(poses), 3))
            if node.joint_type == "Free":
                position = origin + q[:, 3:6]
        else:
            parent = index[node.parent]
            offset = nodes[parent].joint.inverse_times(node.joint)
            rotation = rotations[parent] @ offset.rotation
            position = positions[parent] + rotations[parent] @ offset.position
        if dofs:
            turns = node.axis * q if node.joint_type == "Revolute" else q[:, :3]
            rotation = rotation @ rotation_matrices(turns)
        rotations.append(rotation)
        positions.append(position)
    return rotations, positions


def lowest_contact(pose: Floats, nodes: list[Node], origin: Floats) -> float:
    """Height of the lowest point that can touch the ground, m; infinite where none can."""
    lowest = np.inf
    rotations, positions = placed(pose[None], nodes, origin)
    for k, node in enumerate(nodes):
        if not node.contact:
            continue
        frame = Transform(rotations[k][0], positions[k][0])
        body = node.joint.inverse_times(node.body)
        world = frame.times(body)
        if node.shape == "Box":
            points = [np.array(signs) * node.size / 2 for signs in product((-1, 1), repeat=3)]
            radius = 0.0
        elif node.shape == "Sphere":
            points, radius = [np.zeros(3)], float(node.size[0]) / 2
        else:
            points = [np.array([0.0, 0.0, s * node.size[1] / 2]) for s in (-1, 1)]
            radius = float(node.size[0])
        heights = [(world.position + world.rotation @ p)[1] - radius for p in points]
        lowest = min(lowest, *heights)
    return float(lowest)


def lift(pose: Floats, nodes: list[Node], origin: Floats) -> float:
    """m by which the root of a pose must rise so that its lowest contact is CLEARANCE up; 0 without contacts."""
    lowest = lowest_contact(pose, nodes, origin)
    return CLEARANCE - lowest if np.isfinite(lowest) else 0.0
