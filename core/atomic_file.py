"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UserError


def beside(path: Path) -> Path:
    """A name in the same folder that ends as the path's does, for what is not whole yet."""
    return path.with_name(f".{os.getpid()}-{path.name}")


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place where nothing went wrong.

    UserError where the folder or the disk does not take it; what lay there stays.
    """
    part = beside(path)
    try:
        yield part
        os.replace(part, path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError | ValueError):
            reason = getattr(error, "strerror", None) or error
            raise UserError(f"{path}: cannot be written: {reason}") from error
        raise
