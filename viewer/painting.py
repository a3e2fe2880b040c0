"""One picture: the scene, then the panels over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.panels import Context, theme
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.viewer.commands import Send
    from muscle_viewer.viewer.gui import Gui, Rect
    from muscle_viewer.viewer.stage import Stage


class Surface(Protocol):
    """What is drawn on: an offscreen framebuffer or a window's."""

    framebuffer: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""

    @property
    def scale(self) -> float:
        """Pixels per unit of the panels' layout."""


def paint(
    surface: Surface,
    stage: Stage,
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
    stage.draw(surface.framebuffer, height)
    GL.glFlush()
    io = imgui.get_io()
    io.display_size = ImVec2(width, height)
    io.delta_time = max(elapsed, 1e-4)
    imgui.backends.opengl3_new_frame()
    imgui.new_frame()
    rect = gui.frame(context(), send, panels)
    imgui.render()
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, surface.framebuffer)
    GL.glViewport(0, 0, width, height)
    imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())
    return rect
