"""Screenshots and videos without a display."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.exit_status import NO_MEMORY
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.capture.film import Film
from muscle_viewer.viewer.capture.output import OutputError, check_output, save_picture

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.app.opening import Opened


Progress = Callable[[float], None]

SETTLED = 8
"""Number of pictures after which the panels' layout is final."""


@dataclass(frozen=True)
class Look:
    """Options of a screenshot or video."""

    size: tuple[int, int]
    """Width and height, pixels."""
    panels: bool = False
    view: str | None = None
    """A name of `camera.VIEWS` or of a view that was saved in the window; None: the usual one."""
    colour: str | None = None
    """A name of the character's colour modes; None: the usual one."""
    colour_map: str | None = None
    """A name of `colormap.MAPS`; None: that of the quantity."""
    show: tuple[str, ...] = ()
    """Layers that are shown besides the usual ones."""


def set_look(look: Look, app: App) -> None:
    """Set view, colours and layers. OutputError names what there is for a name that is not known."""
    from muscle_viewer.viewer import commands as c
    from muscle_viewer.viewer.app.running import layout_file
    from muscle_viewer.viewer.app.saved_views import FILE, SavedViews
    from muscle_viewer.viewer.scene.camera import VIEWS
    from muscle_viewer.viewer.scene.colormap import MAPS
    from muscle_viewer.viewer.scene.view_state import LAYERS

    saved = SavedViews(layout_file().with_name(FILE))
    if saved.problem and look.view not in (None, *VIEWS):
        raise OutputError(saved.problem)
    for option, names, known in (
        ("view", (look.view,), (*VIEWS, *saved.views)),
        ("colour", (look.colour,), app.stage.modes),
        ("colour-map", (look.colour_map,), MAPS),
        ("show", look.show, LAYERS),
    ):
        for name in names:
            if name is not None and name not in known:
                there = ", ".join(known)
                raise OutputError(f"--{option}: '{name}' is not known; there are: {there}")
    view = app.view
    if look.view:
        view.views.update(saved.views)
        view.centre = app.stage.drawn.center_of_mass
        view.show_view(look.view)
    if look.colour:
        view.apply(c.ColourBy(look.colour))
    view.colour_map = look.colour_map or ""
    view.layers |= set(look.show)


def screenshot(opened: Opened, path: Path, at: float | None, look: Look) -> None:
    """Write a picture (.png, .jpg) of the frame `at` seconds after the reset.

    None: 1 s, or of what nobody moves 0 s.
    """
    if at is None:
        at = 0.0 if getattr(opened.session, "begins_paused", False) else 1.0
    check_output(path, (".png", ".jpg", ".jpeg"))
    fps, drawn = round(1 / opened.session.control_period), SETTLED if look.panels else 2
    *_, last = _pictures(opened, at, fps, look, "rendering", drawn=drawn)
    save_picture(path, last)


def video(opened: Opened, path: Path, seconds: float, fps: int, look: Look) -> None:
    """Write a video (H.264) or a .gif of the first `seconds`."""
    film = Film(path, look.size, fps)
    try:
        for picture in _pictures(opened, seconds, film.fps, look, "recording", for_video=True):
            film.add(picture)
    finally:
        film.close()


def bar(label: str) -> Progress:
    """A progress bar on standard error; if that is not a terminal, only the last state is printed."""
    width = 30

    def show(share: float) -> None:
        done = round(share * width)
        line = f"{label} [{'#' * done}{'.' * (width - done)}] {share:4.0%}"
        if sys.stderr.isatty():
            print(f"\r{line}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
        elif share >= 1:
            print(line, file=sys.stderr)

    return show


def _pictures(
    opened: Opened,
    seconds: float,
    fps: int,
    look: Look,
    label: str,
    for_video: bool = False,
    drawn: int | None = None,
) -> Iterator[np.ndarray]:
    """Simulate as the window does, and yield a picture every 1/fps from 0 to `seconds`.

    `for_video`: with the quality of videos, which a software rasteriser draws faster. `drawn`: only that many at the end.
    """
    from muscle_viewer.viewer.capture.offscreen import NoContextError, Offscreen

    size = f"{look.size[0]}x{look.size[1]}"
    try:
        surface = Offscreen(look.size)
    except NoContextError as error:
        raise OutputError(f"no picture can be drawn: {error}") from None
    try:
        from muscle_viewer.viewer.app.app import App
        from muscle_viewer.viewer.scene.render import quality
        from OpenGL import GL

        renderer = GL.glGetString(GL.GL_RENDERER).decode()
        chosen = quality.for_video(renderer) if for_video else quality.HIGH
        # The film is of the file as it was opened, though a training may write it anew meanwhile.
        app = App(opened, surface, quality=chosen, step_budget=math.inf, watches_files=False)
        app.show_panels = look.panels
        set_look(look, app)
        app.notifications.forget()  # what the file is, which standard error says
        if seconds > 0:
            app.send(c.Play())  # a model by itself is opened at rest
        progress = bar(label)
        count = max(1, round(seconds * fps))
        for k in range(count + 1):
            is_seen = drawn is None or k > count - drawn
            (app.frame if is_seen else app.pass_by)(1 / fps if k else 0.0)
            wrong = next((n.text for n in app.notifications.waiting if n.is_error), None)
            if wrong:
                raise OutputError(f"no picture of {size}: {' '.join(wrong.split())}")
            if is_seen:
                yield surface.read()
            progress(k / count)
        app.close()
    except MemoryError:
        raise OutputError(f"no picture of {size}: {NO_MEMORY}; give a smaller --size") from None
    finally:
        surface.close()
