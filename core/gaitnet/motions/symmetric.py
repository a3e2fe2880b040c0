"""The poses of a cycle, and the mean of them and their mirror image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ..characters.assemble import rotation_matrix, rotation_vector
from ..characters.skeleton import JOINTS, Floats, Node


@dataclass(frozen=True)
class Poses:
    """Generalised positions of a cycle."""

    frames: Floats
    """(T, dofs)"""
    last: Floats
    """(dofs,) which says how far the root goes in a cycle."""
    closes: bool
    """Whether `last` is the end of the cycle; else it is its last frame and the first one follows."""

    @property
    def advance(self) -> Floats:
        """(3,) of the root in a cycle, m."""
        return self.last[3:6] - self.frames[0, 3:6]


def symmetrised(poses: Poses, nodes: list[Node], path: Path) -> Poses:
    """The mean of each pose and the mirror image of that half a cycle away, at twice as many frames.

    Twice, because half of an odd number of frames lies between two. ModelError where a side has no counterpart.
    """
    count = len(poses.frames)
    fine = np.stack([_at(poses, nodes, k / 2) for k in range(2 * count)])
    half = np.stack([_at(poses, nodes, k / 2 + count / 2) for k in range(2 * count)])
    image = mirrored(half, nodes, path)
    frames = np.stack([_between(a, b, 0.5, nodes) for a, b in zip(fine, image, strict=True)])
    end = frames[0].copy()
    end[3:6] += poses.advance * [0.0, 0.0, 1.0]
    return Poses(frames, end, closes=True)


def _at(poses: Poses, nodes: list[Node], place: float) -> Floats:
    """The pose at a frame, whole or not, of this cycle or the next."""
    count = len(poses.frames)

    def frame(k: int) -> Floats:
        pose = poses.frames[k % count].copy()
        pose[3:6] += (k // count) * poses.advance * [1.0, 0.0, 1.0]
        return pose

    first = int(np.floor(place))
    share = place - first
    return frame(first) if share == 0 else _between(frame(first), frame(first + 1), share, nodes)


def _between(a: Floats, b: Floats, share: float, nodes: list[Node]) -> Floats:
    """The pose a share of the way from one to another; rotations along the shortest arc."""
    out = a + (b - a) * share
    at = 0
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        if dofs >= 3:
            here = rotation_matrix(a[at : at + 3])
            turn = rotation_vector(here.T @ rotation_matrix(b[at : at + 3]))
            out[at : at + 3] = rotation_vector(here @ rotation_matrix(turn * share))
        at += dofs
    return out


def mirrored(frames: Floats, nodes: list[Node], path: Path) -> Floats:
    """Poses (T, dofs) with left and right exchanged: rotation vectors turn y and z, the root its x."""
    start, at = {}, 0
    for node in nodes:
        start[node.name] = at
        at += JOINTS[node.joint_type]
    out = frames.copy()
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        other = node.name[:-1] + {"L": "R", "R": "L"}.get(node.name[-1], node.name[-1])
        if other not in start:
            raise ModelError(
                f"{path}: '{node.name}' has no counterpart '{other}' to be mirrored with"
            )
        values = frames[:, start[other] : start[other] + dofs]
        signs = {6: [1, -1, -1, -1, 1, 1], 3: [1, -1, -1], 1: [1], 0: []}[dofs]
        out[:, start[node.name] : start[node.name] + dofs] = values * np.array(signs, dtype=float)
    return out
