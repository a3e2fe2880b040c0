"""The shadow map: depth as the light sees the character."""

from __future__ import annotations

import numpy as np
from OpenGL import GL

TEXTURE_UNIT = 1
HALF_WIDTH = 1.35
"""Half the width that the map covers, m."""


def light_matrix(light: np.ndarray, centre: np.ndarray, texels: int) -> np.ndarray:
    """Transform from world to the map's clip space, shape (4, 4); snapped to whole texels, so that edges do not flicker."""
    back = light / np.linalg.norm(light)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(back, right), back])
    offset = axes @ centre
    texel = 2.0 * HALF_WIDTH / texels
    offset[:2] = np.round(offset[:2] / texel) * texel
    matrix = np.eye(4)
    matrix[:3, :3] = axes / HALF_WIDTH
    matrix[:3, 3] = -offset / HALF_WIDTH
    matrix[2, :] *= -0.5
    matrix[2, 3] = 0.5 * offset[2] / HALF_WIDTH
    matrix[3] = [0.0, 0.0, 0.0, 1.0]
    return matrix


def fallen(points: np.ndarray, light: np.ndarray, margin: float) -> np.ndarray:
    """The rectangle on the ground (least x and z, greatest x and z) where spheres about points (n, 3) cast shadows."""
    above = np.maximum(points[:, 1:2], 0.0)
    places = points[:, [0, 2]] - above * (light[[0, 2]] / light[1])
    return np.concatenate([places.min(0) - 1.5 * margin, places.max(0) + 1.5 * margin])


class ShadowMap:
    """A depth texture for drawing and depth comparison."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._texture = GL.glGenTextures(1)
        GL.glActiveTexture(GL.GL_TEXTURE0 + TEXTURE_UNIT)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)
        GL.glTexImage2D(
            GL.GL_TEXTURE_2D, 0, GL.GL_DEPTH_COMPONENT24, size, size, 0,
            GL.GL_DEPTH_COMPONENT, GL.GL_UNSIGNED_INT, None,
        )  # fmt: skip
        for name, value in (
            (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
            (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
            (GL.GL_TEXTURE_COMPARE_MODE, GL.GL_COMPARE_REF_TO_TEXTURE),
            (GL.GL_TEXTURE_COMPARE_FUNC, GL.GL_LEQUAL),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)
        self._framebuffer = GL.glGenFramebuffers(1)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glFramebufferTexture2D(
            GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self._texture, 0
        )
        GL.glDrawBuffer(GL.GL_NONE)
        GL.glReadBuffer(GL.GL_NONE)
        GL.glActiveTexture(GL.GL_TEXTURE0)

    def begin(self) -> None:
        """Start drawing depth into the map."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glViewport(0, 0, self.size, self.size)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        GL.glEnable(GL.GL_POLYGON_OFFSET_FILL)
        GL.glPolygonOffset(1.5, 2.0)

    def end(self) -> None:
        """Stop drawing into the map, and bind its texture."""
        GL.glDisable(GL.GL_POLYGON_OFFSET_FILL)
        GL.glActiveTexture(GL.GL_TEXTURE0 + TEXTURE_UNIT)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)
        GL.glActiveTexture(GL.GL_TEXTURE0)

    def delete(self) -> None:
        """Free the map."""
        GL.glDeleteFramebuffers(1, np.array([self._framebuffer], np.uint32))
        GL.glDeleteTextures(1, np.array([self._texture], np.uint32))
