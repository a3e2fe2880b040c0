"""Gait events and cycles from the load of each foot: frame by frame for the viewer, over episodes for muscle-eval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .frame import ModelInfo
from .sides import split

Floats = NDArray[np.float64]

SIDES = ("right", "left")

CONTACT = 0.05
"""Share of the body weight above which a foot counts as loaded. Gait laboratories set 10 to 50 N, which is 0.015 to 0.07
of an adult's weight; a foot that brushes the ground in swing stays below."""

SHORTEST_SWING = 0.1
"""Shortest swing, s; a foot that is unloaded for less bounces within one strike. Even in a sprint a swing takes 0.3 s."""

SHORTEST_CYCLE, LONGEST_CYCLE = 0.4, 2.5
"""Bounds of the time between two strikes of a foot, s: 300 steps a minute, faster than any sprint, and 48, slower than a
slow walk. A longer time contains a pause or a missed strike."""

FORCE_FILTER = 0.05
"""Length of the window, s, by which forces of the ground are smoothed without delay: a Hann window that halves 20 Hz, where
gait laboratories filter force plates together with the markers (Winter 2009, section 3.4.4)."""

POINTS = np.linspace(0, 1, 101)
"""Phases of the curves over a cycle, heel strike to heel strike."""


def foot_contacts(info: ModelInfo) -> dict[str, NDArray[np.intp]]:
    """Contact points of the right and the left foot; empty without such a foot.

    The feet are `ModelInfo.feet`, or in files of earlier versions the bodies with contacts by the side of their names.
    """
    if info.feet is None:
        return _by_names(tuple(info.body_names), tuple(np.asarray(info.contact_bodies).tolist()))
    bodies = np.asarray(info.contact_bodies)
    return {side: np.flatnonzero(np.isin(bodies, info.feet[side])) for side in SIDES}


@lru_cache(maxsize=8)
def _by_names(names: Sequence[str], bodies: Sequence[int]) -> dict[str, NDArray[np.intp]]:
    sides = [side for _, side in split(names)]
    of = np.array([sides[body] for body in bodies], str)
    return {side: np.flatnonzero(of == side) for side in SIDES}


def foot_grounds(info: ModelInfo) -> dict[str, NDArray[np.intp]]:
    """The bodies of the right and the left foot among `ModelInfo.ground_bodies`, as `foot_contacts`."""
    bodies = np.asarray(info.contact_bodies)
    return {
        side: np.array(
            [k for k, body in enumerate(info.ground_bodies) if body in set(bodies[contacts])], int
        )
        for side, contacts in foot_contacts(info).items()
    }


def substep_delay(info: ModelInfo) -> float:
    """Time of the first substep of a series, s, where the first frame's moment, the end of its step, is time 0."""
    return 1 / info.sim_hz - 1 / info.control_hz


def mean_delay(info: ModelInfo) -> float:
    """Time of the first of a series of means over the substeps, s: the middle of the step."""
    return 0.5 * substep_delay(info)


def smoothed(forces: ArrayLike, sim_hz: float) -> Floats:
    """Forces of the ground (T, ...) sampled at sim_hz, smoothed by FORCE_FILTER; their sum over time stays."""
    values = np.asarray(forces, np.float64)
    half = max(round(FORCE_FILTER * sim_hz / 2), 1)
    window = np.hanning(2 * half + 1)[1:-1]
    window /= window.sum()
    if not values.size:
        return values
    flat = values.reshape(len(values), -1)
    padded = np.pad(flat, ((len(window) // 2,) * 2, (0, 0)), mode="edge")
    columns = [np.convolve(column, window, "valid") for column in padded.T]
    return np.stack(columns, axis=1).reshape(values.shape)


class StrikeDetector:
    """Detects the strikes of one foot in successive samples of its load."""

    def __init__(self, hz: float) -> None:
        self._swing = SHORTEST_SWING * hz
        self.forget()

    def forget(self) -> None:
        """Start over: the next sample does not follow the last."""
        self._unloaded, self._last = 0, 0.0

    def see(self, load: float) -> float | None:
        """The position between the last sample (0) and this one (1) at which the load rose after a swing, or None.

        `load` is in body weights.
        """
        last, self._last = self._last, load
        if load < CONTACT:
            self._unloaded += 1
            return None
        swung, self._unloaded = self._unloaded >= self._swing, 0
        return (CONTACT - last) / (load - last) if swung else None


def strikes(load: ArrayLike, hz: float) -> Floats:
    """Times (s) at which a foot's load, in body weights (T,) sampled at hz, rises after a swing.

    The load should be `smoothed`, as a laboratory finds its events in the force that it shows.
    """
    detector, times = StrikeDetector(hz), []
    for k, value in enumerate(np.asarray(load, np.float64)):
        share = detector.see(value)
        if share is not None:
            times.append((k - 1 + share) / hz)
    return np.array(times)


def is_cycle(seconds: float) -> bool:
    """Whether two strikes of a foot with this time between them bound a cycle."""
    return SHORTEST_CYCLE <= seconds <= LONGEST_CYCLE


def cycles(times: Iterable[float]) -> list[tuple[float, float]]:
    """(begin, end) of the cycles between a foot's strikes, s."""
    return [(a, b) for a, b in pairwise(times) if is_cycle(b - a)]


def over_cycles(
    values: ArrayLike, spans: Sequence[tuple[float, float]], hz: float, delay: float = 0.0
) -> Floats:
    """Curves (cycles, 101, ...) of values (T, ...) sampled at hz, linearly interpolated.

    delay: the time of the first value, s.
    """
    array = np.asarray(values, np.float64)
    curves = np.empty((len(spans), len(POINTS), *array.shape[1:]))
    for k, (begin, end) in enumerate(spans):
        at = np.clip((begin - delay + POINTS * (end - begin)) * hz, 0, len(array) - 1)
        low = np.minimum(at.astype(int), len(array) - 2)
        share = (at - low).reshape(-1, *[1] * (array.ndim - 1))
        curves[k] = array[low] * (1 - share) + array[low + 1] * share
    return curves
