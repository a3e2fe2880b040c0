"""Files that are written atomically: completely or not at all."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UserError

_TEMPORARY = re.compile(r"\.\d+-\d+-")  # the beginning of the names that `temporary` gives


def temporary(path: Path) -> Path:
    """The path of this thread's temporary file in the same folder, with the same ending."""
    return path.with_name(f".{os.getpid()}-{threading.get_ident()}-{path.name}")


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files in `folder` of processes that were killed; none may still write there."""
    for file in folder.glob(".*"):
        if _TEMPORARY.match(file.name):
            file.unlink(missing_ok=True)


@contextmanager
def writing(path: Path, refused: type[UserError] = UserError) -> Iterator[Path]:
    """Yield a temporary file to write to, which is synced and replaces `path` if nothing went wrong.

    Raises `refused` if the folder or the disk refuses it; the old file then stays.
    """
    part = temporary(path)
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if reason := _reason(error):
            raise refused(f"{path}: cannot be written: {reason}") from error
        raise


def check_writable(path: Path) -> None:
    """UserError if a file cannot be written to a path, before the work whose result it is to hold."""
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise UserError(f"{path}: cannot be written: there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"{path}: cannot be written: the folder {path.parent} is read-only")


def _reason(error: BaseException | None) -> str:
    """Why a file could not be written; empty for an error of another kind.

    torch.save raises a RuntimeError of its own on a full disk, with the system's as its context.
    """
    while isinstance(error, RuntimeError):
        error = error.__context__
    if isinstance(error, OSError | ValueError):
        return str(getattr(error, "strerror", None) or error)
    return ""
