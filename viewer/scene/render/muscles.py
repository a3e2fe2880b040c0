"""The muscles as spindles: one instance of a tube for each segment of each path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
from muscle_viewer.viewer.scene.render import mesh
from muscle_viewer.viewer.scene.render.buffers import InstancedMesh, Instances

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.scene.render.quality import Quality

STREAM = (3, 3, 3, 3, 3, 4, 4)
"""Sizes of the instance attributes of shaders/muscle.vert."""

GLOW = 0.45
"""Emitted light of a fully active muscle, as a share of its colour."""


class Muscles:
    """Instances of all segments, and separate ones of the faint muscles and of the outlined ones."""

    def __init__(self, geometry: MuscleGeometry, quality: Quality) -> None:
        unit = mesh.tube(quality.detail.muscle_rings, quality.detail.muscle_sides)
        coarse = mesh.tube(quality.shadow_detail.muscle_rings, quality.shadow_detail.muscle_sides)
        self._geometry = geometry
        self._rows_of_all, self._rows_of_outlined, self._rows_of_faint = (
            Instances((STREAM,)) for _ in range(3)
        )
        self._all = InstancedMesh(unit, self._rows_of_all)
        self._coarse = InstancedMesh(coarse, self._rows_of_all)
        self._outlined = InstancedMesh(unit, self._rows_of_outlined)
        self._faint = InstancedMesh(unit, self._rows_of_faint)
        self._rows = np.zeros((len(geometry.first), sum(STREAM)), np.float32)

    def update(
        self,
        frame: Frame,
        colours: np.ndarray,
        glow: np.ndarray,
        highlights: dict[int, tuple[float, float, float]],
        faint: np.ndarray | None = None,
    ) -> None:
        """Fill the instances.

        `colours` (muscles, 3) is linear light, `glow` (muscles,) in [0, 1]; `highlights` gives muscles to outline and
        their colours as displayed; `faint` (muscles,) says which are drawn separately by `draw_faint`.
        """
        g, rows = self._geometry, self._rows
        points = frame.path_points
        rows[:, 0:3] = points[g.before]
        rows[:, 3:6] = points[g.first]
        rows[:, 6:9] = points[g.first + 1]
        rows[:, 9:12] = points[g.after]
        rows[:, 12:15] = g.across(points)[g.muscle]
        rows[:, 15:17] = g.places(points)
        rows[:, 17] = g.radii(frame.fibre_lengths)[g.muscle]
        rows[:, 18] = g.tendon_share[g.muscle]
        rows[:, 19:22] = colours[g.muscle]
        rows[:, 22] = GLOW * glow[g.muscle]
        apart = np.zeros(len(g.muscle), bool) if faint is None else faint[g.muscle]
        self._rows_of_all.fill(0, rows[~apart] if apart.any() else rows)
        self._rows_of_faint.fill(0, rows[apart])
        self._fill_outlined(highlights)

    def _fill_outlined(self, highlights: dict[int, tuple[float, float, float]]) -> None:
        chosen = np.isin(self._geometry.muscle, list(highlights))
        rows = self._rows[chosen]
        for muscle, colour in highlights.items():
            rows[self._geometry.muscle[chosen] == muscle, 19:22] = colour
        self._rows_of_outlined.fill(0, rows)

    def draw(self) -> None:
        """Draw all muscles with the current program."""
        self._all.draw()

    def draw_coarse(self) -> None:
        """Draw all muscles with the coarse tessellation of shadows."""
        self._coarse.draw()

    def draw_faint(self) -> None:
        """Draw the faint muscles alone with the current program."""
        self._faint.draw()

    def draw_outlined(self) -> None:
        """Draw the highlighted muscles alone with the current program."""
        self._outlined.draw()

    def delete(self) -> None:
        """Free the buffers."""
        for unit in (
            self._coarse, self._all, self._faint, self._outlined,
            self._rows_of_all, self._rows_of_outlined, self._rows_of_faint,
        ):  # fmt: skip
            unit.delete()
