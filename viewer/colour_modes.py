"""What the muscles' colours can show: values, their unit and range, and the map."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.colormap import ACTIVATION, AMOUNT, DIVERGING, ColorMap

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo


@dataclass(frozen=True)
class ColourMode:
    """One quantity of every muscle."""

    name: str
    unit: str
    low: float
    high: float
    map: ColorMap
    values: Callable[[Frame], np.ndarray]
    """Shape (muscles,), in the unit."""

    def places(self, frame: Frame) -> np.ndarray:
        """Where in the map each muscle is, in [0, 1], shape (muscles,)."""
        share = (np.asarray(self.values(frame)) - self.low) / (self.high - self.low)
        return np.clip(np.nan_to_num(share), 0.0, 1.0)

    def glow(self, frame: Frame) -> np.ndarray:
        """How much each muscle gives light of its own, in [0, 1]: the more, the farther from rest."""
        places = self.places(frame)
        return np.abs(2.0 * places - 1.0) if self.map is DIVERGING else places


def partners(names: list[str]) -> np.ndarray:
    """The muscle of the other side for each, itself where there is none; shape (muscles,)."""
    places = {name: k for k, name in enumerate(names)}
    found = []
    for k, name in enumerate(names):
        match = re.fullmatch(r"(.+)_([lr])", name)
        other = f"{match[1]}_{'l' if match[2] == 'r' else 'r'}" if match else name
        found.append(places.get(other, k))
    return np.array(found, np.intp)


def power(info: ModelInfo, frame: Frame) -> np.ndarray:
    """Mechanical power of the contractile part, W, positive where it shortens and drives; shape (muscles,)."""
    speed = np.asarray(frame.fibre_velocities) * np.asarray(info.optimal_fibre_length)
    return -np.asarray(frame.active_forces) * speed


def colour_modes(info: ModelInfo) -> dict[str, ColourMode]:
    """All modes by their names; ranges of forces follow the character's strongest muscles."""
    strong = float(np.percentile(info.max_isometric_force, 75)) if info.muscle_names else 1.0
    top = 10.0 ** np.floor(np.log10(max(strong, 1.0)))
    top = float(top * np.ceil(strong / top))
    other = partners(info.muscle_names)
    modes = (
        ColourMode("activation", "", 0.0, 1.0, ACTIVATION, lambda f: f.activations),
        ColourMode("excitation", "", 0.0, 1.0, ACTIVATION, lambda f: f.excitations),
        ColourMode("active force", "N", 0.0, top, AMOUNT, lambda f: f.active_forces),
        ColourMode("passive force", "N", 0.0, 0.25 * top, AMOUNT, lambda f: f.passive_forces),
        ColourMode("fibre length", "optimal", 0.5, 1.5, DIVERGING, lambda f: f.fibre_lengths),
        ColourMode("fibre velocity", "optimal/s", -4.0, 4.0, DIVERGING, lambda f: f.fibre_velocities),
        ColourMode("power", "W", -0.1 * top, 0.1 * top, DIVERGING, lambda f: power(info, f)),
        ColourMode(
            "asymmetry", "own - other side", -1.0, 1.0, DIVERGING,
            lambda f: f.activations - np.asarray(f.activations)[other],
        ),
    )  # fmt: skip
    return {mode.name: mode for mode in modes}
