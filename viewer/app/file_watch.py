"""Watching of a file for changes since it was read."""

from __future__ import annotations

from pathlib import Path

EVERY = 0.25
"""Time between checks, s."""


class FileWatch:
    """Checks a file at intervals; wall time is passed in.

    A file that is missing, or is still being written, does not count as changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._last = _stamp(path)
        self._since = 0.0

    def has_changed(self, elapsed: float) -> bool:
        """Whether the file has changed, once for each change; `elapsed` wall seconds after the last call."""
        self._since += elapsed
        if self._since < EVERY:
            return False
        self._since = 0.0
        before, stamp = self._last, _stamp(self.path)
        self._last = stamp
        if stamp is None or stamp == self._seen or stamp != before:
            return False
        self._seen = stamp
        return True


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
