"""A still character to look at while the checkpoint loads: what was seen when its file was opened last.

The shipped checkpoint brings its own (`walk.preview`, beside it); others are kept in the user's cache. A preview is
compressed JSON: nothing in it is executed, and a damaged one is as good as none.
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
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.frame import Frame, ModelInfo, Shape, plain
from muscle_viewer.core.readers.files import check_file
from muscle_viewer.viewer.simulation.still_session import StillSession

FORMAT = "muscle-viewer/preview-1"
SUFFIX = ".preview"
LARGEST = 32 << 20
"""Bytes of a preview's text; those that ship have some hundred thousand."""


def still(path: Path) -> StillSession | None:
    """What to show while a path loads; None where nothing can be read, as after a change of the format."""
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
    """Remember what a path looks like, for the next time; where that cannot be written, do not."""
    place = _cached(path)
    if place.exists() or path.with_suffix(SUFFIX).exists():
        return
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_suffix(".tmp")
        write(temporary, info, frame)
        os.replace(temporary, place)
    except OSError:
        return


def write(path: Path, info: ModelInfo, frame: Frame) -> None:
    """Write a preview."""
    tree = {"format": FORMAT, "info": plain(info), "frame": plain(frame)}
    path.write_bytes(gzip.compress(json.dumps(tree).encode(), mtime=0))


def _unpacked(path: Path) -> bytes:
    """The text of a preview. UserError or OSError for what is none, ValueError for what is longer."""
    check_file(path, UserError, LARGEST)
    with gzip.open(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path}: unpacks to more than a preview has")
    return content


def read(path: Path) -> tuple[ModelInfo, Frame]:
    """Read a preview. For what is none, an error of the file, its compression or its content."""
    tree = json.loads(_unpacked(path))
    if tree["format"] != FORMAT:
        raise ValueError(f"{path}: format '{tree['format']}'")
    values = {name: _read(value) for name, value in tree["info"].items()}
    values["shapes"] = [_shape(shape) for shape in tree["info"]["shapes"]]
    frame = {name: _read(value) for name, value in tree["frame"].items()}
    return ModelInfo(**values), Frame(**frame)


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
    """By where the file is and when it was written; a training run's folder by where it is."""
    key = [str(path.resolve())]
    if path.is_file():
        status = path.stat()
        key += [str(status.st_mtime_ns), str(status.st_size)]
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    name = hashlib.sha256("\n".join(key).encode()).hexdigest()[:24]
    return Path(home) / "muscle-viewer" / "previews" / f"{name}{SUFFIX}"
