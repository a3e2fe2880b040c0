"""One picture: the scene, then the panels over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import Context
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.viewer.commands import Send
    from muscle_viewer.viewer.scene.labels import Rect
    from muscle_viewer.viewer.scene.pair_view import PairView
    from muscle_viewer.viewer.scene.stage import Stage
    from muscle_viewer.viewer.ui.gui import Gui


class Surface(Protocol):
    """What is drawn on: an offscreen framebuffer or a window's."""

    framebuffer: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""

    @property
    def scale(self) -> float:
        """Pixels per unit of the panels' layout."""


class Views:
    """What the scenes are drawn for: the first character's stage, and the second one's where there are two."""

    def __init__(self, stage: Stage, pair: PairView | None, rect: Rect) -> None:
        self.first, self._pair = stage, pair
        self.rect = rect
        """Of the whole 3D view."""
        self.error: Exception | None = None
        """What kept a scene from being drawn."""
        self.place(rect)

    def under(self, across: float) -> tuple[Stage, float]:
        """Whose part of the 3D view a place is in, and where in it, both across in [-1, 1]."""
        return self._pair.under(across) if self._pair else (self.first, across)

    def in_first(self, across: float) -> float:
        """Where a place of the 3D view is in the first one's part, or beyond its edge."""
        return 2 * across + 1 if self._pair and self._pair.is_split else across

    def place(self, rect: Rect) -> None:
        """Draw there from now on."""
        self.rect = rect
        if self._pair:
            self._pair.place(rect)
        else:
            self.first.rect = rect

    def draw(self, framebuffer: int, height: int) -> None:
        """Draw into a framebuffer that is `height` pixels high; the panels stay where that fails."""
        try:
            self.first.draw(framebuffer, height)
            if self._pair:
                self._pair.draw(framebuffer, height)
        except Exception as error:
            self.error = error


def paint(
    surface: Surface,
    views: Views,
    gui: Gui,
    context: Callable[[], Context],
    send: Send,
    panels: bool,
    elapsed: float,
) -> Rect:
    """Paint with the gui's Dear ImGui context, which is current; where the 3D view goes next time.

    The scene goes first, where the last layout left room for it: it is drawn while the panels are built.
    """
    width, height = surface.size
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, surface.framebuffer)
    GL.glClearColor(*theme.rgb(theme.SURFACE), 1.0)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT)
    views.draw(surface.framebuffer, height)
    GL.glFlush()
    io = imgui.get_io()
    io.display_size = ImVec2(width, height)
    io.delta_time = max(elapsed, 1e-4)
    imgui.backends.opengl3_new_frame()
    imgui.new_frame()
    rect = gui.frame(context(), send, panels)
    views.place(rect)
    imgui.render()
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, surface.framebuffer)
    GL.glViewport(0, 0, width, height)
    imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())
    return rect
