"""What differs from one version of MASS and GaitNet files to the next: curves, constants, conventions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..readers.character import MuscleLaw

Generation = Literal["mass", "ggn", "bgn", "seed", "head"]


@dataclass(frozen=True)
class Conventions:
    """Of a generation's characters; the Hill constants are those of its source."""

    muscle_law: MuscleLaw
    uses_pennation: bool
    """Whether the force is multiplied by cos(pen_angle); lengths never know of it."""
    reduction_threshold: float
    """N m: dofs whose torque at full activation in the zero pose is above it stand in JtA."""
    kp: float
    kv: float | None
    """None: sqrt(2 kp)."""
    drops_idle_muscles: bool = True
    """Whether a muscle that moves no joint is left out."""


def _law(width: float, exponent: float, strain: float) -> MuscleLaw:
    return MuscleLaw(
        force_length_width=width,
        passive_exponent=exponent,
        passive_strain=strain,
        force_velocity=False,
        pennation="constant_angle",
    )


_GAITNET = _law(0.45, 5.5, 0.3)
CONVENTIONS: dict[Generation, Conventions] = {
    "mass": Conventions(_law(0.5, 4.0, 0.6), False, 1e-3, 300.0, None, drops_idle_muscles=False),
    "ggn": Conventions(_GAITNET, True, 1e-10, 200.0, None),
    "bgn": Conventions(_GAITNET, True, 1e-10, 200.0, 40.0),
    "seed": Conventions(_GAITNET, True, 1e-10, 200.0, 40.0),
    "head": Conventions(_GAITNET, False, 1e-10, 200.0, 40.0),
}

DAMPING = 0.4
"""Of every joint, N m s/rad, where the file gives none."""
