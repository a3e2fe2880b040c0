"""Wavefront OBJ: the triangles of a bone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...readers.text import read_text
from ..xml_text import LARGEST

LARGEST_MESH = 16 << 20
"""Bytes; those of bones have up to three million."""


def read_obj(path: Path) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Vertices (n, 3) as the file has them, and triangles (k, 3) of its polygons' fans.

    Texture coordinates, normals, groups and materials are passed over. ModelError: one line.
    """
    corners: list[str] = []
    polygons: list[list[int]] = []
    for number, line in enumerate(read_text(path, ModelError, LARGEST_MESH).splitlines(), 1):
        if line.startswith("v "):
            words = line.split()[1:4]
            if len(words) != 3:
                raise ModelError(f"{path}: line {number}: a vertex needs three numbers")
            corners += words
        elif line.startswith("f "):
            try:
                face = [int(word.partition("/")[0]) for word in line.split()[1:]]
            except ValueError:
                raise ModelError(f"{path}: line {number}: a face of numbers is expected") from None
            # Negative numbers count back from the last vertex so far.
            count = len(corners) // 3
            face = [i - 1 if i > 0 else count + i for i in face]
            if len(face) < 3 or min(face) < 0:
                raise ModelError(
                    f"{path}: line {number}: a face needs three vertices that are there"
                )
            polygons.append(face)
    try:
        with np.errstate(over="ignore"):  # said below
            vertices = np.array(corners, dtype=np.float32).reshape(-1, 3)
    except ValueError as problem:
        raise ModelError(f"{path}: a vertex: {problem}; numbers are expected") from None
    if not len(vertices) or not polygons:
        raise ModelError(f"{path}: holds no faces; a mesh is expected")
    if not (abs(vertices) < LARGEST).all():
        raise ModelError(f"{path}: a vertex is not finite, or huge; mend it")
    last = max(max(polygon) for polygon in polygons)
    if last >= len(vertices):
        raise ModelError(f"{path}: a face names a vertex beyond the {len(vertices)} that there are")
    triangles = [(p[0], p[k], p[k + 1]) for p in polygons for k in range(1, len(p) - 1)]
    return vertices, np.array(triangles, dtype=np.uint32)
