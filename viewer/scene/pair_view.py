"""Two characters in the picture: each in its half of the view, or the second as a ghost in the first one's."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.render.scene import Ghost
from muscle_viewer.viewer.scene.stage import Stage
from muscle_viewer.viewer.simulation.interpolate import blend

if TYPE_CHECKING:
    from muscle_viewer.viewer.scene.labels import Rect
    from muscle_viewer.viewer.scene.render.quality import Quality
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.second_simulation import Beside

SECOND = (0.05, 0.42, 0.30)
"""The ghost's colour, linear light."""

GAP = 2.0
"""Pixels between the halves."""

UNDER_THE_EDGE = 22.0
"""Pixels from the upper edge of a half to its name."""


class PairView:
    """Draws the second beside the first, whose stage it is given. Needs a current OpenGL context."""

    def __init__(self, first: Stage, beside: Beside, quality: Quality) -> None:
        self.beside = beside
        self._first, self._quality = first, quality
        self._second: Stage | None = None

    @property
    def is_split(self) -> bool:
        """Each has its half; else the second is a ghost."""
        return self._first.view.comparison == "split"

    def place(self, rect: Rect) -> None:
        """Divide the 3D view."""
        x, y, width, height = rect
        half = (width - GAP) / 2
        self._first.rect = (x, y, half, height) if self.is_split else rect
        if self._second:
            self._second.rect = (x + half + GAP, y, half, height)

    def advance(self) -> None:
        """Take the present moment of both."""
        beside, first = self.beside, self._first
        beside.blend = first.runtime.blend
        if self.is_split:
            if self._second is None:
                self._second = Stage(beside, first.view, self._quality)
            self._second.advance()
            first.guests = ()
        else:
            drawn = blend(beside.previous, beside.frame, beside.blend)
            shapes = beside.subject.info.shapes
            first.guests = (
                Ghost(drawn.body_rotations, drawn.body_positions, SECOND, shapes=shapes),
            )

    def draw(self, framebuffer: int, height: int) -> None:
        """Draw the second one's half, if it has one: the same camera, moved along to where it is."""
        if self._second and self.is_split:
            self._second.view = moved_along(self._first, self._second)
            self._second.draw(framebuffer, height)

    def under(self, across: float) -> tuple[Stage, float]:
        """Whose half a place of the whole view is, and where it is there, both across in [-1, 1]."""
        if not (self.is_split and self._second):
            return self._first, across
        return (self._first, 2 * across + 1) if across < 0 else (self._second, 2 * across - 1)

    def written(self) -> list[tuple[float, float, str]]:
        """Names over the halves, and what is written in the second one's."""
        names = self._first.runtime.session.name, self.beside.name
        x, y, width, _ = self._first.rect
        if not (self.is_split and self._second):
            ghost = f"{names[0]}; ghost: {names[1]}"
            return [(x + width / 2, y + UNDER_THE_EDGE, ghost)]
        other = self._second.rect
        return [
            (x + width / 2, y + UNDER_THE_EDGE, names[0]),
            (other[0] + width / 2, y + UNDER_THE_EDGE, names[1]),
            *self._second.written(),
        ]

    def delete(self) -> None:
        """Free what was made on the GPU; the first goes on alone."""
        self._first.guests = ()
        if self._second:
            self._second.delete()


def moved_along(first: Stage, second: Stage) -> ViewState:
    """The first one's view, from a camera that stands to the second as the first one's stands to it."""
    view = first.view
    camera = copy.copy(view.camera)
    apart = np.asarray(second.drawn.center_of_mass - first.drawn.center_of_mass, float)
    camera.target = camera.target + apart * [1.0, 0.0, 1.0]
    return replace(view, camera=camera)
