"""Offscreen pictures of the present frame: of another size than the window, with or without the panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from imgui_bundle import imgui, implot
from muscle_viewer.viewer.scene.render.framebuffer import Framebuffer
from muscle_viewer.viewer.ui.compose import paint
from muscle_viewer.viewer.ui.gui import Gui
from muscle_viewer.viewer.ui.panels import Context, all_panels

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.viewer.ui.compose import Views

FIRST_LAYOUT = 6
"""Number of pictures until the panels' layout is final."""


class OffscreenView:
    """A framebuffer with its own Dear ImGui context, which gets no input."""

    def __init__(self, size: tuple[int, int], panels: bool, scale: float = 1.0) -> None:
        """`scale`: pixels per layout unit of the panels."""
        self.size, self.panels = size, panels
        self._framebuffer = Framebuffer(size, scale)
        self._rect = (0.0, 0.0, float(size[0]), float(size[1]))
        self._fresh = True
        with _OwnContexts():
            self._gui = Gui(all_panels(), scale, None)
            imgui.backends.opengl3_init("#version 330")

    def take(self, views: Views, context: Callable[[], Context]) -> np.ndarray:
        """Render the state that `context` returns; uint8 (height, width, 3)."""
        theirs = views.rect
        with _OwnContexts():
            self._gui.make_current()
            for _ in range(FIRST_LAYOUT if self._fresh else 1):
                views.place(self._rect)
                self._rect = paint(
                    self._framebuffer,
                    views,
                    self._gui,
                    lambda: replace(context(), notifications=()),
                    lambda _: None,
                    self.panels,
                    1 / 60,
                )
        self._fresh = False
        views.place(theirs)
        return self._framebuffer.read()

    def delete(self) -> None:
        """Free the framebuffer and the contexts."""
        with _OwnContexts():
            self._gui.make_current()
            imgui.backends.opengl3_shutdown()
            self._gui.close()
        self._framebuffer.delete()


class _OwnContexts:
    """Makes the window's contexts current again at its end."""

    def __enter__(self) -> None:
        self._kept = imgui.get_current_context(), implot.get_current_context()

    def __exit__(self, *_: object) -> None:
        imgui.set_current_context(self._kept[0])
        implot.set_current_context(self._kept[1])
