"""Draws single frames of a character, for programs that step environments themselves: offscreen, or in a plain window.

Entry points of the package (group muscle_viewer.renderers) name these classes by render_mode, so that those programs do
not import the viewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.core.scene import build_scene
from muscle_viewer.viewer.capture.offscreen import NoContextError, Offscreen

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.core import EnvironmentConfig, Frame

SIZE = (640, 480)
"""Width and height of the pictures, pixels."""


class FrameRenderer:
    """Pictures without a window. UserError where nothing can be drawn."""

    def __init__(self, config: EnvironmentConfig, size: tuple[int, int] = SIZE) -> None:
        try:
            self._surface = Offscreen(size)
        except NoContextError as error:
            raise UserError(f"no picture can be drawn: {error}") from None
        self._drawing = Drawing(config)

    def picture(self, frame: Frame) -> np.ndarray:
        """uint8 of shape (height, width, 3), top row first."""
        self._surface.make_current()
        self._drawing.draw(frame, self._surface.framebuffer, self._surface.size)
        return self._surface.read()

    def close(self) -> None:
        """Destroy the context."""
        self._surface.close()


class Drawing:
    """The scene of one character, whose centre of mass the camera follows."""

    def __init__(self, config: EnvironmentConfig) -> None:
        from muscle_viewer.viewer.scene.colour_modes import colour_modes
        from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
        from muscle_viewer.viewer.scene.render.quality import HIGH
        from muscle_viewer.viewer.scene.render.scene import Scene
        from muscle_viewer.viewer.scene.view_state import ViewState

        info = build_scene(config).info
        self._scene = Scene(info, MuscleGeometry(info), HIGH)
        self._mode = colour_modes(info)["activation"]
        self._view = ViewState()

    def draw(self, frame: Frame, framebuffer: int, size: tuple[int, int]) -> None:
        from muscle_viewer.viewer.scene.render.scene import Picture
        from OpenGL import GL

        camera, mode = self._view.camera, self._mode
        camera.target[0], camera.target[2] = frame.center_of_mass[0], frame.center_of_mass[2]
        places = mode.places(frame)
        colours = mode.map.linear[mode.map.index(places)]
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)
        self._scene.draw(
            Picture(frame, colours, mode.glow(frame)), self._view, framebuffer, (0, 0, *size)
        )
