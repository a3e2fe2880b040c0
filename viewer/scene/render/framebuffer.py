"""An offscreen framebuffer of a fixed size."""

from __future__ import annotations

import numpy as np
from OpenGL import GL


class Framebuffer:
    """A framebuffer with colour and depth. Needs a current OpenGL context."""

    def __init__(self, size: tuple[int, int], scale: float = 1.0) -> None:
        self.size = size
        """Width and height, pixels."""
        self.scale = scale
        """Pixels per unit of the panels' layout."""
        self.framebuffer = int(GL.glGenFramebuffers(1))
        self._buffers = GL.glGenRenderbuffers(2)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        for buffer, kind, attachment in (
            (self._buffers[0], GL.GL_RGBA8, GL.GL_COLOR_ATTACHMENT0),
            (self._buffers[1], GL.GL_DEPTH_COMPONENT24, GL.GL_DEPTH_ATTACHMENT),
        ):
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
            GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, kind, *size)
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, attachment, GL.GL_RENDERBUFFER, buffer)

    def read(self) -> np.ndarray:
        """The picture, uint8 of shape (height, width, 3), top row first."""
        return read(self.framebuffer, self.size)

    def delete(self) -> None:
        """Free the framebuffer."""
        GL.glDeleteFramebuffers(1, np.array([self.framebuffer], np.uint32))
        GL.glDeleteRenderbuffers(2, np.array(self._buffers, np.uint32))


def read(framebuffer: int, size: tuple[int, int]) -> np.ndarray:
    """The pixels of a framebuffer, uint8 of shape (height, width, 3), top row first."""
    width, height = size
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
    GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
    data = GL.glReadPixels(0, 0, width, height, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)[::-1]
