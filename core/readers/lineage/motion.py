"""From the lineage's motions to the project's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import ModelError
from ..character import Character
from ..motion import Motion
from ..text import suggestion, vector
from .assemble import read_nodes, rotation_vector
from .bvh import Bvh, read_bvh
from .skeleton import Floats, Node
from .source import LineageCharacter, LineageMotion

BLEND = 0.05
"""Share of the cycle, its last, in which MASS brings the root's height back to the first frame's."""


def read_lineage_motion(
    motion: LineageMotion, source: LineageCharacter, character: Character
) -> Motion:
    """A motion file for the character that `source` names. ModelError: one line."""
    nodes = read_nodes(source.skeleton)
    suffix = motion.file.suffix.lower()
    if suffix == ".bvh":
        capture = read_bvh(motion.file)
        positions = _pose(capture, nodes, motion.file)
        return _cycle(capture.frame_time, positions, nodes[0], character, motion)
    raise ModelError(f"{motion.file}: a motion of kind '{suffix}' is not known; .bvh is")


def _pose(capture: Bvh, nodes: list[Node], path: Path) -> Floats:
    """Generalised positions (T, dofs); the root's transform is the capture's, unplaced."""
    columns = []
    for node in nodes:
        turn = None
        for name in node.bvh:
            if name not in capture.rotations:
                raise ModelError(
                    f"{path}: no joint '{name}', which node '{node.name}' follows; "
                    f"{suggestion(name, capture.rotations)}"
                )
            turn = capture.rotations[name] if turn is None else turn @ capture.rotations[name]
        frames = len(capture.translation)
        vectors = (
            np.zeros((frames, 3)) if turn is None else np.array([rotation_vector(r) for r in turn])
        )
        if node.joint_type in ("Free", "Ball"):
            columns.append(continuous(vectors))
        elif node.joint_type == "Revolute":
            columns.append((vectors @ node.axis)[:, None])
        if node.joint_type == "Free":
            columns.append(capture.translation)
    return np.concatenate(columns, axis=1)


def continuous(vectors: Floats) -> Floats:
    """Rotation vectors (T, 3) without jumps of a full turn."""
    out = vectors.copy()
    for k in range(1, len(out)):
        angle = np.linalg.norm(out[k])
        if angle < 1e-9:
            continue
        other = out[k] * (1 - 2 * np.pi / angle)
        if np.linalg.norm(other - out[k - 1]) < np.linalg.norm(out[k] - out[k - 1]):
            out[k] = other
    return out


def _cycle(
    frame_time: float, positions: Floats, root: Node, character: Character, motion: LineageMotion
) -> Motion:
    """Put the root where MASS puts it: the first frame's place, at the zero pose's height.

    The advance of a cycle is the last frame's; the height's difference between the ends is blended
    away in the last twentieth of the cycle. The cycle's turn about the vertical is not kept.
    """
    placed = positions.copy()
    if root.joint_type == "Free":
        first, last = positions[0, 3:6].copy(), positions[-1, 3:6].copy()
        placed[:, 4] += root.joint.position[1] - first[1]
        placed[:, 3] += root.joint.position[0]
        placed[:, 5] += root.joint.position[2]
        translation = last - first
        translation[1] = 0.0
        if motion.cyclic:
            phase = np.arange(len(placed)) / (len(placed) - 1)
            share = np.clip((phase - (1 - BLEND)) / BLEND, 0, 1)
            placed[:, 4] -= share * (last[1] - first[1])
    else:
        translation = np.zeros(3)
    return Motion(
        name=motion.file.stem,
        cyclic=motion.cyclic,
        frame_time=frame_time,
        cycle_translation=vector(translation if motion.cyclic else np.zeros(3)),
        # The last frame of a cycle stands where the first of the next one does.
        frames=vector(placed[:-1] if motion.cyclic else placed),
        coordinates=[name for body in character.bodies for name in body.joint.dof_names],
        events={},
    )
