"""Composition of one picture: the 3D scene, then the panels over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import Context
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.viewer.commands import Send
    from muscle_viewer.viewer.scene.crowd_view import CrowdView
    from muscle_viewer.viewer.scene.labels import Rect
    from muscle_viewer.viewer.scene.pair_view import PairView
    from muscle_viewer.viewer.scene.stage import Stage
    from muscle_viewer.viewer.ui.gui import Gui


class Surface(Protocol):
    """A render target: an offscreen framebuffer or a window's."""

    framebuffer: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""

    @property
    def scale(self) -> float:
        """Pixels per unit of the panels' layout."""


class Views:
    """The 3D view: the stage of the first simulation, that of the second one if there are two, or a crowd."""

    def __init__(
        self, stage: Stage, pair: PairView | None, rect: Rect, crowd: CrowdView | None = None
    ) -> None:
        """crowd: is drawn in place of the others."""
        self.first, self._pair, self._crowd = stage, pair, crowd
        self.rect = rect
        """Rectangle of the whole 3D view."""
        self.error: Exception | None = None
        """The error that kept a scene from being drawn."""
        self.place(rect)

    def under(self, across: float) -> tuple[Stage, float]:
        """The stage at a horizontal position of the 3D view, and the position within its part, both in [-1, 1]."""
        return self._pair.under(across) if self._pair else (self.first, across)

    def in_first(self, across: float) -> float:
        """A horizontal position of the 3D view in coordinates of the first stage's part; beyond [-1, 1] outside of it."""
        return 2 * across + 1 if self._pair and self._pair.is_split else across

    def place(self, rect: Rect) -> None:
        """Set the rectangle of the 3D view."""
        self.rect = rect
        if self._crowd:
            self._crowd.rect = rect
        if self._pair:
            self._pair.place(rect)
        else:
            self.first.rect = rect

    def draw(self, framebuffer: int, height: int) -> None:
        """Draw into a framebuffer `height` pixels high; a failure is kept in `error`, and the panels are drawn."""
        try:
            if self._crowd:
                self._crowd.draw(framebuffer, height)
                return
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
    """Draw a picture with the gui's Dear ImGui context, which is current; returns the rectangle of the next 3D view.

    The scene comes first, in the rectangle of the last layout: the GPU draws it while the panels are built.
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
    gui.prepare(surface.scale)
    imgui.new_frame()
    rect = gui.frame(context(), send, panels)
    views.place(rect)
    imgui.render()
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, surface.framebuffer)
    GL.glViewport(0, 0, width, height)
    imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())
    return rect
