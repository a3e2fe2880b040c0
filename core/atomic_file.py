"""Files that are written atomically: completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UserError


def temporary(path: Path) -> Path:
    """The path of the temporary file in the same folder, with the same ending."""
    return path.with_name(f".{os.getpid()}-{path.name}")


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary file to write to, which replaces `path` if nothing went wrong.

    Raises UserError if the folder or the disk refuses it; the old file then stays.
    """
    part = temporary(path)
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
