"""Serves the shipped checkpoint, or a path, and answers a test's questions on its standard input: web_session.py [PATH]."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.exit_status import exit_status
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.web.serve import serve
from muscle_viewer.viewer.web.server import Server

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App


def answer(server: Server, app: App) -> None:
    """Answer in a thread: each line names a question, and its answer is a line of JSON."""
    from window_session import on_screen

    questions: dict[str, Callable[..., object]] = {
        "state": lambda: app.runtime.state.name,
        "time": lambda: app.runtime.frame.time,
        "selection": lambda: [app.runtime.session.info.muscle_names[m] for m in app.view.selection],
        "title": lambda: app.title,
        "views": lambda: sorted(app.view.views),
        "crowd": lambda: (
            len(app.crowd.view.crowd.moment.frames)
            if app.crowd and app.crowd.view.crowd.moment
            else 0
        ),
        "keyboard": lambda: app.gui.keyboard.panel,
        "palette": lambda: next(p.open for p in app.panels if p.title == "Command palette"),
        "search": lambda: next(p.search for p in app.panels if p.title == "Command palette"),
        "notifications": lambda: [n.text for n in app.notifications.waiting],
        "yaw": lambda: app.view.camera.yaw,
        "distance": lambda: app.view.camera.distance,
        "where": lambda muscle: on_screen(app.stage, muscle),
    }

    def listen() -> None:
        for line in sys.stdin:
            name, *arguments = line.split()
            print(json.dumps(questions[name](*arguments)), flush=True)

    print(server.address, flush=True)
    threading.Thread(target=listen, daemon=True).start()


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else checkpoints_folder() / "walk.pt"

    def work() -> int:
        serve(path, (1280, 720), "127.0.0.1", 0, lambda say: open_path(path, say=say), answer)
        return 0

    sys.exit(exit_status(work))
