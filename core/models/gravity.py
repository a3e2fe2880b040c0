"""The gravity of a model's file, in whose place an environment has its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STANDARD = 9.81
"""m/s^2, an environment's without a setting."""
NEAR = 0.02
"""m/s^2: 9.80665 is the same."""


def other_gravity(gravity: NDArray[np.float64], down: NDArray[np.float64]) -> list[str]:
    """A line where a file's gravity, m/s^2, is not the standard one downwards (a unit vector)."""
    if np.linalg.norm(gravity - STANDARD * down) <= NEAR:
        return []
    given = ", ".join(f"{part:g}" for part in gravity)
    return [
        f"gravity: ({given}) m/s^2; here it is simulation.gravity, {STANDARD} without it, downwards"
    ]
