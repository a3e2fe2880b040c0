"""Gait events and cycles from ground reaction forces, and measures computed from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from muscle_viewer.core import ModelInfo
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CONTACT = 0.05
"""Fraction of the body weight above which a foot counts as loaded."""
SHORTEST_SWING = 0.1  # s; shorter unloadings are bounces of one strike
SHORTEST_CYCLE, LONGEST_CYCLE = 0.4, 2.5  # s
POINTS = np.linspace(0, 1, 101)
"""Phases of the curves over a cycle, heel strike to heel strike."""


def sides(info: ModelInfo) -> dict[str, NDArray[np.bool_]]:
    """Masks (C,) of the contacts of the right and the left foot; empty if the names have no sides."""
    names = [info.body_names[body] for body in info.contact_bodies]
    masks = {side: np.array([n.endswith(f"_{side}") for n in names], bool) for side in "rl"}
    return masks if all(mask.any() for mask in masks.values()) else {}


def strikes(load: ArrayLike, control_hz: int) -> Floats:
    """Times (s) at which a foot's load, in body weights (T,), rises after a swing."""
    values = np.asarray(load, np.float64)
    unloaded, times = 0, []
    for k, value in enumerate(values):
        if value < CONTACT:
            unloaded += 1
            continue
        if unloaded >= SHORTEST_SWING * control_hz:
            before = values[k - 1]
            times.append((k - 1 + (CONTACT - before) / (value - before)) / control_hz)
        unloaded = 0
    return np.array(times)


def cycles(times: Iterable[float]) -> list[tuple[float, float]]:
    """(begin, end) of the cycles between a foot's strikes, s."""
    return [(a, b) for a, b in pairwise(times) if SHORTEST_CYCLE <= b - a <= LONGEST_CYCLE]


def over_cycles(values: ArrayLike, spans: list[tuple[float, float]], control_hz: int) -> Floats:
    """Curves (cycles, 101, ...) of values (T, ...) sampled at control_hz, linearly interpolated."""
    array = np.asarray(values, np.float64)
    curves = np.empty((len(spans), len(POINTS), *array.shape[1:]))
    for k, (begin, end) in enumerate(spans):
        at = np.clip((begin + POINTS * (end - begin)) * control_hz, 0, len(array) - 1)
        low = np.minimum(at.astype(int), len(array) - 2)
        share = (at - low).reshape(-1, *[1] * (array.ndim - 1))
        curves[k] = array[low] * (1 - share) + array[low + 1] * share
    return curves


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
