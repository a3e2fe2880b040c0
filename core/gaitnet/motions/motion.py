"""From GaitNet's motions to the project's."""

from __future__ import annotations

import logging

import numpy as np

from ...errors import ModelError
from ...readers.character import Character
from ...readers.motion import Motion
from ...readers.text import vector
from ...rotation import rotation_vectors
from ..characters.assemble import read_nodes
from ..characters.skeleton import JOINTS, Floats, Node, OtherSkeleton
from ..source import GaitNetCharacter, GaitNetMotion
from .arrays import read_npz
from .bvh import UNITS, Bvh, likely_unit, read_bvh
from .grounded import grounded
from .hdf5 import read_hdf5
from .height import lift
from .symmetric import Poses, symmetrised
from .walk_edits import EDITS, LATER, edited_rotation, hinge_angle, within_limits

SIDEWAYS = 0.1
"""Share of the root's sideways way that the GaitNets keep of a BVH."""
BLEND = 0.05
"""Share of the cycle, its last, in which MASS brings the root's height back to the first frame's."""


def read_gaitnet_motion(
    motion: GaitNetMotion, source: GaitNetCharacter, character: Character
) -> Motion:
    """A motion file for the character that `source` names. ModelError: one line."""
    nodes = read_nodes(source.skeleton)
    root = nodes[0].joint.position
    free = nodes[0].joint_type == "Free"
    match motion.file.suffix.lower():
        case ".bvh":
            poses, step = _captured(motion, nodes, float(root[1]))
            # MASS puts the first frame at the zero pose's height.
            origin = root - [0.0, poses.frames[0, 4] if free else 0.0, 0.0]
        case ".npz":
            (step, frames), origin = read_npz(motion.file, nodes, motion.index), root
            poses = Poses(frames[:-1], frames[-1], closes=True)
        case ".h5" | ".hdf5" | ".hdf":
            (step, frames), origin = read_hdf5(motion.file, nodes), root
            # The last frame stands where the next cycle's first one does, yet the cycle lasts frames times their time.
            poses = Poses(frames[:-1], frames[-1], closes=True)
            step *= len(frames) / (len(frames) - 1)
        case _ if motion.file == source.skeleton:  # itself: its zero pose
            poses, step, origin = _zero_pose(nodes), 1.0, root
        case suffix:
            raise ModelError(
                f"{motion.file}: a motion of kind '{suffix}' is not known; .bvh, .npz and .h5 are"
            )
    if motion.height_calibration and free:
        first = poses.frames[0].copy()
        first[3:6] += origin - root
        origin = np.add(origin, [0.0, lift(first, nodes, root), 0.0])
    if motion.symmetric:
        poses, step = symmetrised(poses, nodes, motion.file), step / 2
    return _cycle(step / motion.cadence, poses, nodes, origin, character, motion)


def _zero_pose(nodes: list[Node]) -> Poses:
    frames = np.zeros((2, sum(JOINTS[node.joint_type] for node in nodes)))
    return Poses(frames, frames[-1], closes=False)


def _captured(motion: GaitNetMotion, nodes: list[Node], standing: float) -> tuple[Poses, float]:
    """The poses of a BVH, and the time between them, s."""
    capture = read_bvh(motion.file, motion.scale)
    _check_unit(capture, standing, motion)
    frames = _pose(capture, nodes, motion)
    if motion.generation != "mass":
        frames = within_limits(frames, nodes)
        if nodes[0].joint_type == "Free":
            frames[:, 3:6] -= frames[0, 3:6]
            frames[:, 3] = SIDEWAYS * (frames[:, 3] - frames[:, 3].mean())
    return Poses(frames, frames[-1], closes=False), capture.frame_time


def _check_unit(capture: Bvh, wanted: float, motion: GaitNetMotion) -> None:
    """Say so where the root's first height (m) is another unit's number for the skeleton's."""
    height = float(capture.translation[0, 1])
    unit = likely_unit(height, wanted, motion.scale)
    if unit is not None:
        logging.getLogger("muscle_viewer").warning(
            "%s: its root begins %.4g m high at scale %g, the skeleton's stands at %.3g m: "
            "it seems to be in %s; give its motion `scale: %g` (of a metadata.txt: the third word of bvh_file)",
            motion.file, height, motion.scale, wanted, unit, UNITS[unit],
        )  # fmt: skip


def _pose(capture: Bvh, nodes: list[Node], motion: GaitNetMotion) -> Floats:
    """Generalised positions (T, dofs); the root's transform is the capture's, unplaced."""
    columns = []
    frames = len(capture.translation)
    edits = EDITS.get(motion.generation, LATER)
    for node in nodes:
        turn = None
        for name in node.bvh:
            if name not in capture.rotations:
                wanted = dict.fromkeys(name for node in nodes for name in node.bvh)
                missing = [name for name in wanted if name not in capture.rotations]
                raise OtherSkeleton(
                    f"{motion.file}: no joint {', '.join(missing)}, which the skeleton's nodes follow "
                    f"(node '{node.name}' is the first); the file has "
                    f"{', '.join(capture.rotations)}: rename them, or the `bvh` of the nodes"
                )
            turn = capture.rotations[name] if turn is None else turn @ capture.rotations[name]
        if node.joint_type in ("Free", "Ball"):
            if turn is None:
                columns.append(np.zeros((frames, 3)))
            elif motion.walk_edits:
                columns.append(
                    continuous(np.array([edited_rotation(r, node, edits) for r in turn]))
                )
            else:
                columns.append(continuous(rotation_vectors(turn)))
        elif node.joint_type == "Revolute":
            angles = np.zeros(frames)
            if turn is not None and motion.generation == "mass":
                angles = rotation_vectors(turn) @ node.axis
            elif turn is not None:
                angles = np.array(
                    [hinge_angle(r, node, edits if motion.walk_edits else None) for r in turn]
                )
            columns.append(angles[:, None])
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
    poses: Poses,
    nodes: list[Node],
    origin: Floats,
    character: Character,
    motion: GaitNetMotion,
) -> Motion:
    """Put the root's translations, from `origin` (3,), into the world.

    The height's difference between the ends is blended away in the last twentieth of the cycle. The
    cycle's turn about the vertical is not kept.
    """
    root = nodes[0]
    placed = poses.frames.copy()
    translation = np.zeros(3)
    if root.joint_type == "Free":
        placed[:, 3:6] += origin
        if motion.grounded:
            end = poses.last.copy()
            end[3:6] += origin
            poses = grounded(Poses(placed, end, poses.closes), frame_time, nodes, motion.cyclic)
            placed = poses.frames
        advance = poses.advance
        translation = np.array([advance[0], 0.0, advance[2]])
        if motion.cyclic and motion.generation == "mass" and not motion.grounded:
            phase = np.arange(len(placed)) / max(len(placed) - 1, 1)
            share = np.clip((phase - (1 - BLEND)) / BLEND, 0, 1)
            placed[:, 4] -= share * advance[1]
    if not motion.cyclic and poses.closes:
        end = poses.last.copy()
        end[3:6] += origin if root.joint_type == "Free" else 0.0
        placed = np.concatenate([placed, end[None]])
    return Motion(
        name=motion.file.stem,
        cyclic=motion.cyclic,
        frame_time=frame_time,
        cycle_translation=vector(translation if motion.cyclic else np.zeros(3)),
        frames=vector(placed),
        coordinates=character.dof_names,
        events={},
    )
