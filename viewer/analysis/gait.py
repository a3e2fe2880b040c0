"""Gait as numbers and curves, out of the history: strides between heel strikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.norms import SAGITTAL, Band, band, walking
from muscle_viewer.viewer.simulation.events import GRAVITY, foot_contacts

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History

PHASES = np.linspace(0.0, 1.0, 51)
STRIDES = 8
"""The last ones, over which is averaged."""

ANGLES = {name.replace("_", " "): (*dof, name) for name, dof in SAGITTAL.items()}
"""Name: the dof's name without its side, the sign that turns it into the anatomical angle, and the norm's name."""

LINEAGE = {
    "hip flexion": ("Femur", "_x", -1.0),
    "knee flexion": ("Tibia", "", 1.0),
    "ankle dorsiflexion": ("Talus", "_x", -1.0),
}
"""The same of the lineage's humans, named as FemurR_x: a ball's rotation about the axis across, which walking keeps to."""


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
    """All whole strides before the cursor, of both sides, that no beginning interrupts."""
    found = []
    for side in ("right", "left"):
        before: int | None = None
        for event in history.events:
            if event.index > cursor:
                break
            if event.kind in ("begin", "fall"):
                before = None
            elif event.kind == f"strike {side}":
                if before is not None and event.index > before + 5:
                    found.append(Stride(side, before, event.index))
                before = event.index
    return sorted(found, key=lambda stride: stride.last)


def load(info: ModelInfo, history: History, side: str, first: int, last: int) -> np.ndarray:
    """Vertical ground force of a side in body weights, frames first to last - 1."""
    columns = [3 * int(k) + 1 for k in foot_contacts(info)[side]]
    forces = history.values("contact_forces", first, last, columns)
    return forces.sum(axis=1) / (GRAVITY * history.masses(first, last))


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
        peaks.append(load(info, history, stride.side, stride.first, stride.last).max())
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


def sagittal(names: Sequence[str], angle: str) -> tuple[dict[str, int], float] | None:
    """Indices of an angle's dofs by side, among all dofs' names, and its sign; None for a character without them."""
    dof, sign, _ = ANGLES[angle]
    body, axis, turned = LINEAGE[angle]
    for found, its_sign in (
        ({side: f"{dof}_{side[0]}" for side in ("right", "left")}, sign),
        ({side: f"{body}{side[0].upper()}{axis}" for side in ("right", "left")}, turned),
    ):
        if all(name in names for name in found.values()):
            return {side: names.index(name) for side, name in found.items()}, its_sign
    return None


def cycles(
    history: History, strides: list[Stride], columns: dict[str, int], field: str
) -> np.ndarray:
    """A field over the strides, each at PHASES, its column by side; shape (strides, phases)."""
    rows = []
    for stride in strides:
        values = history.values(field, stride.first, stride.last + 1, [columns[stride.side]])[:, 0]
        rows.append(np.interp(PHASES, np.linspace(0.0, 1.0, len(values)), values))
    return np.array(rows).reshape(-1, len(PHASES))


def loads(info: ModelInfo, history: History, strides: list[Stride]) -> np.ndarray:
    """Vertical ground force over the strides, body weights, shape (strides, phases)."""
    rows = []
    for stride in strides:
        values = load(info, history, stride.side, stride.first, stride.last + 1)
        rows.append(np.interp(PHASES, np.linspace(0.0, 1.0, len(values)), values))
    return np.array(rows).reshape(-1, len(PHASES))


@cache
def norms() -> dict[str, Band]:
    """Bands of published angles at PHASES, by the norm's name."""
    published = walking()
    return {name: band(published, name, PHASES) for name in published.angles}
