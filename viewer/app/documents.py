"""What is open: its file, changes of it, files opened before."""

from __future__ import annotations

import json
import os
from pathlib import Path

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.file_watch import FileWatch
from muscle_viewer.viewer.app.opening import Opened, open_onto, open_pair, open_path
from muscle_viewer.viewer.ui.notifications import Notice

MOST_RECENT = 10


class Document:
    """The opened path. Reads newer versions of its file."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.reloads_by_itself = False
        self._watch = FileWatch(opened.watched) if opened.watched else None

    @property
    def path(self) -> Path:
        """What was opened."""
        return self.opened.path

    def news(self, elapsed: float) -> Notice | None:
        """A notice once a newer file lies there."""
        if self._watch is None or not self._watch.has_changed(elapsed):
            return None
        return Notice(
            f"{self.opened.session.name} has been written anew.",
            actions=(
                ("reload", c.Reload()),
                ("always", c.SetAutoReload(True)),
                ("later", c.Dismiss()),
            ),
        )

    def newer(self) -> Opened | None:
        """The file as it is now. None where its weights went into the running session. UserError for a bad file."""
        from muscle_viewer.core import load_checkpoint

        watched = self.opened.watched
        if watched is None:
            raise UserError(f"{self.path}: a recorded run does not change; open its checkpoint")
        if self.opened.onto:
            return open_onto(self.path, self.opened.onto)
        session, environment = self.opened.session, self.opened.environment
        checkpoint = load_checkpoint(watched, environment)
        if session.fits(checkpoint):
            session.swap(checkpoint)
            return None
        opened = self.opened
        if opened.beside:
            engines = opened.engine, opened.beside.engine
            return open_pair(
                self.path,
                opened.beside.path,
                session.seed,
                engines,
                opened.comparison,
                environment=environment,
            )
        return open_path(self.path, session.seed, opened.engine, environment=environment)


class RecentFiles:
    """Paths opened before, the last first, kept in a file; without one, forgotten."""

    def __init__(self, store: Path | None) -> None:
        self._store = store
        self.unwritable = ""
        """Why they are not kept, once that is known."""
        self.paths: list[Path] = []
        try:
            if store:
                self.paths = [Path(p) for p in json.loads(store.read_text()) if isinstance(p, str)]
        except (OSError, ValueError, TypeError):
            self.paths = []

    def add(self, path: Path) -> None:
        """Put a path first."""
        path = path.resolve()
        self.paths = [path, *(p for p in self.paths if p != path)][:MOST_RECENT]
        if self._store is None:
            return
        try:
            self._store.parent.mkdir(parents=True, exist_ok=True)
            beside = self._store.with_suffix(".tmp")
            beside.write_text(json.dumps([str(p) for p in self.paths]))
            os.replace(beside, self._store)
        except OSError as error:
            self.unwritable = f"{self._store.parent} cannot be written: {error.strerror}"
            self._store = None
