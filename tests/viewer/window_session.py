"""Drives the real window on the shipped checkpoint: window_session.py SCRIPT FOLDER."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.runtime import State

if TYPE_CHECKING:
    # only then: OpenGL is to be imported after the window has chosen its platform
    from muscle_viewer.viewer.app import App

    Script = Callable[[App, Path], Iterator[None]]


def frames(count: int) -> Iterator[None]:
    yield from (None for _ in range(count))


def play_and_pause(app: App, folder: Path) -> Iterator[None]:
    while app.runtime.frame.time < 0.2 and app.runtime.episode == 0:
        yield
    assert app.runtime.state is State.PLAYING
    app.send(c.Pause())
    yield from frames(2)
    held = app.runtime.frame.time
    yield from frames(10)
    assert app.runtime.frame.time == held
    app.send(c.ToggleFollow())  # the camera settles for a while after the character stands
    yield from frames(2)
    app.send(c.SaveScreenshot(folder / "with.png"))
    yield from frames(2)
    app.send(c.ToggleLayer("muscles"))
    app.send(c.ToggleLayer("bones"))
    app.send(c.SaveScreenshot(folder / "without.png"))
    yield from frames(2)


def click(app: App, folder: Path) -> Iterator[None]:
    """Prints the muscle that a click chose, and the state before and after the space bar."""
    yield from frames(10)
    app.send(c.Pause())
    yield from frames(3)
    xdotool("search", "--name", "Muscle Viewer", "windowmove", "0", "0")
    yield from frames(3)
    x, y = on_screen(app, "vaslat_r")
    xdotool("mousemove", str(x), str(y))
    yield from frames(3)
    xdotool("click", "1")
    yield from frames(12)
    (muscle,) = app.view.selection
    before = app.runtime.state.name
    xdotool("key", "space")
    yield from frames(12)
    print(app.runtime.session.info.muscle_names[muscle], before, app.runtime.state.name)


def on_screen(app: App, muscle: str) -> tuple[int, int]:
    """Where the middle of a muscle's belly is, pixels from the window's upper left."""
    info, frame, camera = app.runtime.session.info, app.runtime.frame, app.view.camera
    m = info.muscle_names.index(muscle)
    path = frame.path_points[info.path_offsets[m] : info.path_offsets[m + 1]]
    point = np.append(path[:2].mean(axis=0), 1.0)
    x, y, width, height = app.view_rect
    clip = camera.projection(width / height) @ camera.view() @ point
    across, up = clip[:2] / clip[3]
    return round(x + (across + 1) / 2 * width), round(y + (1 - up) / 2 * height)


def xdotool(*arguments: str) -> None:
    subprocess.run(["xdotool", *arguments], check=True, capture_output=True)


def main(script: Script, folder: Path) -> None:
    """Resume the script after every picture; quit when it is done."""
    from muscle_viewer.viewer.session import load_session
    from muscle_viewer.viewer.window import show

    os.environ["XDG_CONFIG_HOME"] = str(folder)
    running: list[Iterator[None]] = []

    def each_frame(app: App) -> None:
        if not running:
            running.append(script(app, folder))
        if next(running[0], "done") == "done":
            app.send(c.Quit())

    show(load_session(checkpoints_folder() / "walk.pt"), (1280, 720), each_frame)


if __name__ == "__main__":
    main(globals()[sys.argv[1]], Path(sys.argv[2]))
