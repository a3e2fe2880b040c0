"""What a browser's pictures are drawn on: an offscreen framebuffer that changes its size."""

from __future__ import annotations

import math

from muscle_viewer.viewer.capture.offscreen import Offscreen

SMALLEST, LARGEST = 320, 4096
"""Pixels along an edge that a browser may ask for."""
MOST_IN_SOFTWARE = 2_400_000
"""Pixels of a picture for a dense screen that a processor draws: as many as 1920 x 1200 has, and some."""


class ResizableSurface(Offscreen):
    """An offscreen surface of the size that the browser's page has."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size)
        self.scale = 1.0
        from muscle_viewer.viewer.scene.render.quality import is_software
        from OpenGL import GL

        self._most = (
            MOST_IN_SOFTWARE if is_software(GL.glGetString(GL.GL_RENDERER).decode()) else LARGEST**2
        )

    def resize(self, page: tuple[int, int], density: float = 1.0) -> None:
        """Take the size of a page, in its own pixels, and the screen's pixels per pixel of it; what was drawn is lost.

        Within the bounds, and no denser than it can be drawn.
        """
        from muscle_viewer.viewer.scene.render.framebuffer import Framebuffer

        width, height = (min(max(edge, SMALLEST), LARGEST) for edge in page)
        affordable = min(LARGEST / max(width, height), math.sqrt(self._most / (width * height)))
        self.scale = max(min(density, affordable), 1.0)
        size = (round(width * self.scale), round(height * self.scale))
        if size == self.size:
            return
        self._target.delete()
        self.size = size
        self._target = Framebuffer(size)
        self.framebuffer = self._target.framebuffer
