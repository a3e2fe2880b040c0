"""Several characters as one, each in its cell of a square grid, for drawing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muscle_viewer.core.frame import Frame, ModelInfo

CELL = (1.5, 2.1)
"""Width and length of a cell, m."""


def cells(count: int) -> np.ndarray:
    """Places of the characters on the ground, (count, 3), m, in rows of a square about the origin."""
    side = math.ceil(math.sqrt(count))
    row, column = np.divmod(np.arange(count), side)
    middle = 0.5 * (side - 1)
    return np.stack([(column - middle) * CELL[0], 0.0 * row, (row - middle) * CELL[1]], axis=1)


def info_of(infos: Sequence[ModelInfo]) -> ModelInfo:
    """The bodies of several characters as those of one, for drawing."""
    bodies, points = len(infos[0].body_names), int(infos[0].path_offsets[-1])
    offsets = [np.asarray(i.path_offsets[:-1]) + k * points for k, i in enumerate(infos)]
    return replace(
        infos[0],
        body_names=[name for info in infos for name in info.body_names],
        muscle_names=[name for info in infos for name in info.muscle_names],
        muscle_groups=[name for info in infos for name in info.muscle_groups],
        shapes=[
            replace(shape, body=shape.body + k * bodies)
            for k, info in enumerate(infos)
            for shape in info.shapes
        ],
        path_offsets=np.concatenate([*offsets, [points * len(infos)]]),
        max_isometric_force=np.concatenate([info.max_isometric_force for info in infos]),
        optimal_fibre_length=np.concatenate([info.optimal_fibre_length for info in infos]),
        tendon_slack_length=np.concatenate([info.tendon_slack_length for info in infos]),
    )


def frame_of(frames: Sequence[Frame]) -> Frame:
    """The frames of several characters as one, each with its centre of mass over its cell, for drawing."""
    shifts = cells(len(frames)) - np.stack([f.center_of_mass for f in frames]) * [1.0, 0.0, 1.0]

    def moved(name: str) -> np.ndarray:
        parts = [getattr(f, name) + s for f, s in zip(frames, shifts, strict=True)]
        return np.concatenate(parts).astype(np.float32)

    return replace(
        frames[0],
        body_rotations=np.concatenate([f.body_rotations for f in frames]),
        body_positions=moved("body_positions"),
        path_points=moved("path_points"),
        fibre_lengths=np.concatenate([f.fibre_lengths for f in frames]),
        center_of_mass=np.array([0.0, frames[0].center_of_mass[1], 0.0], np.float32),
    )
