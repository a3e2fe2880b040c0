"""OpenSim's vectors, rotations and frames as numpy arrays and poses in bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ModelError
from ..pose import Pose

Bodies = Mapping[str, int]
"""Segments by the names of the bodies; the ground is -1."""


def triple(values: Any) -> np.ndarray:
    """A Vec3 as an array."""
    return np.array([float(values.get(i)) for i in range(3)])


def rotation_of(rotation: Any) -> np.ndarray:
    """The matrix of a Rotation, shape (3, 3)."""
    entries = rotation.asMat33()
    return np.array([[float(entries.get(i, j)) for j in range(3)] for i in range(3)])


def pose_in_body(frame: Any, bodies: Bodies) -> tuple[int, Pose]:
    """The segment that a frame is fixed to, -1 for the ground, and its pose there. ModelError: one line."""
    name = str(frame.findBaseFrame().getName())
    if name != "ground" and name not in bodies:
        raise ModelError(f"frame '{frame.getName()}': is fixed to no body")
    transform = frame.findTransformInBaseFrame()
    return bodies.get(name, -1), Pose(rotation_of(transform.R()), triple(transform.p()))
