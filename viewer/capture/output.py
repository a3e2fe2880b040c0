"""Output files of screenshots and videos."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.atomic_file import writing
from muscle_viewer.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np


class OutputError(UserError):
    """A picture or video that cannot be written."""


def check_output(path: Path, endings: tuple[str, ...]) -> None:
    """OutputError for a path that cannot be written or has another ending."""
    if path.suffix.lower() not in endings:
        raise OutputError(f"{path}: must end in {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder, a file is expected")


def new_file(ending: str) -> Path:
    """A path in the working directory, named by the present time."""
    return Path.cwd() / time.strftime(f"muscle-viewer-%Y%m%d-%H%M%S{ending}")


def save_picture(path: Path, pixels: np.ndarray) -> str:
    """Write pixels, uint8 (height, width, 3), in the image format of the path's ending; returns a message."""
    from PIL import Image

    with writing(path) as file:
        Image.fromarray(pixels).save(file)
    return f"saved {path}"
