"""Motions of Bidirectional GaitNet's fork: single cycles in HDF5 files of three versions.

Version 1 (older files do not say theirs) has `motions` (T, dofs) and `time` (T) at the top, version 2 in
the group `original`. Version 3 has `qpos` (T, nq) in the axes of another simulator, which see `_positions_of`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.files import check_file
from ...rotation import rotation_vectors, rotations
from ..characters.skeleton import JOINTS, Floats, Node, OtherSkeleton
from .arrays import LARGEST_FILE, LARGEST_UNPACKED, finite, some

FIRST, SECOND, THIRD = 1, 2, 3
SPOKEN = {
    **dict.fromkeys(("1", "1.0", "v1", "b'1'", "b'v1'"), FIRST), "2": SECOND, "3": THIRD
}  # fmt: skip
"""How files say their version."""
AHEAD = [1, 2, 0]
"""Where x, y and z of the GaitNets (left, up, ahead) stand in version 3 (ahead, left, up)."""
QPOS = {"Free": 7, "Ball": 4, "Revolute": 1, "Weld": 0}
"""Numbers of a joint in version 3: a place, and quaternions [w, x, y, z]."""


def read_hdf5(path: Path, nodes: list[Node]) -> tuple[float, Floats]:
    """Frame time and generalised positions (T, dofs) of a single cycle. ModelError: one line."""
    try:
        import h5py  # type: ignore[import-untyped]
    except ImportError:
        raise ModelError(
            f"{path}: HDF5 is read by h5py, which is not installed: pip install 'muscle-viewer[hdf5]'"
        ) from None
    check_file(path, ModelError, LARGEST_FILE)
    try:
        with h5py.File(path, "r") as file:
            version = _version(h5py, file, path)
            if version == THIRD:
                qpos, rate = _dataset(h5py, file, "qpos", path), _rate(file, path)
            else:
                cycle = file if version == FIRST else file["original"]
                motions, times = (_dataset(h5py, cycle, name, path) for name in ("motions", "time"))
    except ModelError:
        raise
    except Exception as problem:  # whatever h5py makes of damage
        reason = (str(problem).splitlines() or [""])[0][:120] or type(problem).__name__
        raise ModelError(f"{path}: not an HDF5 file of numbers: {reason}") from None
    if version == THIRD:
        _check(qpos, "qpos", sum(QPOS[node.joint_type] for node in nodes), path)
        return 1.0 / rate, _positions_of(finite(qpos, path, "qpos"), nodes, path)
    _check(motions, "motions", sum(JOINTS[node.joint_type] for node in nodes), path)
    if times.shape != (len(motions),) or times.dtype.kind != "f":
        raise ModelError(f"{path}: time: as many numbers expected as motions has frames")
    steps = np.diff(finite(times, path, "time"))
    step = float(steps.mean(dtype=np.float64))
    if not step > 0 or np.abs(steps - step).max() > 0.02 * step:
        raise ModelError(f"{path}: time: its steps are not even; resample the motion")
    return step, finite(motions, path, "motions")


def _check(values: Floats, name: str, width: int, path: Path) -> None:
    """OtherSkeleton unless there is a row of `width` floats a frame; ModelError for a single frame."""
    if values.ndim != 2 or values.shape[1] != width or values.dtype.kind != "f":
        raise OtherSkeleton(
            f"{path}: {name}: {values.dtype} of shape {values.shape}, floats of shape "
            f"(T, {width}) expected for this skeleton"
        )
    if len(values) < 2:
        raise ModelError(f"{path}: {name}: 2 frames or more expected")


def _version(h5py: Any, file: Any, path: Path) -> int:
    """The version of an open HDF5 file. ModelError for one that is not read."""
    said: Any = _attribute(file, "format_version")
    version = SPOKEN.get(str(said).strip()) if said is not None else FIRST
    if version == SECOND:
        link = file.get("original", getlink=True) if "original" in file else None
        if not isinstance(link, h5py.HardLink) or not isinstance(file.get("original"), h5py.Group):
            version = None
    if version is None:
        raise ModelError(
            f"{path}: format_version: {str(said)[:20]}, and version 1, a single cycle ('motions' and "
            "'time'), version 2 with the same in 'original', or version 3 ('qpos') is read; "
            "take the .bvh or a cycle of version 1"
        )
    return version


def _attribute(file: Any, name: str) -> Any:
    """A single value at the top of a file; None where it is not there, "a list" for more than one."""
    if name not in file.attrs:
        return None
    return file.attrs[name] if file.attrs.get_id(name).shape == () else "a list"


def _rate(file: Any, path: Path) -> float:
    """Frames per second of a file of version 3, whose axes are checked as well."""
    ahead = _attribute(file, "forward_axis")
    if str(ahead) not in ("0", "None"):
        raise ModelError(
            f"{path}: forward_axis: {str(ahead)[:20]}, and only 0 (x ahead, z up) is known; "
            "take the .bvh or a cycle of version 1"
        )
    try:
        rate = float(_attribute(file, "fps"))
    except (TypeError, ValueError):
        rate = 0.0
    if not 1.0 <= rate <= 1e5:
        raise ModelError(f"{path}: fps: frames per second expected, 1 to 100000")
    return rate


def _positions_of(qpos: Floats, nodes: list[Node], path: Path) -> Floats:
    """Generalised positions (T, dofs) of version 3's (T, nq), which has the joints in the skeleton's order.

    The root's place is the world's with x ahead and z up; ball joints are quaternions in joint frames turned alike;
    both turn back by a permutation of axes. A hinge turns about its axis without the axis's sign. Nobody wrote this
    down: the fork's walk.h5 (3) and walkv2.h5 (2) hold the same walk, and say so to 1e-6 rad.
    """
    columns, at = [], 0
    for node in nodes:
        width = QPOS[node.joint_type]
        values = qpos[:, at : at + width]
        at += width
        place = values[:, :0]
        if node.joint_type == "Free":
            place = values[:, AHEAD] - node.joint.position
            values = values[:, 3:]
        if values.shape[1] == 4:
            values = _rotation_vectors(values, f"{path}: joint '{node.name}'")
        elif node.joint_type == "Revolute":
            values = values * np.sign(node.axis[np.argmax(np.abs(node.axis))])
        columns += [values, place]
    return np.concatenate(columns, axis=1)


def _rotation_vectors(quaternions: Floats, where: str) -> Floats:
    """(T, 4) to (T, 3), in the axes of the GaitNets. ModelError unless they are of length 1."""
    if (np.abs(np.linalg.norm(quaternions, axis=1) - 1) > 0.01).any():
        raise ModelError(f"{where}: a quaternion is not of length 1")
    return rotation_vectors(rotations(quaternions))[:, AHEAD]


def _dataset(h5py: Any, file: Any, name: str, path: Path) -> Floats:
    """Numbers that stand in this very file: links and datasets that name other files are not followed."""
    link = file.get(name, getlink=True) if name in file else None
    if link is not None and not isinstance(link, h5py.HardLink):
        raise ModelError(f"{path}: {name}: is a link to elsewhere, which is not followed")
    found = file.get(name)
    if not isinstance(found, h5py.Dataset):
        raise ModelError(
            f"{path}: holds no dataset '{name}' but {some(file)}; single cycles are read"
        )
    if found.external or found.is_virtual:
        raise ModelError(f"{path}: {name}: its numbers stand in another file, which is not read")
    if found.dtype.kind not in "biuf":
        raise ModelError(f"{path}: {name}: {found.dtype}, floats expected")
    if found.nbytes > LARGEST_UNPACKED:
        raise ModelError(
            f"{path}: {name}: unpacks to {found.nbytes >> 20} MiB; "
            f"at most {LARGEST_UNPACKED >> 20} MiB are read"
        )
    return np.asarray(found[()])
