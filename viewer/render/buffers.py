"""Vertex arrays whose instances are numpy arrays."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from muscle_viewer.viewer.render.mesh import Mesh
from OpenGL import GL

FLOAT = 4


class InstancedMesh:
    """A mesh drawn once per row of its instance buffers.

    The mesh's vertex attributes come first, then the `streams`: each a buffer of rows of float32 whose attributes have
    the given sizes (floats), at the next free locations. With `of`, the instances are those of another mesh.
    """

    def __init__(
        self,
        mesh: Mesh,
        streams: tuple[tuple[int, ...], ...],
        of: InstancedMesh | None = None,
    ) -> None:
        self._index_count = mesh.indices.size
        self._vao = GL.glGenVertexArrays(1)
        self._own: list[Any] = list(np.atleast_1d(GL.glGenBuffers(2 + (0 if of else len(streams)))))
        shared: list[Any] = of._buffers[2:] if of else self._own[2:]
        self._buffers: list[Any] = [*self._own[:2], *shared]
        self._of = of
        self.count = 0
        GL.glBindVertexArray(self._vao)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffers[0])
        GL.glBufferData(GL.GL_ARRAY_BUFFER, mesh.vertices.nbytes, mesh.vertices, GL.GL_STATIC_DRAW)
        location = _attributes(0, mesh.layout, 0)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, self._buffers[1])
        GL.glBufferData(
            GL.GL_ELEMENT_ARRAY_BUFFER, mesh.indices.nbytes, mesh.indices, GL.GL_STATIC_DRAW
        )
        for buffer, sizes in zip(self._buffers[2:], streams, strict=True):
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, buffer)
            location = _attributes(location, sizes, 1)
        GL.glBindVertexArray(0)

    def fill(self, stream: int, rows: np.ndarray, dynamic: bool = True) -> None:
        """Hand over a stream's rows, float32 of shape (count, floats)."""
        rows = np.ascontiguousarray(rows, np.float32)
        self.count = len(rows)
        usage = GL.GL_STREAM_DRAW if dynamic else GL.GL_STATIC_DRAW
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffers[2 + stream])
        GL.glBufferData(GL.GL_ARRAY_BUFFER, rows.nbytes, rows, usage)

    def draw(self) -> None:
        """Draw all instances with the current program."""
        count = self._of.count if self._of else self.count
        if count:
            GL.glBindVertexArray(self._vao)
            GL.glDrawElementsInstanced(
                GL.GL_TRIANGLES, self._index_count, GL.GL_UNSIGNED_SHORT, None, count
            )

    def delete(self) -> None:
        """Free the buffers."""
        GL.glDeleteBuffers(len(self._own), np.array(self._own, np.uint32))
        GL.glDeleteVertexArrays(1, np.array([self._vao], np.uint32))


def _attributes(location: int, sizes: tuple[int, ...], divisor: int) -> int:
    stride = sum(sizes) * FLOAT
    offset = 0
    for size in sizes:
        GL.glEnableVertexAttribArray(location)
        GL.glVertexAttribPointer(
            location, size, GL.GL_FLOAT, GL.GL_FALSE, stride, ctypes.c_void_p(offset)
        )
        GL.glVertexAttribDivisor(location, divisor)
        offset += size * FLOAT
        location += 1
    return location
