"""Figures of the stance, of the contacts and of the activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from muscle_viewer.core.gait import CONTACT
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Humps:
    """The two maxima of a stance phase's vertical force and the minimum between, body weights."""

    first: float
    valley: float
    second: float

    @property
    def distinct(self) -> bool:
        """Whether the valley is at least 0.05 body weights below both."""
        return self.valley < min(self.first, self.second) - 0.05


def humps(load: ArrayLike) -> Humps | None:
    """The maxima of one cycle's load (101,) in body weights from the heel strike on; None without a stance."""
    values = np.asarray(load, np.float64)
    loaded = values[2:] >= CONTACT
    last = 2 + (int(np.argmin(loaded)) if not loaded.all() else len(loaded))
    if last < 20:
        return None
    middle = last // 2
    first = int(np.argmax(values[:middle]))
    second = middle + int(np.argmax(values[middle:last]))
    if first == second:
        return None
    return Humps(float(values[first]), float(values[first:second].min()), float(values[second]))


def slip(points: ArrayLike, forces: ArrayLike, control_hz: int, least: float = 50.0) -> Floats:
    """Horizontal speeds (m/s) of contact points while they carry more than `least` newtons.

    points and forces (T, C, 3); a speed for each pair of successive samples that both carry.
    """
    place, load = np.asarray(points, np.float64), np.asarray(forces, np.float64)[..., 1]
    carries = (load[1:] > least) & (load[:-1] > least)
    distance = np.linalg.norm(np.diff(place, axis=0)[..., [0, 2]], axis=-1)
    return distance[carries] * control_hz


def saturation(activations: ArrayLike, limit: float = 0.95) -> float:
    """Largest fraction of the time, over the muscles of (T, M), that an activation is above `limit`."""
    values = np.asarray(activations)
    return float((values > limit).mean(0).max()) if values.size else float("nan")
