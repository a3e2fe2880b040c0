"""The muscles as spindles: one instance of a tube for each segment of each path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
from muscle_viewer.viewer.scene.render import mesh
from muscle_viewer.viewer.scene.render.buffers import InstancedMesh, Instances
from muscle_viewer.viewer.scene.tessellation import intervals, sides_within

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.scene.render.quality import Quality

STREAM = (3, 3, 3, 3, 3, 4, 4)
"""Sizes of the instance attributes of shaders/muscle.vert."""

TENDON = 0.0028
"""Radius of a tendon, m: that of shaders/muscle.vert."""

SIDES, CHORDS = (4, 5, 6, 8, 11, 16), (2, 4, 8)
"""Sides of the tubes that are made, and numbers of their pieces along a segment."""

SPINDLE = 12.0
"""How much a belly of unit radius turns along itself: the second derivative of shaders/muscle.vert's `bump`, about."""

GLOW = 0.45
"""Emitted light of a fully active muscle, as a share of its colour."""


class Tubes:
    """Instances of segments that are tessellated alike."""

    def __init__(self, rings: int, sides: int, inside: bool = False) -> None:
        self._rows = Instances((STREAM,))
        self._mesh = InstancedMesh(mesh.tube(rings, sides, inside), self._rows)

    def fill(self, rows: np.ndarray) -> None:
        """Set the segments."""
        self._rows.fill(0, rows)

    def draw(self) -> None:
        """Draw them with the current program."""
        self._mesh.draw()

    def delete(self) -> None:
        """Free the buffers."""
        self._mesh.delete()
        self._rows.delete()


class Muscles:
    """Instances of all segments, and separate ones of the faint muscles and of the outlined ones."""

    def __init__(self, geometry: MuscleGeometry, quality: Quality) -> None:
        rings, sides = quality.detail.muscle_rings, quality.detail.muscle_sides
        self._geometry, self._error = geometry, quality.error
        self._sides = [*(n for n in SIDES if n < sides), sides]
        self._chords = [*(n for n in CHORDS if n < rings - 1), rings - 1]
        self._tubes: dict[tuple[int, int], Tubes] = {}
        self._drawn: list[Tubes] = []
        shadow = quality.shadow_detail
        self._coarse = Tubes(shadow.muscle_rings, shadow.muscle_sides, inside=True)
        self._outlined, self._faint = Tubes(rings, sides), Tubes(rings, sides)
        self._rows = np.zeros((len(geometry.first), sum(STREAM)), np.float32)

    def update(
        self,
        frame: Frame,
        colours: np.ndarray,
        glow: np.ndarray,
        highlights: dict[int, tuple[float, float, float]],
        scale: float,
        faint: np.ndarray | None = None,
    ) -> None:
        """Fill the instances.

        `colours` (muscles, 3) is linear light, `glow` (muscles,) in [0, 1]; `highlights` gives muscles to outline and
        their colours as displayed; a metre has `scale` pixels; `faint` (muscles,) says which are drawn separately by
        `draw_faint`.
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
        solid = rows[~apart] if apart.any() else rows
        self._coarse.fill(solid)
        self._faint.fill(rows[apart])
        self._fill_tubes(solid, scale)
        self._fill_outlined(highlights)

    def _fill_tubes(self, rows: np.ndarray, scale: float) -> None:
        """Fill a tube for each fineness that the segments need where a metre has `scale` pixels."""
        sides, chords = needed(rows, scale, self._error)
        across = np.searchsorted(self._sides[:-1], sides)
        along = np.searchsorted(self._chords[:-1], chords)
        self._drawn = []
        for key in set(zip(across.tolist(), along.tolist(), strict=True)):
            if key not in self._tubes:
                self._tubes[key] = Tubes(self._chords[key[1]] + 1, self._sides[key[0]])
            self._tubes[key].fill(rows[(across == key[0]) & (along == key[1])])
            self._drawn.append(self._tubes[key])

    def _fill_outlined(self, highlights: dict[int, tuple[float, float, float]]) -> None:
        chosen = np.isin(self._geometry.muscle, list(highlights))
        rows = self._rows[chosen]
        for muscle, colour in highlights.items():
            rows[self._geometry.muscle[chosen] == muscle, 19:22] = colour
        self._outlined.fill(rows)

    def draw(self) -> None:
        """Draw all muscles with the current program, but those that are faint."""
        for tubes in self._drawn:
            tubes.draw()

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
        for tubes in (self._coarse, self._faint, self._outlined, *self._tubes.values()):
            tubes.delete()


def needed(rows: np.ndarray, scale: float, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Sides and pieces along each segment that keep its outline within `error` pixels; each of shape (segments,).

    `rows` are the instances, and a metre has `scale` pixels. The belly is that of shaders/muscle.vert.
    """
    before, start, end, after = (rows[:, k : k + 3] for k in (0, 3, 6, 9))
    span, belly, tendon = rows[:, 15:17], rows[:, 17], rows[:, 18]
    u = np.clip((np.clip(0.5, span[:, 0], span[:, 1]) - tendon) / (1.0 - 2.0 * tendon), 0.0, 1.0)
    bump = 4.0 * u * (1.0 - u)
    bump *= 1.45 - 0.45 * bump
    thin = np.minimum(TENDON, 0.6 * belly)
    sides = sides_within(scale * (thin + (belly - thin) * bump), error)
    chord = end - start
    length = np.linalg.norm(chord, axis=1)
    turn = 0.5 * (_angle(start - before, chord) + _angle(chord, after - end))
    share = (span[:, 1] - span[:, 0]) / (1.0 - 2.0 * tendon)
    bent = scale * (length * turn + SPINDLE * belly * share**2)
    return sides, intervals(bent, error)


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between rows (n, 3), radians; 0 for a row of zero length."""
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine = np.einsum("ij,ij->i", a, b) / np.maximum(size, 1e-12)
    return np.where(size > 1e-9, np.arccos(np.clip(cosine, -1.0, 1.0)), 0.0)
