"""From the lineage's motions to the project's."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ...readers.character import Character
from ...readers.motion import Motion
from ...readers.text import vector
from ..characters.assemble import read_nodes, rotation_vector
from ..characters.skeleton import JOINTS, Floats, Node
from ..source import LineageCharacter, LineageMotion
from .arrays import read_hdf5, read_npz
from .bvh import UNITS, Bvh, likely_unit, read_bvh

BLEND = 0.05
"""Share of the cycle, its last, in which MASS brings the root's height back to the first frame's."""


def read_lineage_motion(
    motion: LineageMotion, source: LineageCharacter, character: Character
) -> Motion:
    """A motion file for the character that `source` names. ModelError: one line."""
    nodes = read_nodes(source.skeleton)
    root = nodes[0].joint.position
    match motion.file.suffix.lower():
        case ".bvh":
            capture = read_bvh(motion.file, motion.scale)
            _check_unit(capture, float(root[1]), motion)
            step, positions = capture.frame_time, _pose(capture, nodes, motion.file)
            # MASS puts the first frame at the zero pose's height.
            origin = root - [0.0, positions[0, 4] if nodes[0].joint_type == "Free" else 0.0, 0.0]
        case ".npz":
            (step, positions), origin = read_npz(motion.file, nodes, motion.index), root
        case ".h5" | ".hdf5":
            (step, positions), origin = read_hdf5(motion.file, nodes), root
        case suffix:
            raise ModelError(
                f"{motion.file}: a motion of kind '{suffix}' is not known; .bvh, .npz and .h5 are"
            )
    if motion.walk_edits:
        positions = walk_edits(positions, nodes)
    return _cycle(step / motion.cadence, positions, nodes[0], origin, character, motion)


def _check_unit(capture: Bvh, wanted: float, motion: LineageMotion) -> None:
    """Say so where the root's first height (m) is another unit's number for the skeleton's."""
    height = float(capture.translation[0, 1])
    unit = likely_unit(height, wanted, motion.scale)
    if unit is not None:
        logging.getLogger("muscle_viewer").warning(
            "%s: its root begins %.4g m high at scale %g, the skeleton's stands at %.3g m: "
            "it seems to be in %s; give its motion `scale: %g` (of a metadata.txt: the third word of bvh_file)",
            motion.file, height, motion.scale, wanted, unit, UNITS[unit],
        )  # fmt: skip


def walk_edits(positions: Floats, nodes: list[Node]) -> Floats:
    """What the fork's BVH reader changes in a file whose name holds "walk" (lineage of the GaitNets).

    Knees straightened by 0.175 rad, the turns of root and torso and the root's sideways way to a
    tenth, the femurs' z to 0.4, feet turned out by 0.12 rad and level in z, arms hanging by 0.42 pi
    about z, forearms to 0.6. The signs of feet and arms are those of a right foot that turns out and
    an arm that hangs, in a skeleton whose zero pose is a T.
    """
    edited = positions.copy()
    at = 0
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        columns = edited[:, at : at + dofs]  # a view
        at += dofs
        side = -1.0 if node.name.endswith("R") else 1.0
        name = node.name.removesuffix("R").removesuffix("L")
        if node.joint_type == "Free":
            columns[:, :3] *= 0.1
            columns[:, 3] *= 0.1
        elif name == "Torso":
            columns *= 0.1
        elif name == "Tibia":
            columns[:, 0] -= 0.175
        elif name == "Femur":
            columns[:, 2] *= 0.4
        elif name == "Talus" and dofs == 3:
            columns[:, 1], columns[:, 2] = side * 0.12, 0.0
        elif name == "Arm" and dofs == 3:
            columns[:, 2] = -side * 0.42 * np.pi
        elif name == "ForeArm":
            columns *= 0.6
    return edited


def _pose(capture: Bvh, nodes: list[Node], path: Path) -> Floats:
    """Generalised positions (T, dofs); the root's transform is the capture's, unplaced."""
    columns = []
    for node in nodes:
        turn = None
        for name in node.bvh:
            if name not in capture.rotations:
                wanted = dict.fromkeys(name for node in nodes for name in node.bvh)
                missing = [name for name in wanted if name not in capture.rotations]
                raise ModelError(
                    f"{path}: no joint {', '.join(missing)}, which the skeleton's nodes follow "
                    f"(node '{node.name}' is the first); the file has "
                    f"{', '.join(capture.rotations)}: rename them, or the `bvh` of the nodes"
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
    frame_time: float,
    positions: Floats,
    root: Node,
    origin: Floats,
    character: Character,
    motion: LineageMotion,
) -> Motion:
    """Put the root's translations, from `origin` (3,), into the world.

    The advance of a cycle is the last frame's; the height's difference between the ends is blended
    away in the last twentieth of the cycle. The cycle's turn about the vertical is not kept.
    """
    placed = positions.copy()
    if root.joint_type == "Free":
        first, last = positions[0, 3:6].copy(), positions[-1, 3:6].copy()
        placed[:, 3:6] += origin
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
