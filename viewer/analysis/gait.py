"""Gait as numbers and curves, out of the history: strides between heel strikes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.gait import (
    CONTACT,
    POINTS,
    SIDES,
    foot_contacts,
    foot_grounds,
    is_cycle,
    over_cycles,
    smoothed,
)
from muscle_viewer.core.norms import SAGITTAL, Band, band, walking, walking_kinetics
from muscle_viewer.viewer.simulation.events import GRAVITY

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History

STRIDES = 8
"""The last ones, over which is averaged."""

ANGLES = {name.replace("_", " "): name for name in SAGITTAL}
"""The norms' angles by their names for people."""


@dataclass(frozen=True)
class Stride:
    """From one heel strike of a side to its next: indices of the history."""

    side: str
    first: int
    last: int


@dataclass(frozen=True)
class Summary:
    """Means over the last strides."""

    strides: int
    speed: float
    """m/s"""
    cadence: float
    """steps/min"""
    length: float
    """m, of a stride"""
    width: float
    """m, between the feet at double stance"""
    peak: float
    """Greatest vertical ground force, body weights."""


def strides_of(history: History, cursor: int) -> list[Stride]:
    """All whole strides before the cursor, of both sides, that no beginning interrupts.

    Those alone since the last change of parameters or weights, and none from before a fall.
    """
    found: list[Stride] = []
    of_one_kind = max(
        (e.index for e in history.events if e.kind in ("change", "fall") and e.index <= cursor),
        default=history.oldest,
    )
    for side in SIDES:
        before: int | None = None
        for event in history.events:
            if event.index > cursor:
                break
            if event.index < of_one_kind:
                continue
            if event.kind in ("begin", "fall", "change"):
                before = None
            elif event.kind == f"strike {side}":
                if before is not None and is_cycle(event.clock - history.time(before)):
                    found.append(Stride(side, before, event.index))
                before = event.index
    return sorted(found, key=lambda stride: stride.last)


def load(info: ModelInfo, history: History, side: str, first: int, last: int) -> np.ndarray:
    """Vertical ground force of a side in body weights, means over the steps of frames first to last - 1."""
    columns = [3 * int(k) + 1 for k in foot_contacts(info)[side]]
    forces = history.values("contact_forces", first, last, columns)
    return forces.sum(axis=1) / (GRAVITY * history.masses(first, last))


def load_of_stride(info: ModelInfo, history: History, stride: Stride) -> np.ndarray:
    """Vertical ground force of a stride's side in body weights, from strike to strike at the simulation's rate."""
    substeps, bodies, _ = history.rows.shapes["ground_forces"]
    around = 2  # frames that the smoothing needs
    first, last = max(stride.first - around, history.oldest), stride.last + around + 1
    forces = history.values("ground_forces", first, last).reshape(-1, substeps, bodies, 3)
    feet = foot_grounds(info)[stride.side]
    masses = history.masses(first, last)[:, None]
    raw = (forces[:, :, feet, 1].sum(axis=2) / (GRAVITY * masses)).ravel()

    def strike(frame: int) -> int:
        at = (frame - first) * substeps
        return at + int(np.argmax(raw[at : at + substeps] >= CONTACT))

    return smoothed(raw, info.sim_hz)[strike(stride.first) : strike(stride.last) + 1]


def summary(info: ModelInfo, history: History, cursor: int) -> Summary | None:
    """None before the first whole stride."""
    strides = strides_of(history, cursor)[-STRIDES:]
    if not strides:
        return None
    times, ways, peaks = [], [], []
    for stride in strides:
        ends = [
            history.values("center_of_mass", k, k + 1, [0, 2])[0]
            for k in (stride.first, stride.last)
        ]
        times.append(history.time(stride.last) - history.time(stride.first))
        ways.append(float(np.linalg.norm(ends[1] - ends[0])))
        peaks.append(load_of_stride(info, history, stride).max())
    time, way = float(np.mean(times)), float(np.mean(ways))
    return Summary(
        len(strides),
        way / time,
        120.0 / time,
        way,
        _width(info, history, strides),
        float(np.mean(peaks)),
    )


def _width(info: ModelInfo, history: History, strides: list[Stride]) -> float:
    """Distance of the feet across the way that the body goes, where each strikes."""
    feet, widths = foot_contacts(info), []
    for stride in strides:
        k = stride.last
        points = {
            side: history.values(
                "contact_points", k, k + 1, [3 * int(c) + i for c in contacts for i in (0, 2)]
            ).reshape(-1, 2)
            for side, contacts in feet.items()
        }
        way = (
            history.values("center_of_mass", k, k + 1, [0, 2])[0]
            - history.values("center_of_mass", stride.first, stride.first + 1, [0, 2])[0]
        )
        across = np.array([way[1], -way[0]]) / max(float(np.linalg.norm(way)), 1e-6)
        widths.append(abs(float((points["left"].mean(0) - points["right"].mean(0)) @ across)))
    return float(np.mean(widths))


def cycles(
    history: History, strides: list[Stride], columns: dict[str, int], field: str
) -> np.ndarray:
    """A field over the strides, each at POINTS, its column by side; shape (strides, points)."""
    return _curves(
        history.values(field, s.first, s.last + 1, [columns[s.side]])[:, 0] for s in strides
    )


def kinetics(
    history: History, strides: list[Stride], columns: dict[str, int], field: str
) -> np.ndarray:
    """A field of means over the steps, per kilogram, over the strides, as `cycles`."""

    def at_moments(stride: Stride) -> np.ndarray:
        """A moment lies between its own step and the next one."""
        last = stride.last + 1
        values = history.values(field, stride.first, last + 1, [columns[stride.side]])[:, 0]
        after = np.append(values[1:], values[-1:])
        mean = (0.5 * (values + after))[: last - stride.first]
        return np.asarray(mean / history.masses(stride.first, last))

    return _curves(at_moments(stride) for stride in strides)


def loads(info: ModelInfo, history: History, strides: list[Stride]) -> np.ndarray:
    """Vertical ground force over the strides, body weights, shape (strides, points)."""
    return _curves(load_of_stride(info, history, stride) for stride in strides)


def _curves(values_of_strides: Iterable[np.ndarray]) -> np.ndarray:
    """Values over each stride, from its first frame to its last, at POINTS."""
    curves = [over_cycles(values, [(0, len(values) - 1)], 1) for values in values_of_strides]
    return np.concatenate([*curves, np.empty((0, len(POINTS)))])


@cache
def norms() -> dict[str, Band]:
    """Bands of published angles, moments (N m/kg) and powers (W/kg) at POINTS, by the norm's name."""
    published, kinetic = walking(), walking_kinetics()
    angles = {name: band(published, name, POINTS) for name in published.angles}
    return angles | {name: kinetic.band(name, POINTS) for name in kinetic.speeds["free"]}
