"""Whether a file has been written since it was read."""

from __future__ import annotations

from pathlib import Path

EVERY = 0.25
"""Seconds between looks."""


class FileWatch:
    """Looks at a file now and then; time is handed in.

    A file that is gone has not changed, and one that is still being written has not yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._last = _stamp(path)
        self._since = 0.0

    def has_changed(self, elapsed: float) -> bool:
        """Whether a newer file lies there; says so once a change."""
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
