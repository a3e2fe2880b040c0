"""A simulation of its own beside the window's, in a thread."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from muscle_viewer.core.errors import UserError


class Background(ABC):
    """Runs `_simulate` until it returns or `stop` is called; it looks at `_stop` between its steps."""

    def __init__(self) -> None:
        """Begin. What `_simulate` needs must be there."""
        self.error = ""
        """Why it ended, where that was a UserError."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it; what is known stays."""
        self._stop.set()
        self._thread.join()

    @abstractmethod
    def _simulate(self) -> None: ...

    def _run(self) -> None:
        try:
            self._simulate()
        except UserError as error:
            self.error = str(error)
