"""Poses of the right leg over the range of gait, as OpenSim coordinates and as our positions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from tools.human.kinematics import Character, rotation_about, vector_from_rotation
from tools.human.osim_model import GAIT_RANGE_DEGREES

STEP = 0.005
"""Half width of the central differences, rad."""

LEFT, UP, FORWARD = np.eye(3)


def sample_range(coordinates: Sequence[str], count: int, seed: int) -> np.ndarray:
    """Quasi-random poses (count, C), radians, that fill the box of the range of gait."""
    low, high = np.radians([GAIT_RANGE_DEGREES[c] for c in coordinates]).T
    size = int(2 ** np.ceil(np.log2(count)))
    unit = qmc.Sobol(len(coordinates), seed=seed).random(size)[:count]
    return low + unit * (high - low)


def perturbed(poses: np.ndarray) -> np.ndarray:
    """Poses (N * C * 2, C): for every pose and coordinate, one step down and one up."""
    count, width = poses.shape
    steps = STEP * np.eye(width)[:, None, :] * np.array([-1.0, 1.0])[None, :, None]
    return (poses[:, None, None, :] + steps).reshape(count * width * 2, width)


def hip_vector(flexion: np.ndarray, adduction: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Rotation vectors (N, 3) of the right hip from the osim's angles: flexion about right (-x),
    then adduction about forward (z), then internal rotation about up (y), body-fixed."""
    turned = rotation_about(-LEFT, flexion) @ rotation_about(FORWARD, adduction)
    return vector_from_rotation(turned @ rotation_about(UP, rotation))


def positions_from_coordinates(
    character: Character, coordinates: Sequence[str], values: np.ndarray
) -> np.ndarray:
    """Generalised positions (N, dofs) for right-leg coordinate values (N, C), the rest zero."""
    values = np.atleast_2d(values)
    table = dict(zip(coordinates, values.T, strict=True))
    q = np.zeros((len(values), character.dofs))
    zero = np.zeros(len(values))
    hip = [table.get(f"hip_{n}_r", zero) for n in ("flexion", "adduction", "rotation")]
    first = character.dof_names.index("hip_x_r")
    q[:, first : first + 3] = hip_vector(*hip)
    for name, column in table.items():
        if not name.startswith("hip"):
            q[:, character.dof_names.index(name)] = column
    return q
