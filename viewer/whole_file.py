"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from muscle_viewer.core.errors import UserError


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place where nothing went wrong.

    Its name ends as the path's does. UserError where the folder or the disk does not take it; what lay there stays.
    """
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        yield beside
        os.replace(beside, path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError | ValueError):
            reason = getattr(error, "strerror", None) or error
            raise UserError(f"{path}: cannot be written: {reason}") from error
        raise
