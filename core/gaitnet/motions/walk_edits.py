"""The changes that Bidirectional GaitNet and its fork make to a BVH whose name holds "walk" (sim/BVH_Parser.cpp)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..characters.skeleton import JOINTS, Floats, Node

TENTH = 0.1


@dataclass(frozen=True)
class Edits:
    """What differs between the programs."""

    turning: float
    """Share of the root's and the trunk's rotation matrices whose logarithm is taken."""
    femur: float
    """Share of the femurs' z that is kept."""
    knee: float
    """rad by which the knees are straightened."""


EDITS: dict[str, Edits] = {"ggn": Edits(0.3, 0.6, 0.0)}
"""Of Generative GaitNet (core/BVH.cpp), which makes them to any file; the others' are LATER."""
LATER = Edits(0.1, 0.4, 0.175)
FOOT = 0.12
"""rad by which the feet are turned about y."""
FOREARM = 0.6
"""Share of a forearm's angle that is kept, in any BVH."""
ARM = 0.42 * np.pi
"""rad of the arms about z."""


def logarithm(matrix: Floats) -> Floats:
    """The rotation vector that DART and Eigen make of a (3, 3) matrix, by its quaternion.

    Of a rotation it is the logarithm. The edits take it of a tenth of one, so it goes their way.
    """
    trace = float(np.trace(matrix))
    if trace > 0:
        root = np.sqrt(trace + 1.0)
        w = 0.5 * root
        v = np.array(
            [
                matrix[2, 1] - matrix[1, 2],
                matrix[0, 2] - matrix[2, 0],
                matrix[1, 0] - matrix[0, 1],
            ]
        ) * (0.5 / root)
    else:
        i = int(np.argmax(np.diag(matrix)))
        j, k = (i + 1) % 3, (i + 2) % 3
        root = np.sqrt(max(matrix[i, i] - matrix[j, j] - matrix[k, k] + 1.0, 1e-300))
        v = np.zeros(3)
        v[i] = 0.5 * root
        w = (matrix[k, j] - matrix[j, k]) * (0.5 / root)
        v[j] = (matrix[j, i] + matrix[i, j]) * (0.5 / root)
        v[k] = (matrix[k, i] + matrix[i, k]) * (0.5 / root)
    norm = float(np.linalg.norm(v))
    if norm < 1e-300:
        return np.zeros(3)
    sign = -1.0 if w < 0 else 1.0
    return v * (sign * 2.0 * np.arctan2(norm, abs(w)) / norm)


def edited_rotation(rotation: Floats, node: Node, edits: Edits) -> Floats:
    """A joint's rotation vector, (3,), of its captured rotation (3, 3), edited where the joint's is."""
    name = node.name
    if node.joint_type == "Free":
        return logarithm(rotation * edits.turning)
    trunk = "Torso" in name or "Spine" in name
    vector = logarithm(rotation * edits.turning if trunk else rotation)
    if trunk:
        vector[0] *= TENTH
    if "Femur" in name:
        vector[2] *= edits.femur
    for side, sign in (("R", 1.0), ("L", -1.0)):
        if f"Talus{side}" in name:
            vector[1] += sign * FOOT
            vector[2] = 0.0
        if f"Arm{side}" in name:
            vector[:2] *= 1.2
            vector[2] = sign * ARM
    return vector


def hinge_angle(rotation: Floats, node: Node, edits: Edits | None) -> float:
    """A hinge's angle as the GaitNets take it, rad: that of the rotation, whatever its axis; of a forearm less."""
    angle = float(np.linalg.norm(logarithm(rotation)))
    if "ForeArm" in node.name:
        angle *= FOREARM
    return angle - edits.knee if edits and "Tibia" in node.name else angle


def within_limits(positions: Floats, nodes: list[Node]) -> Floats:
    """Poses (T, dofs) put within the joints' limits, dof by dof."""
    out, at = positions.copy(), 0
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        if node.lower is not None and node.upper is not None:
            out[:, at : at + dofs] = np.clip(out[:, at : at + dofs], node.lower, node.upper)
        at += dofs
    return out
