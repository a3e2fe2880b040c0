"""A table of the last strides, one a row, with mean and standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.gait import CONTACT
from muscle_viewer.viewer.analysis import gait

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History

COLUMNS = (
    ("begin", "s"),
    ("duration", "s"),
    ("length", "m"),
    ("speed", "m/s"),
    ("stance", "%"),
    ("peak vertical GRF", "BW"),
)
"""Names and units of the figures of a stride."""


@dataclass(frozen=True)
class StrideTable:
    """Figures of strides, (strides, columns), and the side of each."""

    sides: list[str]
    figures: np.ndarray

    @property
    def rows(self) -> list[tuple[str, np.ndarray]]:
        """Each stride, then mean and standard deviation (of a sample; nan for one stride)."""
        rows = list(zip(self.sides, self.figures, strict=True))
        if not rows:
            return []
        several = len(rows) > 1
        deviation = self.figures.std(axis=0, ddof=1) if several else np.full(len(COLUMNS), np.nan)
        return [*rows, ("mean", self.figures.mean(axis=0)), ("SD", deviation)]

    def text(self) -> str:
        """Tab-separated, as spreadsheets take it."""
        lines = ["\t".join(["side", *(f"{name} ({unit})" for name, unit in COLUMNS)])]
        for name, figures in self.rows:
            lines.append("\t".join([name, *(f"{value:.5g}" for value in figures)]))
        return "\n".join(lines) + "\n"


def stride_table(info: ModelInfo, history: History, strides: list[gait.Stride]) -> StrideTable:
    """The table of strides."""
    figures = np.empty((len(strides), len(COLUMNS)))
    for row, stride in enumerate(strides):
        begin, end = history.time(stride.first), history.time(stride.last)
        first, last = (
            history.values("center_of_mass", k, k + 1, [0, 2])[0]
            for k in (stride.first, stride.last)
        )
        length = float(np.linalg.norm(last - first))
        load = gait.load_of_stride(info, history, stride)
        raw = gait.load(info, history, stride.side, stride.first, stride.last)
        stance = 100.0 * float((raw > CONTACT).mean())
        figures[row] = begin, end - begin, length, length / (end - begin), stance, load.max()
    return StrideTable([stride.side for stride in strides], figures)
