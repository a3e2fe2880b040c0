"""The multisampled framebuffer of the character."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

Rectangle = tuple[int, int, int, int]
"""x, y (from below), width, height; pixels."""


class Canvas:
    """A multisampled rectangle of a view, which is resolved into the view's framebuffer.

    Only the character is multisampled: the shaders of ground and sky filter their own edges, which spares a software
    rasteriser most of the work.
    """

    def __init__(self, samples: int) -> None:
        self._samples = min(samples, int(GL.glGetIntegerv(GL.GL_MAX_SAMPLES)))
        self._framebuffer = int(GL.glGenFramebuffers(1))
        self._colour, self._depth = (int(b) for b in GL.glGenRenderbuffers(2))
        self._size = (0, 0)

    def begin(self, size: tuple[int, int], part: Rectangle) -> None:
        """Start drawing `part` of a view of `size` pixels."""
        x, y, width, height = part
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        if size != self._size:
            self._resize(size)
        GL.glViewport(-x, -y, *size)
        GL.glEnable(GL.GL_SCISSOR_TEST)
        GL.glScissor(0, 0, width, height)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)

    def resolve(self, framebuffer: int, corner: tuple[int, int], part: Rectangle) -> None:
        """Copy the part into a view with the given lower left corner, and bind the view's framebuffer."""
        x, y, width, height = part
        left, below = corner[0] + x, corner[1] + y
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._framebuffer)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, framebuffer)
        GL.glBlitFramebuffer(
            0, 0, width, height, left, below, left + width, below + height,
            GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST,
        )  # fmt: skip
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)

    def _resize(self, size: tuple[int, int]) -> None:
        self._size = size
        for buffer, kind, attachment in (
            (self._colour, GL.GL_RGBA8, GL.GL_COLOR_ATTACHMENT0),
            (self._depth, GL.GL_DEPTH_COMPONENT24, GL.GL_DEPTH_ATTACHMENT),
        ):
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
            GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, self._samples, kind, *size)
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, attachment, GL.GL_RENDERBUFFER, buffer)

    def delete(self) -> None:
        """Free the buffers."""
        GL.glDeleteFramebuffers(1, np.array([self._framebuffer], np.uint32))
        GL.glDeleteRenderbuffers(2, np.array([self._colour, self._depth], np.uint32))


def bounds(
    points: np.ndarray, projection: np.ndarray, size: tuple[int, int], margin: float
) -> Rectangle:
    """Bounding rectangle, in a view of `size` pixels, of spheres of radius `margin` metres about points (n, 3)."""
    width, height = size
    clip = points @ projection[:, :3].T + projection[:, 3]
    if not np.isfinite(clip).all() or clip[:, 3].min() < 2.0 * margin:
        return (0, 0, width, height)
    reach = margin * np.array(
        [np.linalg.norm(projection[0, :3]), np.linalg.norm(projection[1, :3])]
    )
    centre, spread = clip[:, :2] / clip[:, 3:], reach / (clip[:, 3:] - margin)
    low = (0.5 + 0.5 * (centre - spread).min(0)) * size
    high = (0.5 + 0.5 * (centre + spread).max(0)) * size
    left, below = np.clip(np.floor(low), 0, size).astype(int)
    right, above = np.clip(np.ceil(high), 0, size).astype(int)
    return (int(left), int(below), int(right - left), int(above - below))


def around(part: Rectangle, size: tuple[int, int]) -> list[Rectangle]:
    """The rectangles that with `part` make up a view of `size`, without the empty ones."""
    x, y, width, height = part
    strips = [
        (0, 0, size[0], y),
        (0, y + height, size[0], size[1] - y - height),
        (0, y, x, height),
        (x + width, y, size[0] - x - width, height),
    ]
    return [s for s in strips if s[2] > 0 and s[3] > 0]
