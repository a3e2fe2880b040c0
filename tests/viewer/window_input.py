"""Sessions of the real window: input events at few pictures a second, open lists, films at true time, and rest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import gait
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import State
from window_groups import end
from window_reading import card_until_the_first_click
from window_session import frames, on_screen, still, wait, xdotool

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App

Session = Iterator[None]


def panel(app: App, title: str) -> Any:
    return next(p for p in app.panels if p.title == title)


def slowly(count: int, seconds: float = 0.35) -> Session:
    """Pictures at about three a second."""
    for _ in range(count):
        time.sleep(seconds)
        yield


def held(app: App, steps: int = 10) -> Session:
    """The simulation stands after some steps in the middle of the view, and the window at the screen's corner."""
    app.send(c.Pause())
    app.send(c.Step(steps))
    xdotool("search", "--name", "Muscle Viewer", "windowmove", "0", "0")
    yield from still(app)


def clicking(app: App, folder: Path) -> Session:
    """The mouse comes from afar and clicks within one picture: that selects and does not turn the camera."""
    yield from held(app)
    card_stands = card_until_the_first_click(app)
    app.send(c.LookFrom("right"))
    yield from still(app)
    x, y = on_screen(app.stage, "vaslat_r")
    xdotool("mousemove", str(x - 150), str(y - 120))
    yield from slowly(2)
    yaw = app.view.camera.yaw
    xdotool("mousemove", str(x), str(y), "click", "1")
    yield from slowly(5)
    assert len(app.view.selection) == 1 and not card_stands()
    assert app.view.camera.yaw == yaw
    xdotool("mousemove", str(x), str(y), "mousedown", "1", "mousemove", str(x + 60), str(y))
    yield from slowly(4)
    xdotool("mouseup", "1")
    yield from slowly(3)
    assert app.view.camera.yaw != yaw
    assert len(app.view.selection) == 1, app.view.selection
    end(app)


def listing(app: App, folder: Path) -> Session:
    """Keys typed while a list, a menu or the palette is open do nothing else; Esc closes it, and the next click acts."""
    from imgui_bundle import imgui

    yield from held(app)
    episode, here = app.runtime.episode, Path.cwd()
    any_popup = imgui.PopupFlags_.any_popup.value

    def is_open() -> bool:
        return imgui.is_popup_open("", any_popup)

    box = imgui.internal.find_window_by_name("Controls")
    line = imgui.get_frame_height_with_spacing()
    app.send(c.Focus("Controls"))
    yield from frames(4)
    # the list of views, in the line below the heading of the camera
    x, y = box.pos.x + 0.75 * box.size.x, box.pos.y + 6.2 * line
    for step in range(12):  # wherever the fonts put it
        xdotool("mousemove", str(round(x)), str(round(y + 6 * step)), "click", "1")
        yield from frames(6)
        if is_open():
            break
    assert is_open()
    xdotool("type", "rp")
    yield from frames(12)
    assert app.runtime.episode == episode and not list(here.glob("*.png"))
    app.view.selection = [3]
    xdotool("key", "Escape")
    yield from wait(lambda: not is_open())
    yield from frames(4)
    assert app.view.selection == [3]  # Esc closed the list alone
    app.send(c.LookFrom("right"))
    yield from still(app)
    x, y = on_screen(app.stage, "vaslat_r")
    xdotool("mousemove", str(x), str(y))
    yield from frames(4)
    xdotool("click", "1")
    yield from wait(lambda: app.view.selection not in ([3], []))
    xdotool("key", "ctrl+p", "r", "p")
    yield from frames(12)
    assert app.runtime.episode == episode and not list(here.glob("*.png"))
    xdotool("key", "Escape")
    yield from wait(lambda: not panel(app, "Command palette").open)
    end(app)


def showing(app: App, folder: Path) -> Session:
    """Plots follow the shown time; gait figures are of strides since the last change, and none of those before a fall."""
    from imgui_bundle import ImVec2
    from muscle_viewer.viewer.ui.theme import ERROR, rgb
    from window_words import cut, texts

    app.send(c.Focus("Activation over time"))
    yield from held(app, 40)
    app.send(c.Step(230))
    yield from wait(lambda: app.runtime.frame.time > 8.5)
    yield from frames(4)
    low, high = panel(app, "Activation over time")._visible
    assert low < app.runtime.frame.time <= high
    info, history = app.runtime.subject.info, app.runtime.history
    assert gait.summary(info, history, app.runtime.cursor) is not None
    vaslat = info.muscle_names.index("vaslat_r")
    strongest = float(info.max_isometric_force[vaslat])
    app.send(c.SetParameters(Parameters(force=((vaslat, 0.5),))))
    app.send(c.Select(vaslat))
    yield from frames(4)
    info = app.runtime.subject.info
    assert float(info.max_isometric_force[vaslat]) == 0.5 * strongest
    said: list[str] = []
    app.send(c.Focus("Muscle"))
    yield from frames(4)
    yield from texts(app, "Muscle", said)
    assert f"{0.5 * strongest:.0f} N" in said[0].split("max isometric force")[1].splitlines()[0]
    assert gait.summary(info, history, app.runtime.cursor) is None
    changed = app.runtime.cursor
    app.send(c.Step(100))
    yield from wait(lambda: app.runtime.cursor >= changed + 100)
    found = gait.strides_of(history, app.runtime.cursor)
    assert found and all(stride.first >= changed for stride in found)
    app.send(c.SetAutoReset(False))
    app.send(c.SetParameters(Parameters(gravity=0.0, friction=0.05)))
    app.send(c.SetParameters(Parameters(force=tuple((m, 0.0) for m in range(80)))))
    app.send(c.Play())
    yield from wait(lambda: app.runtime.state is State.ENDED, 4000)
    yield from frames(3)
    assert gait.summary(info, history, app.runtime.cursor) is None
    assert history.events[-1].kind == "fall", history.events[-1]
    app.send(c.Seek(history.newest - 60))  # the cursor leaves it
    yield from frames(4)
    width, height = app.surface.size
    track = cut(app, ImVec2(0.25 * width, height - 60), ImVec2(width, height))
    fallen = np.abs(track - 255 * np.array(rgb(ERROR))).max(axis=2) < 40
    assert fallen.sum() > 20, fallen.sum()  # the mark of a fall is red
    end(app)


def pushing(app: App, folder: Path) -> Session:
    """The palette's push pushes."""
    yield from held(app)
    xdotool("key", "ctrl+p")
    yield from wait(lambda: panel(app, "Command palette").open)
    yield from frames(3)
    xdotool("type", "push the pelvis")
    yield from wait(lambda: panel(app, "Command palette").search == "push the pelvis")
    xdotool("key", "Return")
    yield from wait(lambda: bool(app.runtime.perturbations.impulses))
    assert app.runtime.perturbations.impulses[0].body == 0
    end(app)


def filming(app: App, folder: Path) -> Session:
    """A film of a slow window has the simulation's length, and shows the scene alone."""
    import imageio_ffmpeg

    yield from held(app)
    path = folder / "film.mp4"
    app.send(c.ToggleFilm(path))
    app.send(c.Play())
    yield from frames(2)
    before = app.runtime.shown_time
    begin = time.perf_counter()
    while app.runtime.shown_time < before + 1.0:
        time.sleep(0.1)
        yield
    took = time.perf_counter() - begin
    length = app.runtime.shown_time - before
    app.send(c.ToggleFilm())
    yield from wait(lambda: app.pictures.film_seconds is None)
    frames_of_film, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert took > 2 * length  # the window was slow
    assert abs(seconds - length) < 0.2, (seconds, length)
    reader = imageio_ffmpeg.read_frames(str(path))
    size = next(reader)["size"]
    pictures = [np.frombuffer(p, np.uint8).reshape(size[1], size[0], 3) for p in reader]
    assert len(pictures) == frames_of_film
    moving = [
        np.abs(a.astype(int) - b).max() > 30 for a, b in zip(pictures, pictures[1:], strict=False)
    ]
    assert np.mean(moving) > 0.9  # each picture is another moment
    # where the panels are in the window, the scene's background is
    left = pictures[-1][100:600, 5:60].astype(int)
    assert np.abs(np.diff(left, axis=1)).max() < 30
    end(app)


def resting(app: App, folder: Path) -> Session:
    """A paused window in which nothing moves draws nothing until an event arrives."""
    from imgui_bundle import imgui

    yield from held(app)
    xdotool("mousemove", "600", "300")
    yield from wait(lambda: app.is_at_rest, 4000)
    until = time.perf_counter() + 2.0  # the last event's effects are drawn
    yield from wait(lambda: time.perf_counter() > until, 4000)
    drawn, cpu, begin = imgui.get_frame_count(), time.process_time(), time.perf_counter()
    yield from frames(12)  # looks at the files
    share = (time.process_time() - cpu) / (time.perf_counter() - begin)
    assert imgui.get_frame_count() == drawn
    xdotool("key", "space")
    yield from wait(lambda: app.runtime.state is State.PLAYING)
    assert imgui.get_frame_count() > drawn
    app.send(c.Pause())
    yield from wait(lambda: app.runtime.state is State.PAUSED)
    print(f"{share:.3f} of a processor at rest")
    end(app)


resting.rests = True  # type: ignore[attr-defined]
