"""The last picture of a view, kept while nothing in it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.viewer.scene.render.canvas import Rectangle

NOTHING: tuple[object, ...] = ()


class KeptPicture:
    """A copy of what was drawn twice alike, so that panels over a still view cost no drawing of it.

    Needs a current OpenGL context.
    """

    def __init__(self) -> None:
        self._framebuffer, self._colour, self._size = 0, 0, (0, 0)
        self._look, self._is_kept = NOTHING, False

    def shown(self, look: tuple[object, ...], framebuffer: int, viewport: Rectangle) -> bool:
        """Copy the kept picture into a region of a framebuffer, if it shows this look; whether it does."""
        if not (self._is_kept and look == self._look):
            return False
        x, y, width, height = viewport
        here, there = (0, 0, width, height), (x, y, x + width, y + height)
        self._copy(self._framebuffer, here, framebuffer, there)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        return True

    def note(self, look: tuple[object, ...], framebuffer: int, viewport: Rectangle) -> None:
        """Note what a region of a framebuffer shows; keep it the second time, when nothing seems to change."""
        self._is_kept = look == self._look
        self._look = look
        if not self._is_kept:
            return
        x, y, width, height = viewport
        if (width, height) != self._size:
            self._resize((width, height))
        here, there = (0, 0, width, height), (x, y, x + width, y + height)
        self._copy(framebuffer, there, self._framebuffer, here)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)

    def forget(self) -> None:
        """Draw the next picture whatever it shows."""
        self._look, self._is_kept = NOTHING, False

    def _copy(self, source: int, region: Rectangle, target: int, into: Rectangle) -> None:
        """Copy pixels between regions of two framebuffers; a region is left, lower, right, upper."""
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, source)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, target)
        GL.glBlitFramebuffer(*region, *into, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST)

    def _resize(self, size: tuple[int, int]) -> None:
        if not self._framebuffer:
            self._framebuffer = int(GL.glGenFramebuffers(1))
            self._colour = int(GL.glGenRenderbuffers(1))
        self._size = size
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, self._colour)
        GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, GL.GL_RGBA8, *size)
        GL.glFramebufferRenderbuffer(
            GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_RENDERBUFFER, self._colour
        )

    def delete(self) -> None:
        """Free the buffers."""
        self.forget()
        if self._framebuffer:
            GL.glDeleteFramebuffers(1, np.array([self._framebuffer], np.uint32))
            GL.glDeleteRenderbuffers(1, np.array([self._colour], np.uint32))
            self._framebuffer, self._size = 0, (0, 0)
