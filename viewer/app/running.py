"""What the window and the browser's loop share: the application on a file, and when it rests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.viewer.app.preview import still

if TYPE_CHECKING:
    from collections.abc import Callable

    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.app.loading import Say
    from muscle_viewer.viewer.app.opening import Opened
    from muscle_viewer.viewer.ui.compose import Surface

RESTING_PERIOD = 0.25
"""Seconds between two looks at the files while nothing is drawn."""

SETTLING = 0.5
"""Seconds of drawing after the last event: tooltips appear, and the layout settles over a few pictures."""


def application(path: Path, surface: Surface, open_it: Callable[[Say], Opened]) -> App:
    """The application on a surface, whose OpenGL context is current; `is_waiting` until the file is loaded.

    It waits, with a still picture, if the path was shown before: then `documents.load` is to be called.
    """
    # imported now: PyOpenGL picks its platform by the environment, and the context must exist
    from muscle_viewer.viewer.app.app import App

    first = still(path) or open_it(lambda _: None)
    return App(first, surface, layout=layout_file(), in_background=True)


def layout_file() -> Path:
    """Path of the file that stores the panels' layout."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "muscle-viewer" / "layout.ini"
