"""A small surface without a display, an app on it, and a viewer that serves its window."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.capture.offscreen import Offscreen
    from panel_stage import Stage
    from served import Served


@pytest.fixture
def surface() -> Iterator[Offscreen]:
    """640x360; skips where EGL cannot draw."""
    from muscle_viewer.viewer.capture.offscreen import NoContextError, Offscreen

    try:
        surface = Offscreen((640, 360))
    except NoContextError as error:
        pytest.skip(f"EGL cannot draw here: {error}")
    yield surface
    surface.close()


@pytest.fixture
def app(surface: Offscreen) -> Iterator[App]:
    """On the kinematic double, a few pictures old; two files were opened before."""
    from kinematic_double import KinematicSession
    from muscle_viewer.viewer.app.app import App

    app = App(KinematicSession(), surface)
    app.documents.recent.paths = [Path("/a.pt"), Path("/b.pt")]
    for _ in range(3):
        app.frame(1 / 30)
    yield app
    app.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """All panels over the kinematic double, a few pictures old."""
    from panel_stage import Stage

    stage = Stage()
    stage.frame(3)
    yield stage
    stage.gui.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shipped checkpoint's viewer, for all tests of a file."""
    from served import Served

    server = Served(tmp_path_factory.mktemp("web"))
    yield server
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(timeout=60) == 0
