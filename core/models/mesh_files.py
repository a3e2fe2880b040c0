"""Meshes that models bring in other forms, as OBJ files in the user's cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..atomic_file import writing
from ..errors import ModelError

Surface = tuple[np.ndarray, np.ndarray]
"""Vertices (n, 3), m, and triangles (k, 3)."""


def obj_file(content: bytes, surface: Callable[[], Surface]) -> Path:
    """The OBJ of a surface, written once for the content that it is made of.

    OSError or ModelError: the cache cannot be written, or what `surface` raises.
    """
    path = _cache() / f"{hashlib.sha256(content).hexdigest()[:24]}.obj"
    if not path.is_file():
        text = _obj(*surface())
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path, ModelError) as part:
            part.write_text(text)
    return path


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "muscle-viewer" / "meshes"


def _obj(vertices: np.ndarray, faces: np.ndarray) -> str:
    corners = [f"v {x:.6g} {y:.6g} {z:.6g}\n" for x, y, z in vertices.tolist()]
    triangles = [f"f {a} {b} {c}\n" for a, b, c in (faces + 1).tolist()]
    return "".join(corners + triangles)
