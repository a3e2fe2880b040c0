"""Loading of a file in a background thread: its progress and its result."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.opening import Opened

Say = Callable[[str], None]
"""Called with the name of each step of loading."""


class Cancelled(Exception):
    """Ends the loading thread."""


class Loading:
    """A file that is loaded in a thread. The window polls `is_over` in every frame, and then takes the result."""

    def __init__(self, path: Path, open_it: Callable[[Say], Opened]) -> None:
        self.path = path
        self.doing = "starting"
        self.seconds = 0.0
        """Wall seconds since the start; the window adds them up."""
        self._opened: Opened | None = None
        self._error: Exception | None = None
        self._is_cancelled = False
        self._open = open_it
        self._thread = threading.Thread(target=self._run, name="loading", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether loading has finished or failed."""
        return self._opened is not None or self._error is not None

    def result(self) -> Opened:
        """The opened file. UserError if loading failed; its text has the traceback if the error was unexpected."""
        if self._error is None:
            assert self._opened is not None
            return self._opened
        if isinstance(self._error, UserError):
            raise self._error
        details = "".join(traceback.format_exception(self._error)[-3:]).strip()
        raise UserError(f"{self.path}: could not be opened", details=details) from self._error

    def cancel(self) -> None:
        """Stop at the next step; there will be no result."""
        self._is_cancelled = True

    def _say(self, doing: str) -> None:
        if self._is_cancelled:
            raise Cancelled
        self.doing = doing

    def _run(self) -> None:
        try:
            opened = self._open(self._say)
        except Exception as error:
            self._error = error
        else:
            self._opened = None if self._is_cancelled else opened
