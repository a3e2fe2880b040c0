"""Geometry of the muscles for drawing and picking, vectorised over all muscles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.picking import segments_of

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo

SPECIFIC_TENSION = 6.0e5
"""Force per physiological cross-section, N/m^2 (Rajagopal et al. 2016, table 3)."""

SLENDERNESS = 0.62
"""Ratio of drawn to anatomical radius, so that neighbours and bones stay visible."""

THINNEST, THICKEST = 0.0045, 0.026
"""Bounds of the drawn radius, m."""


class MuscleGeometry:
    """The segments of the muscles' paths and the muscles' radii.

    A muscle's belly is a spindle that keeps its volume V = F0 / tension * l_opt: at the optimal length its mean section
    is V over the belly's length, and its radius grows as the fibres shorten, r ~ 1 / sqrt(l).
    """

    def __init__(self, info: ModelInfo) -> None:
        offsets = np.asarray(info.path_offsets, np.intp)
        self.first, self.muscle = segments_of(offsets)
        """Index of each segment's first path point, and its muscle; shape (segments,)."""
        self.before = np.maximum(self.first - 1, offsets[:-1][self.muscle])
        self.after = np.minimum(self.first + 2, offsets[1:][self.muscle] - 1)
        self._starts, self._ends = offsets[:-1], offsets[1:] - 1
        self._first_segment = np.searchsorted(self.muscle, np.arange(len(offsets) - 1))
        fibre = np.asarray(info.optimal_fibre_length, float)
        tendon = np.asarray(info.tendon_slack_length, float)
        self.tendon_share = np.clip(0.22 * tendon / (tendon + fibre), 0.03, 0.24).astype(np.float32)
        """Share of the path that is tendon, at each end; shape (muscles,)."""
        belly = (tendon + fibre) * (1.0 - 2.0 * self.tendon_share)
        volume = np.asarray(info.max_isometric_force, float) / SPECIFIC_TENSION * fibre
        self._radius = SLENDERNESS * np.sqrt(volume / (np.pi * belly)) * 1.3

    def radii(self, fibre_lengths: np.ndarray) -> np.ndarray:
        """Radius of each belly, metres, from the normalised fibre lengths; both of shape (muscles,).

        A length of 0 is none: muscles that nothing drives are not computed, and drawn as at their optimum.
        """
        stretched = np.clip(np.where(fibre_lengths > 0.0, fibre_lengths, 1.0), 0.4, 1.8)
        return np.clip(self._radius / np.sqrt(stretched), THINNEST, THICKEST)

    def places(self, points: np.ndarray) -> np.ndarray:
        """Positions along the path, in [0, 1], of each segment's start and end, shape (segments, 2)."""
        lengths = np.linalg.norm(points[self.first + 1] - points[self.first], axis=1)
        total = np.add.reduceat(lengths, self._first_segment)
        end = np.cumsum(lengths)
        offset = (np.cumsum(total) - total)[self.muscle]
        end = end - offset
        return np.stack([end - lengths, end], axis=1) / total[self.muscle, None]

    def across(self, points: np.ndarray) -> np.ndarray:
        """A unit vector across each muscle, along the normal of the plane it bends in; shape (muscles, 3)."""
        chord = points[self._ends] - points[self._starts]
        spread = points[self.first] - points[self._starts][self.muscle]
        normal = np.cross(chord[self.muscle], spread)
        normal = np.add.reduceat(normal, self._first_segment, axis=0)
        aside = np.where(
            np.abs(chord[:, :1]) < 0.7 * np.linalg.norm(chord, axis=1, keepdims=True),
            np.array([[1.0, 0.0, 0.0]]),
            np.array([[0.0, 0.0, 1.0]]),
        )
        normal = normal + 1e-5 * np.cross(chord, aside)
        return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
