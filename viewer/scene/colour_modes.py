"""Quantities that the muscles' colours can show: values, unit, range and colour map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.sides import partners
from muscle_viewer.viewer.scene.colormap import ACTIVATION, AMOUNT, DIVERGING, ColorMap

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.simulation.history import History


@dataclass(frozen=True)
class ColourMode:
    """One quantity of every muscle, computed from fields of the frames."""

    name: str
    unit: str
    low: float
    high: float
    map: ColorMap
    fields: tuple[str, ...]
    info: ModelInfo
    made: Callable[..., np.ndarray] = lambda info, values: values
    """From a character and the fields, each (..., muscles), to the quantity in the unit, (..., muscles)."""
    rest: float = 0.0
    """Position in the colour map of a muscle that does nothing."""

    def values(self, frame: Frame) -> np.ndarray:
        """Values of one frame, in the unit, shape (muscles,)."""
        return self.made(self.info, *(np.asarray(getattr(frame, name)) for name in self.fields))

    def over(self, history: History, first: int, last: int) -> np.ndarray:
        """Values over frames first to last - 1 of the history, in the unit, shape (frames, muscles)."""
        parts = [
            self.made(subject.info, *(history.values(name, begin, end) for name in self.fields))
            for begin, end, subject in history.subjects(first, last)
        ]
        return np.concatenate([*parts, np.empty((0, len(self.info.muscle_names)))])

    def share(self, values: np.ndarray) -> np.ndarray:
        """Positions of values in the colour map, in [0, 1], of the same shape."""
        share = (values - self.low) / (self.high - self.low)
        return np.clip(np.nan_to_num(share), 0.0, 1.0)

    def places(self, frame: Frame) -> np.ndarray:
        """Position of each muscle in the colour map, in [0, 1], shape (muscles,)."""
        return self.share(self.values(frame))

    def glow(self, frame: Frame) -> np.ndarray:
        """Emitted light of each muscle, in [0, 1], which grows with the distance from rest."""
        return np.abs(self.places(frame) - self.rest) / (1.0 - self.rest)


def power(info: ModelInfo, forces: np.ndarray, velocities: np.ndarray) -> np.ndarray:
    """Mechanical power of the contractile parts, W, positive where they shorten and drive; shape (..., muscles).

    From active forces, N, and fibre velocities, optimal lengths per second, both (..., muscles).
    """
    return -forces * velocities * np.asarray(info.optimal_fibre_length)


def colour_modes(info: ModelInfo) -> dict[str, ColourMode]:
    """All modes by name; the ranges of forces follow the character's strongest muscles."""
    strong = float(np.percentile(info.max_isometric_force, 75)) if info.muscle_names else 1.0
    strong = max(strong, 1.0)  # muscles may have no force
    top = 10.0 ** np.floor(np.log10(strong))
    top = float(top * np.ceil(strong / top))
    other = np.array(partners(info.muscle_names), np.intp)
    half = 0.1 * top
    modes = (
        ColourMode("activation", "", 0.0, 1.0, ACTIVATION, ("activations",), info),
        ColourMode("excitation", "", 0.0, 1.0, ACTIVATION, ("excitations",), info),
        ColourMode("active force", "N", 0.0, top, AMOUNT, ("active_forces",), info),
        ColourMode("passive force", "N", 0.0, 0.25 * top, AMOUNT, ("passive_forces",), info),
        ColourMode("fibre length", "l_opt", 0.5, 1.5, DIVERGING, ("fibre_lengths",), info, rest=0.5),
        ColourMode(
            "fibre velocity", "l_opt/s", -4.0, 4.0, DIVERGING, ("fibre_velocities",), info, rest=0.5
        ),
        ColourMode(
            "power", "W", -half, half, DIVERGING, ("active_forces", "fibre_velocities"), info, power,
            rest=0.5,
        ),
        ColourMode(
            "asymmetry", "own - other side", -1.0, 1.0, DIVERGING, ("activations",), info,
            lambda _, own: own - own[..., other], rest=0.5,
        ),
    )  # fmt: skip
    return {mode.name: mode for mode in modes}
