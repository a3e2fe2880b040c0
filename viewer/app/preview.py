"""Previews: the still character that is shown while a checkpoint loads, stored when its file was opened last.

The preview of the shipped checkpoint lies in the same folder (`walk.preview`); others are in the user's cache. A preview
is compressed JSON: nothing in it is executed, and a damaged one is ignored.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from muscle_viewer.core.atomic_file import writing
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.frame import Frame, ModelInfo, Shape, plain
from muscle_viewer.core.readers.files import check_file
from muscle_viewer.viewer.simulation.still_session import StillSession

FORMAT = "muscle-viewer/preview-1"
SUFFIX = ".preview"
LARGEST = 32 << 20
"""Largest size of an unpacked preview, bytes; the shipped one has some hundred thousand."""


def still(path: Path) -> StillSession | None:
    """The still character to show while a path loads; None if no preview can be read, such as after a change of format."""
    for place, is_it in (
        (path.with_suffix(SUFFIX), True),
        (_cached(path), True),
        (_shipped(), False),
    ):
        try:
            return StillSession(path.name, *read(place), is_it)
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            EOFError,
            AttributeError,
            zlib.error,
            UserError,
        ):
            continue
    return None


def keep(path: Path, info: ModelInfo, frame: Frame) -> None:
    """Store a preview of a path in the cache; does nothing if the cache cannot be written."""
    place = _cached(path)
    if place.exists() or path.with_suffix(SUFFIX).exists():
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with writing(place) as part:
            write(part, info, frame)
    except (OSError, UserError):
        return


def write(path: Path, info: ModelInfo, frame: Frame) -> None:
    """Write a preview."""
    tree = {"format": FORMAT, "info": plain(info), "frame": plain(frame)}
    path.write_bytes(gzip.compress(json.dumps(tree).encode(), mtime=0))


def _unpacked(path: Path) -> bytes:
    """The JSON text of a preview. UserError or OSError if it cannot be read, ValueError if it is larger than `LARGEST`."""
    check_file(path, UserError, LARGEST)
    with gzip.open(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path}: unpacks to more than {LARGEST} bytes, the limit of a preview")
    return content


def read(path: Path) -> tuple[ModelInfo, Frame]:
    """Read a preview. Raises the exceptions of reading, unpacking and parsing if it is damaged; `still` lists them."""
    tree = json.loads(_unpacked(path))
    if tree["format"] != FORMAT:
        raise ValueError(f"{path}: format '{tree['format']}'")
    values = {name: _read(value) for name, value in tree["info"].items()}
    values["shapes"] = [_shape(shape) for shape in tree["info"]["shapes"]]
    frame = {name: _read(value) for name, value in tree["frame"].items()}
    info = ModelInfo(**values)
    return info, Frame(**{**_not_kept(info), **frame})


def _not_kept(info: ModelInfo) -> dict[str, Any]:
    """Fields that previews of earlier versions do not have."""
    joints, muscles = len(info.joint_names), len(info.muscle_names)
    sizes = dict.fromkeys(("joint_moments", "joint_powers", "network_torques"), joints)
    sizes |= {"muscle_forces": muscles, "muscle_powers": muscles}
    fields: dict[str, Any] = {name: np.zeros(size, np.float32) for name, size in sizes.items()}
    fields["ground_forces"] = np.zeros((1, len(info.ground_bodies), 3), np.float32)
    return fields


def _read(value: Any) -> Any:
    if isinstance(value, dict) and "dtype" in value:
        return np.array(value["values"], np.dtype(value["dtype"])).reshape(value["shape"])
    return value


def _shape(values: dict[str, Any]) -> Shape:
    shape = Shape(**{name: _read(value) for name, value in values.items()})
    return dataclasses.replace(shape, mesh=Path(shape.mesh)) if shape.mesh else shape


def _shipped() -> Path:
    from muscle_viewer.core.folders import checkpoints_folder

    return checkpoints_folder() / f"walk{SUFFIX}"


def _cached(path: Path) -> Path:
    """Path of the cached preview, by the path, time and size of a file, or by the path of a folder."""
    key = [str(path.resolve())]
    if path.is_file():
        status = path.stat()
        key += [str(status.st_mtime_ns), str(status.st_size)]
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    name = hashlib.sha256("\n".join(key).encode()).hexdigest()[:24]
    return Path(home) / "muscle-viewer" / "previews" / f"{name}{SUFFIX}"
