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


def quaternions(vectors: np.ndarray) -> np.ndarray:
    """Quaternions [w, x, y, z] of rotation vectors, rad; shape (n, 3) to (n, 4)."""
    given = np.asarray(vectors, np.float64)
    half = 0.5 * np.linalg.norm(given, axis=1, keepdims=True)
    return np.concatenate([np.cos(half), 0.5 * np.sinc(half / np.pi) * given], axis=1)
