"""A session of the real window: the palette, the help, and files that are dropped, opened again and changed."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

import window_words as words
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer import commands as c
from window_groups import Session, end, held
from window_session import driven, frames, wait, xdotool

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App


def working(app: App, folder: Path) -> Session:
    """Palette, help, dropped files, recent files, a bad file's toast, reload on change."""
    import shutil

    import glfw
    import torch

    yield from held(app)
    xdotool("key", "ctrl+p")
    yield from frames(6)
    xdotool("type", "colour by power")
    yield from frames(6)
    xdotool("key", "Return")
    yield from wait(lambda: app.view.colour_by == "power")
    yield from frames(3)
    yield from words.palette_without_match(app)
    (help_,) = (p for p in app.panels if p.title == "Help")
    xdotool("key", "F1")
    yield from wait(lambda: help_.open)
    yield from words.title_of_help(app)
    xdotool("key", "F1")
    yield from wait(lambda: not help_.open)
    handle = glfw.get_current_context()
    raw = glfw.set_drop_callback(handle, None)

    def drop(path: Path) -> None:
        """As GLFW's C side calls it."""
        raw(handle, 1, (ctypes.c_char_p * 1)(str(path).encode()))

    bad = folder / "bad.pt"
    bad.write_bytes(b"no checkpoint")
    drop(bad)
    yield from wait(lambda: bool(app.notifications.waiting), 4000)
    assert app.notifications.waiting[0].is_error and "bad.pt" in app.notifications.waiting[0].text
    app.send(c.Dismiss())
    mine = folder / "mine.pt"
    shutil.copy(checkpoints_folder() / "walk.pt", mine)
    drop(mine)
    yield from wait(lambda: app.runtime.session.name == "mine.pt", 4000)
    assert app.documents.recent.paths[0] == mine.resolve()
    walked = app.runtime.session
    yield from wait(lambda: app.runtime.frame.time > 0.1, 4000)
    saved = torch.load(mine, weights_only=True)
    saved["policy"]["log_std"] = saved["policy"]["log_std"] + 0.01
    torch.save(saved, mine)
    yield from wait(
        lambda: any("changed on disk" in n.text for n in app.notifications.waiting), 4000
    )
    xdotool("key", "ctrl+r")
    yield from wait(lambda: any("new weights" in e.label for e in app.runtime.history.events), 4000)
    assert app.runtime.session is walked
    run = folder / "a.mvrun"
    app.send(c.SaveRun(run))
    yield from wait(run.exists)
    drop(run)
    yield from wait(lambda: app.runtime.session.name == "a.mvrun", 4000)
    assert app.runtime.status.replaying > 0
    for path in ("environments/walk.yaml", "motions/walk.yaml"):
        from muscle_viewer.core.folders import assets_folder

        drop(assets_folder() / path)
        yield from wait(lambda path=path: app.documents.first.path == assets_folder() / path, 4000)
        assert app.runtime.session.name == "a.mvrun, walk.yaml"
    before = str(app.documents.recent.paths[-1])

    def drive(engine: Any) -> None:
        engine.menu_click("//##MainMenuBar/Panels/Reset layout")
        engine.yield_(4)
        line = f"{Path(before).name}##{before}".replace("/", "\\/")
        engine.menu_click(f"//##MainMenuBar/File/Open recent/{line}")
        for _ in range(4000):
            if str(app.documents.first.path) == before and not app.documents.loading:
                return
            engine.yield_()
        raise TimeoutError(before)

    status: list[str] = []
    yield from driven(app, drive, status)
    end(app, status)
