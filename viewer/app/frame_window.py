"""A plain window that shows the frames of an environment while another program steps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import glfw
from muscle_viewer.viewer.app.window import Window
from muscle_viewer.viewer.capture.frame_renderer import SIZE, Drawing

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.core import EnvironmentConfig, Frame


class FrameWindow:
    """The window of render_mode human. Closed by the user, it stays away. WindowError without a display."""

    def __init__(self, config: EnvironmentConfig, size: tuple[int, int] = SIZE) -> None:
        self._window: Window | None = Window("Muscle Viewer", size, by_egl=True)
        from OpenGL import EGL  # noqa: F401 - PyOpenGL can only load it before its GL, and pictures may follow

        self._drawing = Drawing(config)

    def picture(self, frame: Frame) -> np.ndarray | None:
        """Show a frame; returns what the window shows, uint8 (height, width, 3), None once it is closed."""
        from muscle_viewer.viewer.scene.render.framebuffer import read

        window = self._window
        if window is None:
            return None
        glfw.poll_events()
        if glfw.window_should_close(window.handle):
            self.close()
            return None
        glfw.make_context_current(window.handle)
        self._drawing.draw(frame, window.framebuffer, window.size)
        shown = read(window.framebuffer, window.size)
        glfw.swap_buffers(window.handle)
        return shown

    def close(self) -> None:
        """Close the window, if it is open."""
        if self._window is not None:
            self._window.close()
            self._window = None
