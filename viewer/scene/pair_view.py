"""The 3D view of two simulations: side by side, or the second as a ghost in the view of the first."""

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
    from muscle_viewer.viewer.simulation.second_simulation import SecondSimulation

SECOND = (0.05, 0.42, 0.30)
"""The ghost's colour, linear light."""

GAP = 2.0
"""Gap between the halves, pixels."""

UNDER_THE_EDGE = 22.0
"""Distance of a name from the upper edge of its half, pixels."""


class PairView:
    """Draws a second simulation next to the first, whose stage is passed in. Needs a current OpenGL context."""

    def __init__(self, first: Stage, second: SecondSimulation, quality: Quality) -> None:
        self.second = second
        self._first, self._quality = first, quality
        self._second: Stage | None = None

    @property
    def is_split(self) -> bool:
        """Whether the two are side by side; otherwise the second is a ghost."""
        return self._first.view.comparison == "split"

    def place(self, rect: Rect) -> None:
        """Set the rectangle of the 3D view, and divide it."""
        x, y, width, height = rect
        half = (width - GAP) / 2
        self._first.rect = (x, y, half, height) if self.is_split else rect
        if self._second:
            self._second.rect = (x + half + GAP, y, half, height)

    def advance(self) -> None:
        """Update both to the present frames."""
        second, first = self.second, self._first
        second.blend = first.runtime.blend
        if self.is_split:
            if self._second is None:
                self._second = Stage(second, first.view, self._quality)
            self._second.advance()
            first.overlays = ()
        else:
            drawn = blend(second.previous, second.frame, second.blend)
            shapes = second.subject.info.shapes
            first.overlays = (
                Ghost(drawn.body_rotations, drawn.body_positions, SECOND, shapes=shapes),
            )

    def draw(self, framebuffer: int, height: int) -> None:
        """Draw the half of the second simulation, if there is one, by the first one's camera shifted to its character."""
        if self._second and self.is_split:
            self._second.view = moved_along(self._first, self._second)
            self._second.draw(framebuffer, height)

    def under(self, across: float) -> tuple[Stage, float]:
        """The stage at a horizontal position of the view, and the position within its half, both in [-1, 1]."""
        if not (self.is_split and self._second):
            return self._first, across
        return (self._first, 2 * across + 1) if across < 0 else (self._second, 2 * across - 1)

    def screen_labels(self) -> list[tuple[float, float, str]]:
        """Names over the halves, and the labels of the second stage."""
        names = self._first.runtime.session.name, self.second.name
        x, y, width, _ = self._first.rect
        if not (self.is_split and self._second):
            ghost = f"{names[0]}; ghost: {names[1]}"
            return [(x + width / 2, y + UNDER_THE_EDGE, ghost)]
        other = self._second.rect
        return [
            (x + width / 2, y + UNDER_THE_EDGE, names[0]),
            (other[0] + width / 2, y + UNDER_THE_EDGE, names[1]),
            *self._second.screen_labels(),
        ]

    def delete(self) -> None:
        """Free the second stage's GPU resources and remove the ghost."""
        self._first.overlays = ()
        if self._second:
            self._second.delete()


def moved_along(first: Stage, second: Stage) -> ViewState:
    """The first stage's view, with the camera shifted by the second character's offset from the first."""
    view = first.view
    camera = copy.copy(view.camera)
    apart = np.asarray(second.drawn.center_of_mass - first.drawn.center_of_mass, float)
    camera.target = camera.target + apart * [1.0, 0.0, 1.0]
    return replace(view, camera=camera)
