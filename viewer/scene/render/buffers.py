"""Vertex arrays whose instances are numpy arrays."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from muscle_viewer.viewer.scene.render.mesh import Mesh
from OpenGL import GL
from OpenGL.raw.GL.VERSION.GL_1_5 import glBufferData  # in a frame: without PyOpenGL's conversions
from OpenGL.raw.GL.VERSION.GL_3_1 import glDrawElementsInstanced

FLOAT = 4


class Instances:
    """Buffers of float32 rows, a row per instance; each stream holds attributes of the given sizes."""

    def __init__(self, streams: tuple[tuple[int, ...], ...]) -> None:
        self.streams = streams
        self.count = 0
        self.buffers: list[Any] = list(np.atleast_1d(GL.glGenBuffers(len(streams))))

    def fill(self, stream: int, rows: np.ndarray, dynamic: bool = True) -> None:
        """Upload a stream's rows, shape (count, floats)."""
        rows = np.ascontiguousarray(rows, np.float32)
        self.count = len(rows)
        usage = GL.GL_STREAM_DRAW if dynamic else GL.GL_STATIC_DRAW
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self.buffers[stream])
        glBufferData(GL.GL_ARRAY_BUFFER, rows.nbytes, ctypes.c_void_p(rows.ctypes.data), usage)

    def delete(self) -> None:
        """Free the buffers."""
        GL.glDeleteBuffers(len(self.buffers), np.array(self.buffers, np.uint32))


class InstancedMesh:
    """A mesh that is drawn for all or some of the instances, or once without instances.

    The mesh's vertex attributes come first, then the instances' at the next free locations.
    """

    def __init__(
        self, mesh: Mesh, instances: Instances | None = None, part: slice | None = None
    ) -> None:
        self._index_count = mesh.indices.size
        wide = mesh.indices.dtype == np.uint32
        self._index_type = GL.GL_UNSIGNED_INT if wide else GL.GL_UNSIGNED_SHORT
        self._instances, self._part = instances, part
        self._vao = GL.glGenVertexArrays(1)
        self._buffers = GL.glGenBuffers(2)
        GL.glBindVertexArray(self._vao)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffers[0])
        GL.glBufferData(GL.GL_ARRAY_BUFFER, mesh.vertices.nbytes, mesh.vertices, GL.GL_STATIC_DRAW)
        location = _attributes(0, mesh.layout, 0)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, self._buffers[1])
        GL.glBufferData(
            GL.GL_ELEMENT_ARRAY_BUFFER, mesh.indices.nbytes, mesh.indices, GL.GL_STATIC_DRAW
        )
        if instances:
            first = part.start if part else 0
            for buffer, sizes in zip(instances.buffers, instances.streams, strict=True):
                GL.glBindBuffer(GL.GL_ARRAY_BUFFER, buffer)
                location = _attributes(location, sizes, 1, first)
        GL.glBindVertexArray(0)

    @property
    def count(self) -> int:
        """Number of instances that are drawn."""
        if self._part:
            return int(self._part.stop - self._part.start)
        return self._instances.count if self._instances else 1

    def draw(self) -> None:
        """Draw all instances with the current program."""
        count = self.count
        if count:
            GL.glBindVertexArray(self._vao)
            glDrawElementsInstanced(
                GL.GL_TRIANGLES, self._index_count, self._index_type, None, count
            )

    def delete(self) -> None:
        """Free the mesh, but not the instances."""
        GL.glDeleteBuffers(2, np.array(self._buffers, np.uint32))
        GL.glDeleteVertexArrays(1, np.array([self._vao], np.uint32))


def _attributes(location: int, sizes: tuple[int, ...], divisor: int, first: int = 0) -> int:
    """Set up interleaved attributes of rows from `first` on; returns the next free location."""
    stride = sum(sizes) * FLOAT
    offset = first * stride
    for size in sizes:
        GL.glEnableVertexAttribArray(location)
        GL.glVertexAttribPointer(
            location, size, GL.GL_FLOAT, GL.GL_FALSE, stride, ctypes.c_void_p(offset)
        )
        GL.glVertexAttribDivisor(location, divisor)
        offset += size * FLOAT
        location += 1
    return location
