"""The list of recently opened files."""

from __future__ import annotations

import json
from pathlib import Path

from muscle_viewer.core.atomic_file import writing
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.models.sources import absolute

MOST_RECENT = 10


class RecentFiles:
    """Recently opened paths, the newest first, stored in a file; without a file they are kept in memory only."""

    def __init__(self, store: Path | None) -> None:
        self._store = store
        self.unwritable = ""
        """Reason why the list cannot be stored; empty if it can."""
        self.paths: list[Path] = []
        try:
            if store:
                self.paths = [Path(p) for p in json.loads(store.read_text()) if isinstance(p, str)]
        except (OSError, ValueError, TypeError):
            self.paths = []

    def add(self, path: Path) -> None:
        """Move or add a path to the front of the list."""
        path = absolute(path)
        self.paths = [path, *(p for p in self.paths if p != path)][:MOST_RECENT]
        if self._store is None:
            return
        try:
            self._store.parent.mkdir(parents=True, exist_ok=True)
            with writing(self._store) as file:
                file.write_text(json.dumps([str(p) for p in self.paths]))
        except (OSError, UserError) as error:
            reason = getattr(error.__cause__ or error, "strerror", None) or error
            self.unwritable = f"{self._store.parent} cannot be written: {reason}"
            self._store = None
