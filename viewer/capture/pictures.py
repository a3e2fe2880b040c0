"""Screenshots and videos of the running window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.capture import clipboard
from muscle_viewer.viewer.capture.film import Film, Filming
from muscle_viewer.viewer.capture.offscreen import scale_for
from muscle_viewer.viewer.capture.offscreen_view import OffscreenView
from muscle_viewer.viewer.capture.output import new_file, save_picture
from muscle_viewer.viewer.errors import line_of
from muscle_viewer.viewer.scene.render.framebuffer import read

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.viewer.scene.view_state import PictureLook
    from muscle_viewer.viewer.ui.compose import Surface, Views
    from muscle_viewer.viewer.ui.panels import Context

Notify = Callable[[str, bool], None]
"""Shows a message to the user; the second argument says whether it is an error."""


@dataclass(frozen=True)
class Moment:
    """The present picture of the window, for screenshots and videos."""

    surface: Surface
    """The window's surface, after drawing."""
    views: Views
    context: Callable[[], Context]
    panels: bool
    """Whether the window shows its panels."""


class Pictures:
    """Takes the screenshots and videos that commands request, after the window's picture is drawn."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._requests: list[tuple[PictureLook, Callable[[np.ndarray], str]]] = []
        self._filming: Filming | None = None
        self._film_look: PictureLook | None = None
        self._offscreen_view: OffscreenView | None = None

    @property
    def film_period(self) -> float | None:
        """Time between two pictures of the video that is being recorded, s; None if none is."""
        return 1.0 / self._filming.film.fps if self._filming else None

    @property
    def film_seconds(self) -> float | None:
        """Length of the video that is being recorded, s; None if none is."""
        return self._filming.film.seconds if self._filming else None

    def save(self, path: Path | None, look: PictureLook) -> None:
        """Save the next picture to a file."""
        to = path or new_file(".png")
        self._requests.append((look, lambda pixels: save_picture(to, pixels)))

    def copy(self, look: PictureLook) -> None:
        """Copy the next picture to the clipboard."""
        self._requests.append((look, clipboard.copy_picture))

    def toggle_film(self, path: Path | None, look: PictureLook, surface: Surface) -> None:
        """Start recording a video, or stop the present one."""
        if self._filming:
            self.end_film()
            return
        try:
            film = Film(path or new_file(look.ending), look.size or surface.size, look.fps)
        except UserError as error:
            self._notify(str(error), True)
            return
        self._filming, self._film_look = Filming(film), look

    def end_film(self) -> None:
        """Stop recording, if a video is being recorded."""
        filming, self._filming = self._filming, None
        if filming is None:
            return
        try:
            self._notify(filming.end(), False)
        except UserError as error:
            self._notify(str(error), True)

    def take(self, moment: Moment, elapsed: float) -> None:
        """Take the requested pictures, `elapsed` simulated seconds after the last call."""
        requests, self._requests = self._requests, []
        for look, keep in requests:
            try:
                self._notify(keep(self._pixels(look, moment)), False)
            except UserError as error:
                self._notify(str(error), True)
        if self._filming and self._film_look:
            filming, look = self._filming, self._film_look
            try:
                filming.advance(elapsed, lambda: self._pixels(look, moment, filming.film.size))
            except UserError as error:
                self._filming = None
                self._notify(str(error), True)

    def _pixels(
        self, look: PictureLook, moment: Moment, size: tuple[int, int] | None = None
    ) -> np.ndarray:
        size = size or look.size or moment.surface.size
        mine = moment.surface.size
        if look.panels == moment.panels and all(
            0 <= m - s <= 1 for m, s in zip(mine, size, strict=True)
        ):
            return read(moment.surface.framebuffer, mine)[: size[1], : size[0]]
        if self._offscreen_view is None or (
            self._offscreen_view.size,
            self._offscreen_view.panels,
        ) != (size, look.panels):
            if self._offscreen_view:
                self._offscreen_view.delete()
            scale = moment.surface.scale if size == mine else scale_for(size)
            self._offscreen_view = OffscreenView(size, look.panels, scale)
        pixels = self._offscreen_view.take(moment.views, moment.context)
        error, moment.views.error = moment.views.error, None
        if error:
            raise UserError(f"a picture of {size[0]} x {size[1]} cannot be drawn: {line_of(error)}")
        return pixels

    def delete(self) -> None:
        """Stop recording and free everything."""
        self.end_film()
        if self._offscreen_view:
            self._offscreen_view.delete()
            self._offscreen_view = None
