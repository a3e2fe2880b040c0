"""Published normative bands of joint angles over the gait cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import model_validator

from .errors import ConfigError
from .folders import assets_folder
from .gait import SIDES
from .readers.text import Strict, parse, read_text

SAGITTAL = {
    "hip_flexion": ("hip_x", -1.0),
    "knee_flexion": ("knee_angle", 1.0),
    "ankle_dorsiflexion": ("ankle_angle", 1.0),
}
"""For each angle of the norms the dof (with suffix _r or _l), and its sign."""

GAITNET_SAGITTAL = {
    "hip_flexion": ("Femur", "_x", -1.0),
    "knee_flexion": ("Tibia", "", 1.0),
    "ankle_dorsiflexion": ("Talus", "_x", -1.0),
}
"""The same for the GaitNets' humans, named as FemurR_x: rotation of a ball joint about the mediolateral axis."""


class Curve(Strict):
    mean: list[float]
    deviation: list[float]


class Norms(Strict):
    """assets/norms/*.yaml: angles in degrees at percentages of the cycle, 0 at the heel strike."""

    format: Literal["muscle-viewer/norms-1"]
    name: str
    sources: list[str]
    percent: list[float]
    angles: dict[str, Curve]

    @model_validator(mode="after")
    def _check_lengths(self) -> Norms:
        for name, curve in self.angles.items():
            if not len(self.percent) == len(curve.mean) == len(curve.deviation):
                raise ValueError(
                    f"angles.{name}: mean and deviation need {len(self.percent)} values each, one "
                    "for each value of percent"
                )
        return self


@dataclass(frozen=True)
class Band:
    """Mean and standard deviation of an angle, degrees, interpolated."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def inside(self, curve: ArrayLike) -> float:
        """Fraction of a curve (degrees, at the band's phases) within two standard deviations."""
        distance = np.abs(np.asarray(curve) - self.mean)
        return float((distance <= 2 * self.deviation).mean())

    def rms(self, curve: ArrayLike) -> float:
        """Root mean square distance of a curve from the mean, degrees."""
        return float(np.sqrt(np.mean((np.asarray(curve) - self.mean) ** 2)))


def sagittal(dof_names: Sequence[str], angle: str) -> tuple[dict[str, int], float] | None:
    """Indices of an angle's dofs by side, right and left, and its sign; None for a character without them."""
    dof, sign = SAGITTAL[angle]
    body, axis, turned = GAITNET_SAGITTAL[angle]
    for found, its_sign in (
        ({side: f"{dof}_{side[0]}" for side in SIDES}, sign),
        ({side: f"{body}{side[0].upper()}{axis}" for side in SIDES}, turned),
    ):
        if all(name in dof_names for name in found.values()):
            return {side: dof_names.index(name) for side, name in found.items()}, its_sign
    return None


def walking(path: Path | None = None) -> Norms:
    """The norms of level walking. ConfigError for a file of another kind."""
    path = path or assets_folder() / "norms" / "walking.yaml"
    return parse(read_text(path, ConfigError), str(path), Norms, ConfigError)


def band(norms: Norms, angle: str, phases: ArrayLike) -> Band:
    """The band of an angle at phases of the cycle in [0, 1]."""
    curve = norms.angles[angle]
    at = 100 * np.asarray(phases)
    return Band(
        np.interp(at, norms.percent, curve.mean), np.interp(at, norms.percent, curve.deviation)
    )
