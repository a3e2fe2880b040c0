"""How high a pose of a skeleton's nodes lies over the ground."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..characters.assemble import rotation_matrix
from ..characters.skeleton import JOINTS, Floats, Node, Transform

CLEARANCE = 1e-3
"""m: the GaitNets lift a character until nothing touches, and by this much more."""


def placed(pose: Floats, nodes: list[Node], origin: Floats) -> list[Transform]:
    """The joints' frames of a pose (dofs,), root translations from `origin` (3,), world."""
    index = {node.name: k for k, node in enumerate(nodes)}
    frames: list[Transform] = []
    at = 0
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        q = pose[at : at + dofs]
        at += dofs
        if node.parent is None:
            local = Transform(node.joint.rotation, node.joint.position)
            if node.joint_type == "Free":
                local = Transform(node.joint.rotation, origin + q[3:6])
            base = local
        else:
            parent = index[node.parent]
            base = frames[parent].times(nodes[parent].joint.inverse_times(node.joint))
        frames.append(base.times(Transform(_turn(node, q), np.zeros(3))))
    return frames


def _turn(node: Node, q: Floats) -> Floats:
    """The rotation (3, 3) that a joint's coordinates make."""
    if node.joint_type == "Weld":
        return np.eye(3)
    return rotation_matrix(node.axis * q[0] if node.joint_type == "Revolute" else q[:3])


def lowest_contact(pose: Floats, nodes: list[Node], origin: Floats) -> float:
    """Height of the lowest point that can touch the ground, m; infinite where none can."""
    lowest = np.inf
    for node, frame in zip(nodes, placed(pose, nodes, origin), strict=True):
        if not node.contact:
            continue
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
