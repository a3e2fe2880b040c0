"""What is open, and how that changes: opening, comparing, reloading."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.file_watch import FileWatch
from muscle_viewer.viewer.app.loading import Loading, Say
from muscle_viewer.viewer.app.opening import Opened, open_onto, open_pair, open_path, other_engine
from muscle_viewer.viewer.app.recent_files import RecentFiles
from muscle_viewer.viewer.ui.notifications import Notification, Notifications


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

    def news(self, elapsed: float) -> Notification | None:
        """A notification once a newer file lies there."""
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
        if opened.second:
            engines = opened.engine, opened.second.engine
            return open_pair(
                self.path,
                opened.second.path,
                session.seed,
                engines,
                opened.comparison,
                environment=environment,
            )
        return open_path(self.path, session.seed, opened.engine, environment=environment)


class Documents:
    """Everything that is open, and what is being opened. The window asks it what to show.

    Opening something leaves what is open in place until the other is there. Of two that are being opened,
    the later wins: the first is told to end, and nothing of it is shown.
    """

    def __init__(
        self,
        opened: Opened | None,
        recent: RecentFiles,
        notifications: Notifications,
        in_background: bool = False,
    ) -> None:
        """With `in_background`, what is opened later loads in a thread."""
        self.recent = recent
        self.loading: Loading | None = None
        """What is being opened."""
        self.open: list[Document] = []
        """Two where two simulations run."""
        self._notifications = notifications
        self._in_background = in_background
        self._ready: Opened | None = None
        self._take(opened)

    @property
    def first(self) -> Document | None:
        """What is open; the first of two."""
        return self.open[0] if self.open else None

    def load(self, path: Path, open_it: Callable[[Say], Opened]) -> None:
        """Open something by a function. Without a thread, UserError for what it cannot."""
        if self.loading:
            self.loading.cancel()
            self.loading = None
        self._ready = None
        if self._in_background:
            self.loading = Loading(path, open_it)
        else:
            self._ready = open_it(lambda _: None)

    def open_path(self, path: Path) -> None:
        """Open a file; a motion or an environment is given to the networks that are open."""
        current = self.first.opened.session.checkpoint if self.first else None
        self.load(path, partial(open_onto, path, current))

    def compare(self, path: Path, engine: str | None = None, comparison: str = "split") -> None:
        """Open another beside the first, which begins a new episode; nothing where none is open."""
        if self.first is None:
            return
        first = self.first.opened
        engines = first.engine, engine
        self.load(
            path,
            lambda say: open_pair(
                first.path, path, first.session.seed, engines, comparison, say, first.environment
            ),
        )

    def compare_engines(self) -> None:
        """Open the first again beside itself, on the other engine."""
        if self.first:
            self.compare(self.first.path, other_engine(self.first.opened), "ghost")

    def end_comparison(self) -> None:
        """Keep the first alone."""
        del self.open[1:]

    def advance(self, elapsed: float) -> Opened | None:
        """What has been opened since, to be shown from now on. UserError for what could not be opened."""
        loading = self.loading
        if loading:
            loading.seconds += elapsed
            if loading.is_over:
                self.loading = None
                self._ready = loading.result()
        ready, self._ready = self._ready, None
        self._take(ready)
        return ready

    def look_for_news(self, elapsed: float) -> list[Document]:
        """Offer newer files, or reload those that go by themselves; the latter as of `reload`."""
        for document in self.open:
            news = document.news(elapsed)
            if news and document.reloads_by_itself:
                return self.reload()
            if news:
                self._notifications.add(news)
        return []

    def reload(self) -> list[Document]:
        """Read everything that is open again; those whose sessions go on with newer weights.

        Another configuration is opened instead.
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
        """Whether newer files are taken without asking; as `reload` where they are."""
        for document in self.open:
            document.reloads_by_itself = enabled
        return self.reload() if enabled else []

    def close(self) -> None:
        """Tell what is being opened to end."""
        if self.loading:
            self.loading.cancel()

    def _take(self, opened: Opened | None) -> None:
        if opened is None:
            return
        auto = any(document.reloads_by_itself for document in self.open)
        again = {document.path for document in self.open}
        self.open = [Document(part) for part in (opened, opened.second) if part]
        for document in self.open:
            document.reloads_by_itself = auto and document.path in again
            self.recent.add(document.path)
