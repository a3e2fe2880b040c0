"""The uniform block that all shaders share: camera, light, colours."""

from __future__ import annotations

import numpy as np
from muscle_viewer.viewer.scene.render.program import SCENE_BINDING
from OpenGL import GL

LAYOUT = np.dtype(
    [
        ("view_projection", np.float32, (4, 4)),
        ("shadow_projection", np.float32, (4, 4)),
        ("inverse_view_projection", np.float32, (4, 4)),
        ("eye", np.float32, 4),
        ("light", np.float32, 4),
        ("light_colour", np.float32, 4),
        ("sky_light", np.float32, 4),
        ("ground_light", np.float32, 4),
        ("zenith", np.float32, 4),
        ("horizon", np.float32, 4),
        ("ground", np.float32, 4),
        ("ground_shadow", np.float32, 4),
        ("centre", np.float32, 4),
        ("patch", np.float32, 4),
    ]
)
"""Layout of `Scene` in shaders/scene.glsl, std140. Matrices are stored column by column."""


class SceneBlock:
    """The uniform block in memory and on the GPU."""

    def __init__(self) -> None:
        self.values = np.zeros((), LAYOUT)
        self._buffer = GL.glGenBuffers(1)

    def upload(self) -> None:
        """Upload the values and bind the block."""
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, self._buffer)
        GL.glBufferData(GL.GL_UNIFORM_BUFFER, self.values.nbytes, self.values, GL.GL_STREAM_DRAW)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, SCENE_BINDING, self._buffer)

    def delete(self) -> None:
        """Free the buffer."""
        GL.glDeleteBuffers(1, np.array([self._buffer], np.uint32))
