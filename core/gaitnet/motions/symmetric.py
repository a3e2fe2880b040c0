"""The poses of a cycle, and the mean of them and their mirror image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...rotation import rotation_matrices, rotation_vectors
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
    places = np.arange(2 * count) / 2
    fine = _at(poses, nodes, places)
    image = mirrored(_at(poses, nodes, places + count / 2), nodes, path)
    frames = _between(fine, image, np.full(2 * count, 0.5), nodes)
    end = frames[0].copy()
    end[3:6] += poses.advance * [0.0, 0.0, 1.0]
    return Poses(frames, end, closes=True)


def _at(poses: Poses, nodes: list[Node], places: Floats) -> Floats:
    """The poses (n, dofs) at frames, whole or not, of this cycle or the next."""
    count = len(poses.frames)

    def frames(k: NDArray[np.intp]) -> Floats:
        found = poses.frames[k % count]
        found[:, 3:6] += (k // count)[:, None] * poses.advance * [1.0, 0.0, 1.0]
        return found

    first = np.floor(places).astype(np.intp)
    share, here = places - first, frames(first)
    return np.where(share[:, None] == 0, here, _between(here, frames(first + 1), share, nodes))


def _between(a: Floats, b: Floats, share: Floats, nodes: list[Node]) -> Floats:
    """The poses (n, dofs) a share (n,) of the way from one to another; rotations along the shortest arc."""
    part = share[:, None]
    out = a + (b - a) * part
    at = 0
    for node in nodes:
        dofs = JOINTS[node.joint_type]
        if dofs >= 3:
            turns = slice(at, at + 3)
            here = rotation_matrices(a[:, turns])
            way = rotation_vectors(here.transpose(0, 2, 1) @ rotation_matrices(b[:, turns]))
            out[:, turns] = rotation_vectors(here @ rotation_matrices(way * part))
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
