"""The application in browsers: draws offscreen what the window would show, and sends what changes."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.running import RESTING_PERIOD, SETTLING, application
from muscle_viewer.viewer.capture.offscreen import NoContextError
from muscle_viewer.viewer.web.server import Server, WebError
from muscle_viewer.viewer.web.surface import ResizableSurface

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.app.loading import Say
    from muscle_viewer.viewer.app.opening import Opened
    from muscle_viewer.viewer.web.input import BrowserInput

FRAME_PERIOD = 1 / 30
"""Seconds between pictures."""
LONGEST = 0.1
"""Largest time that passes for the simulation between two pictures, s."""


def serve(
    path: Path,
    size: tuple[int, int],
    host: str,
    port: int,
    open_it: Callable[[Say], Opened],
    ready: Callable[[Server, App], None] | None = None,
) -> None:
    """Serve the path to browsers until KeyboardInterrupt or the user quits. `ready` is called once the address is known."""
    try:
        surface = ResizableSurface(size)
    except NoContextError as error:
        raise WebError(f"no picture can be drawn: {error}") from None
    from muscle_viewer.viewer.web.input import BrowserInput

    server = Server(host, port)
    try:
        app = application(path, surface, open_it)
        if app.is_waiting:
            app.documents.load(path, open_it)
        _announce(server)
        if ready:
            ready(server, app)
        given = BrowserInput(lambda text: server.tell({"type": "copied", "text": text}))
        try:
            _Loop(app, surface, server, given).run()
        finally:
            app.close()
    except KeyboardInterrupt:
        print("", file=sys.stderr)
    finally:
        server.close()
        surface.close()


def _announce(server: Server) -> None:
    print(f"Open in a browser:  {server.address}", flush=True)
    if server.is_local:
        print(
            f"From another machine:  ssh -L {server.port}:localhost:{server.port} THIS_HOST",
            flush=True,
        )
    else:
        print(
            f"warning: {server.host} can be reached from other machines, without encryption: "
            "whoever knows the address can open files of this machine",
            file=sys.stderr,
        )
    print("Ctrl-C ends it.", flush=True)


class _Loop:
    """Draws and sends pictures as browsers take them; without a browser it waits, and nothing moves."""

    def __init__(
        self, app: App, surface: ResizableSurface, server: Server, given: BrowserInput
    ) -> None:
        self._app, self._surface, self._server, self._given = app, surface, server, given
        self._number = 0
        self._heard = time.perf_counter()
        """When something was last heard."""
        self._before = time.perf_counter()
        self._shown: dict[int, int] = {}
        """Number of the last picture of each browser."""
        self._picture: np.ndarray | None = None
        self._pages: dict[int, tuple[tuple[int, int], float]] = {}
        """Size and density of each browser's page, in the order in which they were last told."""
        self._title = ""

    def run(self) -> None:
        while not self._app.quit:
            began = time.perf_counter()
            self._hear()
            if not self._server.is_watched:
                self._wait(None)
                self._before = time.perf_counter()
                continue
            ready = self._server.ready()
            if not ready:
                self._wait(1.0)
                continue
            if self._is_quiet and all(self._shown.get(name) == self._number for name in ready):
                self._app.rest(self._passed())
                self._wait(RESTING_PERIOD)
                continue
            self._draw()
            self._send(ready)
            self._wait(began + FRAME_PERIOD - time.perf_counter(), until_all=True)

    @property
    def _is_quiet(self) -> bool:
        return self._app.is_at_rest and time.perf_counter() - self._heard > SETTLING

    def _passed(self) -> float:
        now = time.perf_counter()
        passed, self._before = now - self._before, now
        return passed

    def _wait(self, seconds: float | None, until_all: bool = False) -> None:
        """Wait until something is heard, at most `seconds`; `until_all`: all of them."""
        if until_all:
            time.sleep(max(seconds or 0.0, 0.0))
        else:
            self._server.changed.wait(seconds)
        self._server.changed.clear()

    def _hear(self) -> None:
        while not self._server.events.empty():
            event = self._server.events.get()
            self._heard = time.perf_counter()
            match event.get("type"):
                case "open":
                    self._app.send(c.Open(Path(event["path"])))
                case "joined":
                    self._server.tell({"type": "title", "text": self._title})
                case "left":
                    self._shown.pop(event["client"], None)
                    self._pages.pop(event["client"], None)
                    self._given.release()
                    self._resize()
                case "size":
                    self._note_page(event)
                case _:
                    self._given.take(event)

    def _note_page(self, event: dict[str, Any]) -> None:
        width, height, density = (event.get(name) for name in ("width", "height", "density"))
        if isinstance(width, int) and isinstance(height, int):
            self._pages.pop(event["client"], None)
            if not (isinstance(density, int | float) and 0 < density < 100):
                density = 1.0
            self._pages[event["client"]] = (width, height), density
            self._resize()

    def _resize(self) -> None:
        """Take the size of the page that told its own last."""
        if self._pages:
            self._surface.resize(*list(self._pages.values())[-1])
            self._picture = None

    def _draw(self) -> None:
        self._app.frame(min(self._passed(), LONGEST))
        if self._app.title != self._title:
            self._title = self._app.title
            self._server.tell({"type": "title", "text": self._title})
        picture = self._surface.read()
        if self._picture is None or not np.array_equal(picture, self._picture):
            self._picture = picture
            self._number += 1

    def _send(self, ready: dict[int, int]) -> None:
        encoded: dict[int, bytes] = {}
        for name, quality in ready.items():
            if self._shown.get(name) == self._number or self._picture is None:
                continue
            if quality not in encoded:
                encoded[quality] = jpeg(self._picture, quality)
            self._server.send_picture(name, self._number, encoded[quality])
            self._shown[name] = self._number


def jpeg(picture: np.ndarray, quality: int) -> bytes:
    """A picture, uint8 (height, width, 3), as JPEG."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(picture).save(
        out, "JPEG", quality=quality, subsampling=0 if quality > 80 else 2
    )
    return out.getvalue()
