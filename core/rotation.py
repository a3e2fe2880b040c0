"""Rotations in three dimensions."""

from __future__ import annotations

import numpy as np


def rotations(quaternions: np.ndarray) -> np.ndarray:
    """Rotation matrices of quaternions [w, x, y, z], shape (n, 4) to (n, 3, 3)."""
    q = quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)
    w, x, y, z = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0).astype(np.float32)


def rotation_matrices(vectors: np.ndarray) -> np.ndarray:
    """Rotation matrices of rotation vectors, rad, by Rodrigues' formula; shape (n, 3) to (n, 3, 3), float64."""
    given = np.asarray(vectors, np.float64)
    angle = np.linalg.norm(given, axis=1)
    x, y, z = (given / np.maximum(angle, 1e-12)[:, None]).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    sine, rest = np.sin(angle)[:, None, None], (1 - np.cos(angle))[:, None, None]
    return np.asarray(np.eye(3) + sine * cross + rest * (cross @ cross))


def rotation_vectors(matrices: np.ndarray) -> np.ndarray:
    """Rotation vectors of rotation matrices, rad, with angles in [0, pi]; shape (n, 3, 3) to (n, 3), float64."""
    r = np.asarray(matrices, np.float64)
    off = np.stack(
        [r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]], axis=1
    )
    sine, cosine = np.linalg.norm(off, axis=1) / 2, (np.trace(r, axis1=1, axis2=2) - 1) / 2
    angle = np.arctan2(sine, cosine)
    turns = sine > 1e-6
    vectors = off * np.where(turns, angle / (2 * np.where(turns, sine, 1.0)), 0.5)[:, None]
    for k in np.flatnonzero(~turns & (cosine <= 0)):
        # Half a turn: the axis is the column of (R + 1) / 2 with the largest diagonal.
        square = (r[k] + np.eye(3)) / 2
        axis = int(np.argmax(np.diag(square)))
        vectors[k] = square[:, axis] / np.sqrt(max(square[axis, axis], 1e-12)) * angle[k]
    return np.asarray(vectors)
