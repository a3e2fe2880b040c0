"""The meshes of an MjModel, which only has them as arrays, as OBJ files in the user's cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError
from ..mesh_files import obj_file


class Meshes:
    """The files of a model's meshes, each written once for its content."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.left_out: list[str] = []
        """Why meshes are not drawn, a line."""

    def file(self, mesh: int) -> Path | None:
        """The OBJ of a mesh, in metres; None if it has no faces or the cache cannot be written."""
        vertices, faces = self._arrays(mesh)
        if not len(faces) or self.left_out:
            return None
        try:
            return obj_file(vertices.tobytes() + faces.tobytes(), lambda: (vertices, faces))
        except (OSError, ModelError) as error:
            self.left_out.append(f"meshes: the cache cannot be written, {error}")
            return None

    def vertices(self, mesh: int) -> np.ndarray:
        """Vertices of a mesh, m, shape (n, 3)."""
        return np.asarray(self._arrays(mesh)[0], np.float64)

    def _arrays(self, mesh: int) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (n, 3) and triangles (k, 3)."""
        model = self._model
        vertex, face = int(model.mesh_vertadr[mesh]), int(model.mesh_faceadr[mesh])
        return (
            model.mesh_vert[vertex : vertex + int(model.mesh_vertnum[mesh])],
            model.mesh_face[face : face + int(model.mesh_facenum[mesh])],
        )
