"""Motions of the lineage that are arrays: NPZ (Bidirectional GaitNet) and HDF5 single cycles (its fork)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ..characters.assemble import rotation_vector
from ..characters.skeleton import JOINTS, Floats, Node
from ..xml_text import LARGEST

NPZ_FRAMES = 60
NPZ_RATE = 60.0
"""Frames per second, which the file does not say."""
SIX = 6
"""Numbers of a rotation: the first two rows of its matrix."""


def read_npz(path: Path, nodes: list[Node], index: int) -> tuple[float, Floats]:
    """Frame time and generalised positions (T, dofs) of motion `index`. ModelError: one line."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if "motions" not in file:
                raise ModelError(f"{path}: holds no 'motions' but {', '.join(file) or 'nothing'}")
            motions = file["motions"]
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as problem:
        raise ModelError(f"{path}: not an .npz of numbers: {problem}") from None
    width = sum(_six_width(node) for node in nodes)
    if motions.ndim != 2 or motions.shape[1] != NPZ_FRAMES * width or motions.dtype.kind != "f":
        raise ModelError(
            f"{path}: motions: {motions.dtype} of shape {motions.shape}, floats of shape "
            f"(N, {NPZ_FRAMES * width}) wanted: {NPZ_FRAMES} frames of {width} for this skeleton"
        )
    if not 0 <= index < len(motions):
        raise ModelError(f"{path}: motion {index} of {len(motions)}; index counts from 0")
    rows = _finite(motions[index].reshape(NPZ_FRAMES, width), path, "motions")
    return 1.0 / NPZ_RATE, np.stack([_from_six(row, nodes, path) for row in rows])


def read_hdf5(path: Path, nodes: list[Node]) -> tuple[float, Floats]:
    """Frame time and generalised positions (T, dofs) of a single cycle. ModelError: one line."""
    try:
        import h5py  # type: ignore[import-untyped]
    except ImportError:
        raise ModelError(
            f"{path}: HDF5 is read by h5py, which is not installed: pip install 'muscle-viewer[hdf5]'"
        ) from None
    dofs = sum(JOINTS[node.joint_type] for node in nodes)
    try:
        with h5py.File(path, "r") as file:
            version = file.attrs.get("format_version", 1)
            if np.ndim(version) > 0 or str(version).strip() not in (
                "1",
                "1.0",
                "v1",
                "b'1'",
                "b'v1'",
            ):
                raise ModelError(
                    f"{path}: format_version: {version}, and version 1, a single cycle "
                    "('motions' and 'time'), is read; take the .bvh or a cycle of version 1"
                )
            for name in ("motions", "time"):
                if not isinstance(file.get(name), h5py.Dataset):
                    raise ModelError(
                        f"{path}: holds no dataset '{name}' but "
                        f"{', '.join(file) or 'nothing'}; single cycles are read"
                    )
            motions, times = (np.asarray(file[name][()]) for name in ("motions", "time"))
    except (OSError, RuntimeError, TypeError) as problem:
        raise ModelError(f"{path}: not an HDF5 file of numbers: {problem}") from None
    if motions.ndim != 2 or motions.shape[1] != dofs or motions.dtype.kind != "f":
        raise ModelError(
            f"{path}: motions: {motions.dtype} of shape {motions.shape}, floats of shape "
            f"(T, {dofs}) wanted for this skeleton"
        )
    if len(motions) < 2 or times.shape != (len(motions),) or times.dtype.kind != "f":
        raise ModelError(f"{path}: time: as many numbers wanted as motions has frames, 2 or more")
    steps = np.diff(_finite(times, path, "time"))
    step = float(steps.mean(dtype=np.float64))
    if not step > 0 or np.abs(steps - step).max() > 0.02 * step:
        raise ModelError(f"{path}: time: its steps are not even; resample the motion")
    return step, _finite(motions, path, "motions")


def _finite(values: Floats, path: Path, name: str) -> Floats:
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
