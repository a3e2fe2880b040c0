"""Motions of Bidirectional GaitNet that are arrays: NPZ. Its fork's are in hdf5.py."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...errors import ModelError
from ...readers.files import check_file
from ..characters.assemble import rotation_vector
from ..characters.skeleton import Floats, Node, OtherSkeleton
from ..xml_text import LARGEST

NPZ_FRAMES = 60
NPZ_CYCLES = 2
"""The frames are two cycles of walking, which are one here: their mean."""
NPZ_RATE = 30.0
"""Frames per second, which the file does not say: a frame is a control step."""
LARGEST_FILE = 1 << 30
LARGEST_UNPACKED = 256 << 20
"""Bytes of an array; a motion has some hundred thousand."""

SIX = 6
"""Numbers of a rotation: the first two rows of its matrix."""


def read_npz(path: Path, nodes: list[Node], index: int) -> tuple[float, Floats]:
    """Frame time and generalised positions (T + 1, dofs) of motion `index`, the last the next cycle's first.

    ModelError: one line. Of the array, which may hold thousands, that motion's row alone is unpacked into memory.
    """
    check_file(path, ModelError, LARGEST_FILE)
    width = sum(_six_width(node) for node in nodes)
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            if "motions" not in names:
                raise ModelError(f"{path}: holds no 'motions' but {some(names)}")
            with archive.open("motions.npy") as file:
                shape, dtype = _npy_header(file)
                if len(shape) != 2 or shape[1] != NPZ_FRAMES * width or dtype.kind != "f":
                    raise OtherSkeleton(
                        f"{path}: motions: {dtype} of shape {shape}, floats of shape "
                        f"(N, {NPZ_FRAMES * width}) expected: {NPZ_FRAMES} frames of {width} "
                        "for this skeleton"
                    )
                if not 0 <= index < shape[0]:
                    raise ModelError(f"{path}: motion {index} of {shape[0]}; index counts from 0")
                values = _npy_row(file, index, shape[1], dtype)
    except ModelError:
        raise
    except Exception as problem:  # zipfile, zlib and numpy's header fail in many ways
        reason = (str(problem).splitlines() or [""])[0][:120] or type(problem).__name__
        raise ModelError(f"{path}: not an .npz of numbers: {reason}") from None
    rows = finite(values.reshape(NPZ_FRAMES, width), path, "motions")
    rows = rows.reshape(NPZ_CYCLES, NPZ_FRAMES // NPZ_CYCLES, width).mean(axis=0)
    frames = np.stack([_from_six(row, nodes, path) for row in [*rows, rows[0]]])
    if nodes[0].joint_type == "Free":  # its way on the ground is a frame's, its height is not
        for column in (3, 5):
            frames[:, column] = np.cumsum(frames[:, column]) - frames[0, column]
    return 1.0 / NPZ_RATE, frames


def _npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and dtype of an array in numpy's format. ValueError and others where it is none."""
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, fortran, dtype = read(file)
    if dtype.hasobject or dtype.kind not in "biuf":
        raise ValueError("an array of what is no plain number")
    if fortran and len(shape) > 1:
        raise ValueError("an array in Fortran's order; save it in C's")
    return shape, dtype


def _npy_row(file: IO[bytes], index: int, width: int, dtype: np.dtype[Any]) -> Floats:
    """A row of the array whose header was read; what stands before it is passed over."""
    size = width * dtype.itemsize
    before = index * size
    if before > LARGEST_UNPACKED:
        raise ValueError(f"it stands beyond {LARGEST_UNPACKED >> 20} MiB")
    while before > 0:
        passed = len(file.read(min(before, 1 << 20)))
        if not passed:
            raise ValueError("it ends too early")
        before -= passed
    row = file.read(size)
    if len(row) != size:
        raise ValueError("it ends too early")
    return np.frombuffer(row, dtype)


def some(names: Iterable[str]) -> str:
    """A few names, for people."""
    return ", ".join(name[:40] for name in islice(names, 5)) or "nothing"


def finite(values: Floats, path: Path, name: str) -> Floats:
    with np.errstate(invalid="ignore"):  # a signalling NaN, which the next line refuses
        found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all() or (np.abs(found) > LARGEST).any():
        raise ModelError(f"{path}: {name}: a number is not finite, or beyond {LARGEST:g}")
    return found


def _six_width(node: Node) -> int:
    return {"Free": SIX + 3, "Ball": SIX, "Revolute": 1, "Weld": 0}[node.joint_type]


def _from_six(row: Floats, nodes: list[Node], path: Path) -> Floats:
    """A frame's generalised positions."""
    parts, at = [], 0
    for node in nodes:
        width = _six_width(node)
        values = row[at : at + width]
        at += width
        if width >= SIX:
            parts.append(rotation_vector(_rotation(values[:SIX], f"{path}: joint '{node.name}'")))
            values = values[SIX:]
        parts.append(values)
    return np.concatenate(parts)


def _rotation(six: Floats, where: str) -> Floats:
    """The rotation of two rows, made orthonormal (Gram and Schmidt)."""
    first, second = six[:3], six[3:]
    a = first / max(float(np.linalg.norm(first)), 1e-12)
    b = second - (a @ second) * a
    if np.linalg.norm(first) < 1e-3 or np.linalg.norm(b) < 1e-3:
        raise ModelError(f"{where}: two rows of a rotation do not span a plane")
    b = b / np.linalg.norm(b)
    return np.stack([a, b, np.cross(a, b)])
