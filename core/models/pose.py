"""Rigid placements: products, inverses and quaternions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """A frame in another: rotation matrix, shape (3, 3), and position, m."""

    rotation: Floats
    position: Floats

    def __matmul__(self, other: Pose) -> Pose:
        return Pose(self.rotation @ other.rotation, self.point(other.position))

    def inverse(self) -> Pose:
        return Pose(self.rotation.T, -self.rotation.T @ self.position)

    def point(self, at: Floats) -> Floats:
        """A point of the inner frame in the outer one."""
        return self.rotation @ at + self.position

    @property
    def quaternion(self) -> Floats:
        """The rotation as [w, x, y, z]."""
        return quaternion_of(self.rotation)

    @property
    def is_identity(self) -> bool:
        return bool((self.rotation == np.eye(3)).all() and not self.position.any())


def identity() -> Pose:
    return Pose(np.eye(3), np.zeros(3))


def placed(position: Floats, quaternion: Floats) -> Pose:
    """The pose at a position with the rotation of a unit quaternion [w, x, y, z]."""
    return Pose(matrix_of(quaternion), np.asarray(position, np.float64))


def matrix_of(quaternion: Floats) -> Floats:
    """The rotation matrix, shape (3, 3), of a unit quaternion [w, x, y, z]."""
    w, x, y, z = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_of(rotation: Floats) -> Floats:
    """The unit quaternion [w, x, y, z], w or the first other component positive, of a rotation matrix."""
    m = rotation
    # 4 times the products of the components; the row of the largest is the quaternion but for its scale (Shepperd 1978).
    products = np.array(
        [
            [1 + m[0, 0] + m[1, 1] + m[2, 2], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], 1 - m[0, 0] + m[1, 1] - m[2, 2], m[1, 2] + m[2, 1]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], 1 - m[0, 0] - m[1, 1] + m[2, 2]],
        ]
    )  # fmt: skip
    row = products[int(np.argmax(np.diag(products)))]
    quaternion = row / np.linalg.norm(row)
    return -quaternion if quaternion[0] < 0 else quaternion


def about(axis: Floats, angle: float) -> Floats:
    """The rotation matrix about a unit axis by an angle, rad."""
    return matrix_of(np.concatenate([[np.cos(angle / 2)], np.sin(angle / 2) * np.asarray(axis)]))
