"""Opening a file in a thread beside the window: what it does now, and what came of it."""

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
"""Told what is being done."""


class Cancelled(Exception):
    """Ends the loading thread."""


class Loading:
    """Begins at once. The window asks in every picture whether it `is_over`, and then takes the result."""

    def __init__(self, path: Path, open_it: Callable[[Say], Opened]) -> None:
        self.path = path
        self.doing = "starting"
        self.seconds = 0.0
        """Wall seconds that it has taken; the window counts them."""
        self._opened: Opened | None = None
        self._error: Exception | None = None
        self._is_cancelled = False
        self._open = open_it
        self._thread = threading.Thread(target=self._run, name="loading", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """There is a result, or it is known that there will be none."""
        return self._opened is not None or self._error is not None

    def result(self) -> Opened:
        """What was opened. UserError, with details where nobody foresaw it, for what could not be."""
        if self._error is None:
            assert self._opened is not None
            return self._opened
        if isinstance(self._error, UserError):
            raise self._error
        details = "".join(traceback.format_exception(self._error)[-3:]).strip()
        raise UserError(f"{self.path}: could not be opened\n{details}") from self._error

    def cancel(self) -> None:
        """End at the next step of the work; there will be no result."""
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
