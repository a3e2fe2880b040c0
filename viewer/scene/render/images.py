"""Images in panels: textures filled from arrays."""

from __future__ import annotations

import numpy as np
from imgui_bundle import imgui
from OpenGL import GL


class Images:
    """Textures by name."""

    def __init__(self) -> None:
        self._textures: dict[str, tuple[int, tuple[int, ...]]] = {}

    def show(self, name: str, pixels: np.ndarray) -> imgui.ImTextureRef:
        """Fill the texture of a name with pixels, uint8 (height, width, 4); for `imgui.image`."""
        pixels = np.ascontiguousarray(pixels, np.uint8)
        texture, shape = self._textures.get(name, (0, ()))
        if not texture:
            texture = int(GL.glGenTextures(1))
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        height, width = pixels.shape[:2]
        kind = (GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, pixels)
        if shape != pixels.shape:
            for parameter, value in (
                (GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST),
                (GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST),
                (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
                (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
            ):
                GL.glTexParameteri(GL.GL_TEXTURE_2D, parameter, value)
            GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA8, width, height, 0, *kind)
        else:
            GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, width, height, *kind)
        self._textures[name] = (texture, pixels.shape)
        return imgui.ImTextureRef(texture)

    def delete(self) -> None:
        """Free the textures."""
        for texture, _ in self._textures.values():
            GL.glDeleteTextures(1, np.array([texture], np.uint32))
        self._textures.clear()
