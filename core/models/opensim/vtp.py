"""Surfaces of VTK's XML PolyData files (.vtp), as OpenSim's models bring them: in ASCII."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ...errors import ModelError
from ...readers.text import read_text


def read_vtp(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and triangles (k, 3), polygons being divided. ModelError: one line."""
    text = read_text(path, ModelError)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ModelError(f"{path}: declares entities, which a mesh has no need of")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ModelError(f"{path}: is no XML: {error}") from None
    points = _array(root.find(".//Points/DataArray"), path).reshape(-1, 3)
    polygons = root.find(".//Polys")
    if polygons is None:
        raise ModelError(f"{path}: has no polygons")
    named = {part.get("Name"): part for part in polygons.findall("DataArray")}
    corners = _array(named.get("connectivity"), path).astype(np.int64)
    ends = _array(named.get("offsets"), path).astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    if len(sizes) and ((sizes < 3).any() or ends[-1] != len(corners)):
        raise ModelError(f"{path}: its polygons' offsets do not fit their points")
    triangles = _divided(corners, ends - sizes, sizes)
    known = (triangles >= 0).all() and (triangles < len(points)).all()
    if not (np.isfinite(points).all() and known):
        raise ModelError(f"{path}: refers to points that it does not have")
    return points, triangles


def _divided(corners: np.ndarray, begins: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Polygons as fans of triangles, shape (k, 3)."""
    fans = [
        np.stack([corners[at], corners[at + k], corners[at + k + 1]], axis=1)
        for k in range(1, int(sizes.max(initial=2)) - 1)
        for at in [begins[sizes > k + 1]]
    ]
    return np.concatenate(fans) if fans else np.zeros((0, 3), np.int64)


def _array(element: ElementTree.Element | None, path: Path) -> np.ndarray:
    if element is None or element.get("format", "ascii") != "ascii":
        raise ModelError(f"{path}: points and polygons in ASCII are expected")
    try:
        return np.array((element.text or "").split(), np.float64)
    except ValueError:
        raise ModelError(f"{path}: has text where numbers are expected") from None
