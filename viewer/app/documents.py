"""The open files: opening, comparing and reloading them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.file_watch import FileWatch
from muscle_viewer.viewer.app.loading import Loading, Say
from muscle_viewer.viewer.app.opening import Opened, open_onto, open_pair, open_path, other_engine
from muscle_viewer.viewer.app.recent_files import RecentFiles
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.session import CheckpointSession
from muscle_viewer.viewer.ui.notifications import Notification, Notifications

if TYPE_CHECKING:
    from muscle_viewer.viewer.simulation.crowd import Member


class Document:
    """One open file, which is watched for newer versions."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.auto_reload = False
        self._watch = FileWatch(opened.watched) if opened.watched else None

    @property
    def path(self) -> Path:
        """Path that the user opened."""
        return self.opened.path

    def notification(self, elapsed: float) -> Notification | None:
        """A notification if the file has changed, once for each change; `elapsed` wall seconds after the last call."""
        if self._watch is None or not self._watch.has_changed(elapsed):
            return None
        return Notification(
            f"{self.opened.session.name} has changed on disk.",
            actions=(
                ("Reload", c.Reload()),
                ("Always", c.SetAutoReload(True)),
                ("Later", c.Dismiss()),
            ),
        )

    def newer(self) -> Opened | None:
        """Open the newer version; None if its weights were loaded into the running session. UserError if it is damaged."""
        from muscle_viewer.core import load_checkpoint

        watched = self.opened.watched
        if watched is None:
            raise UserError(f"{self.path}: a recorded run does not change; open its checkpoint")
        if self.opened.onto:
            return open_onto(self.path, self.opened.onto)
        opened, session = self.opened, self.opened.session
        checkpoint = load_checkpoint(watched, opened.environment, opened.motion, opened.data)
        checkpoint = checkpoint.on_engine(opened.engine)
        if session.fits(checkpoint):
            session.swap(checkpoint)
            return None
        if opened.second:
            engines = opened.engine, opened.second.engine
            return open_pair(
                self.path,
                opened.second.path,
                session.seed,
                engines,
                opened.comparison,
                environment=opened.environment,
                data=opened.data,
            )
        return _open_again(opened, session.seed)


def _open_again(opened: Opened, seed: int, say: Say = lambda _: None) -> Opened:
    """Open a file with what the user chose beside it."""
    return open_path(
        opened.path, seed, opened.engine, say, opened.environment, opened.motion, opened.data
    )


class Documents:
    """All open files, and the one that is being loaded.

    The open files stay until another one is loaded. If a second file is opened while one is loading, the first is
    cancelled and never shown.
    """

    def __init__(
        self,
        opened: Opened | None,
        recent: RecentFiles,
        notifications: Notifications,
        in_background: bool = False,
        watches: bool = True,
    ) -> None:
        """`in_background`: load later files in a thread. `watches`: look for newer versions of the open files."""
        self.recent = recent
        self.loading: Loading | None = None
        """The file that is being loaded."""
        self.open: list[Document] = []
        """The open files; two if two simulations run."""
        self._notifications = notifications
        self._in_background, self._watches = in_background, watches
        self._ready: Opened | None = None
        self._kept: tuple[tuple[Path | None, int], list[Path]] = ((None, 0), [])
        self._take(opened)

    @property
    def first(self) -> Document | None:
        """The open file, or the first of two; None if none is open."""
        return self.open[0] if self.open else None

    def load(self, path: Path, open_it: Callable[[Say], Opened]) -> None:
        """Load a path by the function `open_it`. If it does not load in a thread, UserError if it cannot be opened."""
        if self.loading:
            self.loading.cancel()
            self.loading = None
        self._ready = None
        if self._in_background:
            self.loading = Loading(path, open_it)
        else:
            self._ready = open_it(lambda _: None)

    def open_path(self, path: Path) -> None:
        """Open a file; a motion or an environment is run with the networks of the open checkpoint."""
        current = self.first.opened.session.checkpoint if self.first else None
        self.load(path, partial(open_onto, path, current))

    def open_seed(self, seed: int) -> None:
        """Open the first file again with a random seed."""
        if self.first is None:
            raise UserError("no checkpoint is open")
        first = self.first.opened
        self.load(
            first.path,
            lambda say: _open_again(first, seed, say),
        )

    def open_member(self, member: Member) -> None:
        """Open an environment of a crowd: the first file with its seed and parameters, after the inputs that it had."""
        if self.first is None:
            raise UserError("no checkpoint is open")
        first = self.first.opened
        of, path = first.session, first.path

        def run(_: Say) -> Opened:
            session = CheckpointSession(
                of.name, of.checkpoint, member.seed, Parameters(drawn=member.values)
            )
            return replace(
                first, session=session, second=None, script=member.script, changes=(), forward=True
            )

        self.load(path, run)

    @property
    def kept(self) -> list[Path]:
        """The numbered checkpoints of the open training run, oldest first; none of another file."""
        folder = self.first.path / "checkpoints" if self.first else None
        try:
            changed = folder.stat().st_mtime_ns if folder else 0
        except OSError:
            return []
        if folder and self._kept[0] != (folder, changed):
            self._kept = (folder, changed), sorted(folder.glob("*[0-9].pt"))
        return self._kept[1]

    def show_checkpoint(self, path: Path) -> list[Document]:
        """Let the running session act with a checkpoint's weights. UserError where they do not fit."""
        from muscle_viewer.core import load_checkpoint

        if self.first is None:
            raise UserError("no checkpoint is open")
        opened = self.first.opened
        session = opened.session
        checkpoint = load_checkpoint(path, opened.environment, data=opened.data)
        checkpoint = checkpoint.on_engine(opened.engine)
        if not session.fits(checkpoint):
            raise UserError(f"{path.name}: is of another environment; open it by itself")
        session.swap(checkpoint)
        return [self.first]

    def compare(self, path: Path, engine: str | None = None, comparison: str = "split") -> None:
        """Open a second checkpoint for comparison; both start a new episode. Does nothing if no file is open."""
        if self.first is None:
            return
        first = self.first.opened
        engines = first.engine, engine
        self.load(
            path,
            lambda say: open_pair(
                first.path,
                path,
                first.session.seed,
                engines,
                comparison,
                say,
                first.environment,
                first.data,
            ),
        )

    def compare_engines(self) -> None:
        """Compare the first checkpoint with itself on the other engine."""
        if self.first:
            self.compare(self.first.path, other_engine(self.first.opened), "ghost")

    def end_comparison(self) -> None:
        """Close the second file."""
        del self.open[1:]

    def advance(self, elapsed: float) -> Opened | None:
        """The file that has finished loading since the last call, or None. UserError if it could not be opened."""
        loading = self.loading
        if loading:
            loading.seconds += elapsed
            if loading.is_over:
                self.loading = None
                self._ready = loading.result()
        ready, self._ready = self._ready, None
        self._take(ready)
        return ready

    def check_files(self, elapsed: float) -> list[Document]:
        """Check for newer files: reload automatically or notify the user. Returns the documents as `reload` does."""
        for document in self.open if self._watches else ():
            notification = document.notification(elapsed)
            if notification and document.auto_reload:
                return self.reload()
            if notification:
                self._notifications.add(notification)
        return []

    def reload(self) -> list[Document]:
        """Reload all open files; returns those whose sessions continue with newer weights.

        If the configuration has changed, the file is opened in place of the running simulation.
        """
        swapped: list[Document] = []
        for document in self.open:
            try:
                newer = document.newer()
            except UserError as error:
                self._notifications.notify(
                    f"{error}\nThe previous version keeps running.", is_error=True
                )
                continue
            if newer:
                self._ready = newer
                self._notifications.notify(
                    "The configuration has changed; the simulation has restarted."
                )
                return swapped
            swapped.append(document)
        return swapped

    def set_auto_reload(self, enabled: bool) -> list[Document]:
        """Set whether newer files are loaded without asking; if so, reload now, and return as `reload` does."""
        for document in self.open:
            document.auto_reload = enabled
        return self.reload() if enabled else []

    def close(self) -> None:
        """Cancel loading."""
        if self.loading:
            self.loading.cancel()

    def _take(self, opened: Opened | None) -> None:
        if opened is None:
            return
        auto = any(document.auto_reload for document in self.open)
        again = {document.path for document in self.open}
        self.open = [Document(part) for part in (opened, opened.second) if part]
        for document in self.open:
            document.auto_reload = auto and document.path in again
            self.recent.add(document.path)
