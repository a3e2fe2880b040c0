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
