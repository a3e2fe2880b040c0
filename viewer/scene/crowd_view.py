"""The 3D view of a crowd: all characters in one scene, each walking in its cell of a square grid."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.camera import Camera
from muscle_viewer.viewer.scene.colour_modes import colour_modes
from muscle_viewer.viewer.scene.crowd_layout import cells, frame_of, info_of
from muscle_viewer.viewer.scene.labels import on_screen
from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
from muscle_viewer.viewer.scene.picking import pick
from muscle_viewer.viewer.scene.render.quality import Detail
from muscle_viewer.viewer.scene.render.scene import Picture, Scene

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.scene.colour_modes import ColourMode
    from muscle_viewer.viewer.scene.labels import Rect
    from muscle_viewer.viewer.scene.render.canvas import Rectangle
    from muscle_viewer.viewer.scene.render.quality import Quality
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.crowd import Crowd, CrowdMoment

COARSE = Detail(4, 5, (4, 5, 7))
"""Tessellation of characters that are small in the picture."""

TALL, WIDE = 1.8, 0.35
"""Height and radius of the capsule that stands for a character under the mouse, m."""

AS_LOADED = "as the checkpoint was loaded: sliders and pushes act on the simulation alone"

UNDER_THE_EDGE = 22.0
"""Distance of the title from the upper edge, pixels."""


def camera() -> Camera:
    """The camera that has all cells in view."""
    return Camera(math.radians(-24.0), math.radians(27.0), 12.2, np.array([0.0, 0.55, 0.0]))


class CrowdView:
    """Draws a crowd. Needs a current OpenGL context."""

    def __init__(self, crowd: Crowd, view: ViewState, quality: Quality) -> None:
        self.crowd, self.view = crowd, view
        self.rect: Rect = (0.0, 0.0, 1.0, 1.0)
        """Rectangle of the 3D view: x, y from above, width and height, pixels."""
        self.hovered: int | None = None
        self._quality = replace(quality, detail=COARSE, smooth_motion=False)
        self._scene: Scene | None = None
        self._infos: tuple[ModelInfo, ...] = ()
        self._modes: list[dict[str, ColourMode]] = []
        self._last: CrowdMoment | None = None

    def draw(self, framebuffer: int, height: int) -> None:
        """Draw into `rect` of a framebuffer that is `height` pixels high."""
        moment = self.crowd.moment
        if moment is None:
            return
        self._take(moment.infos)
        assert self._scene
        x, y, w, h = self.rect
        viewport: Rectangle = (round(x), round(height - y - h), round(w), round(h))
        view = replace(self.view, layers=self.view.layers & {"muscles", "bones", "grid"})
        modes = [view.mode(modes) for modes in self._modes]
        places = np.concatenate([m.places(f) for m, f in zip(modes, moment.frames, strict=True)])
        glow = np.concatenate([m.glow(f) for m, f in zip(modes, moment.frames, strict=True)])
        colours = modes[0].map.linear[modes[0].map.index(places)]
        moves, self._last = moment is not self._last, moment
        picture = Picture(frame_of(moment.frames), colours, glow, moves=moves)
        self._scene.draw(picture, view, framebuffer, viewport)

    def member_at(self, across: float, up: float) -> int | None:
        """Index of the environment at a point of the view, across and up in [-1, 1]."""
        *_, width, height = self.rect
        aspect = width / max(height, 1.0)
        camera = self.view.camera
        eye, direction = camera.ray(across, up, aspect)
        low = cells(self.crowd.count) + np.array([0.0, WIDE, 0.0])
        high = low + np.array([0.0, TALL - 2 * WIDE, 0.0])
        pixel = camera.pixel_size(max(1, round(height)), aspect)
        return pick(eye, direction, low, high, np.full(len(low), WIDE), pixel)

    def screen_labels(self) -> list[tuple[float, float, str]]:
        """The seeds over the heads, and a title; positions in layout coordinates."""
        x, y, width, _ = self.rect
        moment, crowd = self.crowd.moment, self.crowd
        title = f"{crowd.count} environments, {moment.seconds:.1f} s" if moment else "starting"
        title += crowd.error and f": {crowd.error}"
        found = [
            (x + width / 2, y + UNDER_THE_EDGE, f"{title}. Click: open one, E: back"),
            (x + width / 2, y + 2 * UNDER_THE_EDGE, AS_LOADED),
        ]
        for k, cell in enumerate(cells(crowd.count) if moment else ()):
            assert moment
            place = on_screen(self.view.camera, self.rect, cell + np.array([0.0, TALL + 0.12, 0.0]))
            if place:
                fell = f", {moment.falls[k]} falls" if moment.falls[k] != 1 else ", 1 fall"
                text = f"seed {moment.seeds[k]}{fell if moment.falls[k] else ''}"
                found.append((*place, f"open {text}" if k == self.hovered else text))
        return found

    def delete(self) -> None:
        """Free everything on the GPU."""
        if self._scene:
            self._scene.delete()

    def _take(self, infos: tuple[ModelInfo, ...]) -> None:
        if infos is self._infos:
            return
        self._infos = infos
        self._modes = [colour_modes(info) for info in infos]
        info = info_of(infos)
        geometry = MuscleGeometry(info)
        if self._scene:
            self._scene.take(info, geometry)
        else:
            self._scene = Scene(info, geometry, self._quality)
