"""A frame between two control steps, for a display that runs faster than the controller."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame


def blend(previous: Frame, frame: Frame, weight: float) -> Frame:
    """`frame` with its drawn fields (bodies, paths, activations, centre of mass) at `weight` in [0, 1] from `previous`.

    All other fields are those of `frame`. Rotation matrices are interpolated linearly and made orthonormal by
    Gram-Schmidt, which is exact enough for the few degrees of a control step.
    """
    if weight >= 1.0 or previous is frame:
        return frame

    def mix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a + np.float32(weight) * (b - a)

    return dataclasses.replace(
        frame,
        body_rotations=orthonormal(mix(previous.body_rotations, frame.body_rotations)),
        body_positions=mix(previous.body_positions, frame.body_positions),
        path_points=mix(previous.path_points, frame.path_points),
        activations=mix(previous.activations, frame.activations),
        fibre_lengths=mix(previous.fibre_lengths, frame.fibre_lengths),
        reference_positions=mix(previous.reference_positions, frame.reference_positions),
        target_positions=mix(previous.target_positions, frame.target_positions),
        positions=mix(previous.positions, frame.positions),
        center_of_mass=mix(previous.center_of_mass, frame.center_of_mass),
    )


def orthonormal(matrices: np.ndarray) -> np.ndarray:
    """Rotation matrices from nearly orthonormal ones, shape (..., 3, 3), by Gram-Schmidt on the columns."""
    x = matrices[..., :, 0]
    x = x / np.linalg.norm(x, axis=-1, keepdims=True)
    y = matrices[..., :, 1]
    y = y - np.sum(x * y, axis=-1, keepdims=True) * x
    y = y / np.linalg.norm(y, axis=-1, keepdims=True)
    return np.stack([x, y, np.cross(x, y)], axis=-1)
