"""What a browser's pictures are drawn on: an offscreen framebuffer that changes its size."""

from __future__ import annotations

from muscle_viewer.viewer.capture.offscreen import Offscreen

SMALLEST, LARGEST = 320, 4096
"""Pixels along an edge that a browser may ask for."""


class ResizableSurface(Offscreen):
    """An offscreen surface of the size that the browser's page has."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size)
        self.scale = 1.0

    def resize(self, size: tuple[int, int]) -> None:
        """Take another size, pixels, within the bounds; what was drawn is lost."""
        from muscle_viewer.viewer.scene.render.framebuffer import Framebuffer

        width, height = (min(max(edge, SMALLEST), LARGEST) for edge in size)
        if (width, height) == self.size:
            return
        self._target.delete()
        self.size = (width, height)
        self._target = Framebuffer(self.size)
        self.framebuffer = self._target.framebuffer
