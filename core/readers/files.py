"""Safe reading of files of unknown origin: their kind and size are checked before bytes or text are read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..errors import CheckpointError, UserError

LARGEST_TEXT = 32 << 20
"""Largest size of a text file, bytes; motions have a few million."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
"""Byte order marks, which Windows editors write at the start of a text."""


def exists(path: Path) -> bool:
    """Whether a file or folder exists at a path, which may be any text; False if it is too long for the system."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether a path, which may be any text, is a folder."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_there(path: Path) -> bool:
    """Whether a path, which may be any text of a file, is a file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_file(path: Path, error: type[UserError], largest: int, wanted: str = "a file") -> None:
    """`error`, one line, unless `path` is a plain file of at most `largest` bytes that can be read.

    Pipes, devices and the kernel's files could block, never end, or reveal something about the machine.
    """
    read_start(path, 0, error, largest, wanted)


def read_start(
    path: Path,
    size: int,
    error: type[UserError],
    largest: int,
    wanted: str = "a file",
) -> bytes:
    """The first `size` bytes of a plain file, with the errors of `check_file`."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            os.close(handle)
            raise error(f"{path}: is a folder; give {wanted} in it")
        with os.fdopen(handle, "rb", buffering=0) as file:
            if not stat.S_ISREG(found.st_mode) or (found.st_size == 0 and file.read(1)):
                raise error(
                    f"{path}: is a pipe, a device or a system file; give the path of {wanted}"
                )
            if found.st_size > largest:
                raise error(
                    f"{path}: has {found.st_size >> 20} MiB; at most {largest >> 20} MiB are read"
                )
            return _whole(file, min(size, found.st_size))
    except FileNotFoundError:
        raise error(f"{path}: no such file; give the path of {wanted}") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise error(f"{path}: cannot be read: {reason}") from None


def _whole(file: object, size: int) -> bytes:
    parts = []
    while size > 0 and (part := file.read(size)):  # type: ignore[attr-defined]
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_bytes(path: Path, error: type[UserError], largest: int) -> bytes:
    """The content of a plain file, with the errors of `check_file`."""
    return read_start(path, largest, error, largest)


def read_text(path: Path, error: type[UserError], largest: int = LARGEST_TEXT) -> str:
    """The text of a plain file without its byte order mark; `error`, one line, if it cannot be read."""
    data = read_start(path, largest, error, largest, "a text file")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise error(f"{path}: cannot be read: it is not UTF-8 text") from None


def checkpoint_file(path: Path) -> Path:
    """The checkpoint of a path: the path itself, or the latest checkpoint of a training run's folder."""
    if not is_folder(path) or not any((path / n).is_file() for n in ("state.pt", "latest.pt")):
        return path
    for name in ("latest.pt", "best.pt"):
        if (path / name).is_file():
            return path / name
    raise CheckpointError(f"{path}: no latest.pt yet; wait for the run's first checkpoint")
