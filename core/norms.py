"""Published normative bands over the gait cycle: joint angles, kinetics, and the timing of muscles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from .errors import ConfigError
from .folders import assets_folder
from .gait import SIDES
from .readers.text import Strict, parse, read_text

SAGITTAL = {
    "hip_flexion": (("hip_x_{r}", -1.0), ("hip_flexion_{r}", 1.0), ("Femur{R}_x", -1.0)),
    "knee_flexion": (("knee_angle_{r}", 1.0), ("Tibia{R}", 1.0)),
    "ankle_dorsiflexion": (("ankle_angle_{r}", 1.0), ("Talus{R}_x", -1.0)),
}
"""For each angle of the norms the dofs that it may be, and its sign along them: of this project's human, of OpenSim's and
MuJoCo's models, of the GaitNets' humans, where the x of a ball joint is the rotation about the mediolateral axis."""


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
    """Mean and standard deviation of a curve, interpolated; nan where there is no norm."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def inside(self, curve: ArrayLike) -> float:
        """Fraction of a curve (degrees, at the band's phases) within two standard deviations."""
        known = ~np.isnan(self.mean)
        distance = np.abs(np.asarray(curve) - self.mean)[known]
        return float((distance <= 2 * self.deviation[known]).mean())

    def rms(self, curve: ArrayLike) -> float:
        """Root mean square distance of a curve from the mean, degrees."""
        return float(np.sqrt(np.mean((np.asarray(curve) - self.mean) ** 2)))


def sagittal(
    dof_names: Sequence[str], angle: str, ranges: ArrayLike = ()
) -> tuple[dict[str, int], float] | None:
    """Indices of an angle's dofs by side, right and left, and its sign; None for a character without them.

    ranges: (N, 2) of the dofs, infinite where there is none. A knee that bends towards negative angles has the other
    sign, as in OpenSim's gait2392 and the models made from it.
    """
    for form, sign in SAGITTAL[angle]:
        names = {side: form.format(r=side[0], R=side[0].upper()) for side in SIDES}
        if all(name in dof_names for name in names.values()):
            dofs = {side: dof_names.index(name) for side, name in names.items()}
            limits = np.asarray(ranges, float).reshape(-1, 2)
            if angle == "knee_flexion" and len(limits):
                low, high = limits[dofs["right"]]
                sign = -sign if -low > high else sign
            return dofs, sign
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


class Timed(Strict):
    """A curve; `percent` where it does not span the file's."""

    percent: list[float] | None = None
    mean: list[float]
    deviation: list[float]


class MuscleTiming(Strict):
    """A muscle of the EMG tables."""

    of: Annotated[list[str], Field(min_length=1)]
    """The character's muscles that it is, without their side."""
    gaitnet: str | None = None
    """Its name in files of MASS and GaitNet, without the side and the number of its part."""
    active: list[tuple[float, float]]
    """Percent of the cycle."""

    def among(self, names: Sequence[str]) -> dict[str, list[int]] | None:
        """Indices of its parts among the names of a character's muscles, by side; None where a part is lacking."""
        parts = {side: [f"{name}_{side[0]}" for name in self.of] for side in SIDES}
        if all(name in names for side in parts.values() for name in side):
            return {side: [names.index(name) for name in parts[side]] for side in SIDES}
        found: dict[str, list[int]] = {}
        for side in SIDES if self.gaitnet else ():
            pattern = re.compile(rf"{side[0].upper()}_{self.gaitnet}\d*")
            found[side] = [k for k, name in enumerate(names) if pattern.fullmatch(name)]
        return found if found and all(found.values()) else None

    def is_active(self, phases: ArrayLike) -> NDArray[np.bool_]:
        """Whether people use the muscle at phases in [0, 1]."""
        at = 100 * np.asarray(phases)
        return np.any([(a <= at) & (at <= b) for a, b in self.active], axis=0)


class Kinetics(Strict):
    """assets/norms/walking_kinetics.yaml: curves at three speeds, and the timing of muscles."""

    format: Literal["muscle-viewer/norms-2"]
    name: str
    sources: list[str]
    percent: list[float]
    speeds: dict[str, dict[str, Timed]]
    muscles: dict[str, MuscleTiming]

    @model_validator(mode="after")
    def _check_lengths(self) -> Kinetics:
        for speed, curves in self.speeds.items():
            for name, curve in curves.items():
                count = len(curve.percent or self.percent)
                if not count == len(curve.mean) == len(curve.deviation):
                    raise ValueError(
                        f"speeds.{speed}.{name}: mean and deviation need {count} values, one each of percent"
                    )
        return self

    def band(self, name: str, phases: ArrayLike, speed: str = "free") -> Band:
        """The band of a curve at phases of the cycle in [0, 1]; nan beyond a curve's own percent."""
        curve = self.speeds[speed][name]
        at, percent = 100 * np.asarray(phases), curve.percent or self.percent
        mean = np.interp(at, percent, curve.mean, np.nan, np.nan)
        return Band(mean, np.interp(at, percent, curve.deviation, np.nan, np.nan))


def walking_kinetics(path: Path | None = None) -> Kinetics:
    """The norms of kinetics and muscle timing. ConfigError for a file of another kind."""
    path = path or assets_folder() / "norms" / "walking_kinetics.yaml"
    return parse(read_text(path, ConfigError), str(path), Kinetics, ConfigError)
