"""Sessions of the real window: the data menus of the plots, selection by a rectangle, and saved views."""

from __future__ import annotations

import csv
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import window_reading as reading
import window_words as words
from muscle_viewer.viewer import commands as c
from window_groups import end
from window_input import Session, held, panel
from window_session import driven, frames, on_screen, still, wait, xdotool

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App

PLOTS = {
    "Joints": ("angle", "torque", "torque of each muscle"),
    "Activation over time": ("Activation over time",),
    "Gait": ("vertical GRF", "knee angle"),
    "Muscle": ("force-length curve", "force-velocity curve"),
    "Muscle curves": ("Muscle curves",),
}
"""Panels whose plots have a data menu, and names of plots."""


def places_of_plots() -> dict[str, tuple[float, float]]:
    """The middles of the plots that are drawn from now on, by their names."""
    from imgui_bundle import implot
    from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

    found: dict[str, tuple[float, float]] = {}
    ends = PlotTools.end

    def noting(tools: Any, *arguments: Any) -> None:
        at, size = implot.get_plot_pos(), implot.get_plot_size()
        found[tools._name] = at.x + 0.5 * size.x, at.y + 0.5 * size.y
        ends(tools, *arguments)

    PlotTools.end = noting  # type: ignore[method-assign]
    return found


def choose(text: str) -> tuple[str, ...]:
    """xdotool's arguments that click on a line of the open data menu."""
    from imgui_bundle import imgui

    lines = ("Copy values", "Save as .csv", "Save as .csv ...", "", "Auto range", "Larger window")
    lines += ("", "Go to the maximum")
    windows = imgui.get_current_context().windows
    box = next(w for w in windows if w.name.startswith("##Popup") and w.was_active)
    y = box.pos.y + imgui.get_style().window_padding.y
    for line in lines[: lines.index(text)]:
        gap = 1 + imgui.get_style().item_spacing.y if not line else 0.0
        y += gap or imgui.get_text_line_height_with_spacing()
    y += 0.5 * imgui.get_text_line_height()
    return "mousemove", str(round(box.pos.x + 40)), str(round(y)), "click", "1"


def copied_at(
    app: App, x: int, y: int, picture: Path | None = None
) -> Generator[None, None, list[list[str]]]:
    """Right click there, copy the values by the data menu, and return their rows."""
    from imgui_bundle import imgui

    any_popup = imgui.PopupFlags_.any_popup.value
    xdotool("mousemove", str(x), str(y), "click", "3")
    yield from wait(lambda: imgui.is_popup_open("", any_popup))
    yield from frames(3)
    if picture:
        app.send(c.SaveScreenshot(picture))
        yield from frames(3)
    imgui.set_clipboard_text("")
    xdotool(*choose("Copy values"))
    yield from wait(lambda: imgui.get_clipboard_text() != "")
    text = imgui.get_clipboard_text()
    yield from wait(lambda: not imgui.is_popup_open("", any_popup))
    return list(csv.reader(text.splitlines(), delimiter="\t"))


def menus(app: App, folder: Path) -> Session:
    """A right click on each plot opens its data menu; the values copied are those of the history."""
    from imgui_bundle import imgui

    places = places_of_plots()
    yield from held(app, 120)
    info, history = app.runtime.subject.info, app.runtime.history
    soleus = info.muscle_names.index("soleus_r")
    app.send(c.Select(soleus))
    copied: dict[str, list[list[str]]] = {}
    for title, plots in PLOTS.items():
        app.send(c.Focus(title))
        yield from frames(6)
        for plot in plots:
            assert plot in places, (plot, sorted(places))
            x, y = map(round, places[plot])
            picture = plot in ("torque of each muscle", "vertical GRF")
            name = folder / f"menu of {plot}.png" if picture else None
            copied[plot] = yield from copied_at(app, x, y, name)
    app.send(c.Focus("Heat map"))
    yield from frames(6)
    box = imgui.internal.find_window_by_name("Heat map")
    middle = round(box.pos.x + 0.5 * box.size.x), round(box.pos.y + 0.5 * box.size.y)
    copied["map"] = yield from copied_at(app, *middle, folder / "menu of the map.png")
    first = history.between(app.runtime.frame.time - 4.0, app.runtime.frame.time)[0]
    _check(copied, app, first, soleus)
    yield from words.values_at_the_mouse(app, places["Activation over time"])
    yield from _saved(app, places["Activation over time"])
    yield from _maximum(app, places["Activation over time"], soleus)
    yield from _range(app, folder, places)
    yield from _enlarged(app, folder)
    yield from reading.moments_with_norms(app, places, copied_at)
    app.send(c.Focus("Gait"))
    yield from frames(4)
    status: list[str] = []
    yield from driven(app, reading.copy_the_strides, status)
    end(app, status)


def _check(copied: dict[str, list[list[str]]], app: App, first: int, soleus: int) -> None:
    """What was copied, beside frames of the history."""
    info, history = app.runtime.subject.info, app.runtime.history
    head, *rows = copied["Activation over time"]
    assert head == ["time (s)", "soleus_r (activation)"]
    for row in rows[1::20]:
        frame = next(
            f for f in map(history.frame, range(121)) if abs(f.time - float(row[0])) < 1e-4
        )
        assert abs(frame.activations[soleus] - float(row[1])) < 1e-6
    head, *rows = copied["angle"]
    knee = info.dof_names.index("knee_angle_r")
    assert head == ["time (s)", "reference (deg)", "target (deg)", "angle (deg)"]
    last = history.frame(history.newest)
    assert abs(np.degrees(last.positions[knee]) - float(rows[-1][3])) < 1e-3
    head, *rows = copied["torque of each muscle"]
    joint = knee - info.root_dofs
    crossing = {info.muscle_names[m] for m in info.muscle_of[info.muscle_dofs == joint]}
    assert {name.removesuffix(" (N m)") for name in head[1:]} == crossing
    torques = np.array([[float(value) for value in row[1:]] for row in rows]).sum(axis=1)
    shown = [history.frame(k).muscle_torques[joint] for k in range(first, history.newest + 1)]
    assert np.abs(torques - shown).max() < 0.1 * np.abs(shown).max()
    head, *rows = copied["vertical GRF"]
    assert head[0] == "gait cycle (%)" and {"right (BW)", "right SD (BW)", "left (BW)"} <= set(head)
    assert 0.9 < max(float(row[head.index("right (BW)")]) for row in rows) < 1.8
    assert {"norm mean (deg)", "norm SD (deg)"} <= set(copied["knee angle"][0])
    head, *rows = copied["force-length curve"]
    best = max(rows, key=lambda row: float(row[1]))
    assert head[0] == "normalised fibre length" and abs(float(best[0]) - 1.0) < 0.03
    assert copied["force-velocity curve"][0][0] == "normalised fibre velocity, 1/s"
    assert copied["Muscle curves"][0][1].startswith("soleus_r (")
    head, *rows = copied["map"]
    assert head[1 + soleus] == "soleus_r activation" and len(head) == 1 + len(info.muscle_names)
    assert np.abs(last.activations - np.array(rows[-1][1:], float)).max() < 1e-6


def _saved(app: App, place: tuple[float, float]) -> Session:
    """The data menu saves what is plotted, with units."""
    xdotool("mousemove", *(str(round(k)) for k in place), "click", "3")
    yield from frames(6)
    xdotool(*choose("Save as .csv"))
    yield from wait(lambda: len(list(Path.cwd().glob("*.csv"))) == 1)
    (path,) = Path.cwd().glob("*.csv")
    head, *rows = csv.reader(path.read_text().splitlines())
    assert head == ["time (s)", "soleus_r (activation)"], head
    assert len(rows) > 100
    yield from frames(3)


def _maximum(app: App, place: tuple[float, float], muscle: int) -> Session:
    """The data menu goes to the frame of a curve's maximum, of what is plotted."""
    history, begun = app.runtime.history, app.runtime.cursor
    xdotool("mousemove", *(str(round(k)) for k in place), "click", "3")
    yield from frames(6)
    xdotool(*choose("Go to the maximum"))
    yield from wait(lambda: app.runtime.cursor != begun)
    activation = history.values("activations", history.oldest, history.newest + 1)[:, muscle]
    assert activation[app.runtime.cursor - history.oldest] == activation.max()
    app.send(c.Seek(begun))
    yield from frames(4)


def _range(app: App, folder: Path, places: dict[str, tuple[float, float]]) -> Session:
    """Without Auto range the wheel zooms, also while playing; the larger window stands over the others."""
    app.send(c.Focus("Activation over time"))
    yield from frames(5)
    x, y = map(round, places["Activation over time"])
    plot = panel(app, "Activation over time")
    for line, chosen in (("Auto range", plot._tools.free), ("Larger window", plot._tools.large)):
        xdotool("mousemove", str(x), str(y), "click", "3")
        yield from frames(6)
        xdotool(*choose(line))
        yield from wait(lambda chosen=chosen: chosen == {"Activation over time"})
        yield from frames(4)
        if line == "Auto range":
            wide = plot._visible[1] - plot._visible[0]
            xdotool("mousemove", str(x), str(y), "click", "--repeat", "3", "--delay", "60", "4")
            yield from wait(lambda w=wide: plot._visible[1] - plot._visible[0] < 0.95 * w)
            yield from frames(4)
            low, high = plot._visible
            xdotool("mousedown", "1")
            yield from frames(3)
            xdotool("mousemove", str(x + 40), str(y))  # drags what is earlier into sight
            yield from wait(lambda low=low: plot._visible[0] < low)
            xdotool("mouseup", "1")
            yield from frames(3)
            assert abs(plot._visible[1] - plot._visible[0] - (high - low)) < 0.02 * (high - low)
    yield from frames(4)
    narrow = plot._visible
    app.send(c.Step(10))
    yield from wait(lambda: app.runtime.cursor >= 130)
    yield from frames(3)
    assert plot._visible == narrow
    app.send(c.SaveScreenshot(folder / "larger.png"))
    yield from frames(3)


def _enlarged(app: App, folder: Path) -> Session:
    """A double-click on a tab enlarges its panel, another on the title puts it back."""
    from imgui_bundle import imgui

    app.send(c.Focus("Joints"))
    yield from frames(5)
    window = imgui.internal.find_window_by_name("Joints")
    tab = window.dc.dock_tab_item_rect
    docked, x, y = window.dock_id, round(tab.min.x + 20), round(tab.min.y + 10)
    xdotool("mousemove", str(x), str(y), "click", "--repeat", "2", "--delay", "40", "1")
    yield from wait(lambda: app.gui.enlarged.title == "Joints")
    yield from frames(5)
    assert window.dock_id == 0 and window.size.x > 1000
    app.send(c.SaveScreenshot(folder / "enlarged.png"))
    x, y = round(window.pos.x + 0.5 * window.size.x), round(window.pos.y + 10)
    xdotool("mousemove", str(x), str(y), "click", "--repeat", "2", "--delay", "40", "1")
    yield from wait(lambda: app.gui.enlarged.title == "")
    yield from frames(5)
    assert window.dock_id == docked


def _touched(app: App, low: tuple[int, int], high: tuple[int, int]) -> set[int]:
    """Muscles of which a finely sampled path has a point in a rectangle of the window, pixels."""
    from muscle_viewer.viewer.scene.labels import on_screen as place_of

    info, frame, found = app.runtime.subject.info, app.stage.drawn, set()
    for muscle in range(len(info.muscle_names)):
        begin, end = info.path_offsets[muscle : muscle + 2]
        path = np.asarray(frame.path_points[begin:end], float)
        for a, b in zip(path, path[1:], strict=False):
            for share in np.linspace(0.0, 1.0, 60):
                at = place_of(app.view.camera, app.stage.rect, a + share * (b - a))
                if at and low[0] <= at[0] <= high[0] and low[1] <= at[1] <= high[1]:
                    found.add(muscle)
    return found


def boxing(app: App, folder: Path) -> Session:
    """Shift+drag selects what the rectangle touches, with Ctrl in addition; neither turns nor pulls."""
    yield from held(app)
    app.send(c.LookFrom("right"))
    yield from still(app)
    yaw = app.view.camera.yaw
    x, y = on_screen(app.stage, "soleus_r")
    low, high = (x - 30, y - 20), (x + 40, y + 30)

    def drag(keys: tuple[str, ...], begin: tuple[int, int], to: tuple[int, int]) -> Session:
        xdotool("mousemove", *map(str, begin))
        yield from frames(2)
        xdotool(*(word for key in keys for word in ("keydown", key)), "mousedown", "1")
        yield from frames(3)
        xdotool("mousemove", *map(str, to))
        yield from frames(4)
        app.send(c.SaveScreenshot(folder / f"{'+'.join(keys)}.png"))
        yield from frames(3)
        xdotool("mouseup", "1", *(word for key in keys for word in ("keyup", key)))
        yield from frames(5)

    yield from drag(("shift",), low, high)
    calf = set(app.view.selection)
    names = [app.runtime.subject.info.muscle_names[m] for m in sorted(calf)]
    assert calf == _touched(app, low, high), names
    assert {"soleus_r", "gasmed_r", "tibant_r"} <= set(names) and "glmax1_r" not in names
    x, y = on_screen(app.stage, "glmax1_r")
    # from the lower right corner to the upper left one
    yield from drag(("ctrl", "shift"), (x + 15, y + 15), (x - 15, y - 15))
    assert app.view.selection[: len(calf)] == sorted(calf)
    assert set(app.view.selection) == calf | _touched(app, (x - 15, y - 15), (x + 15, y + 15))
    assert app.runtime.perturbations.spring is None and app.view.camera.yaw == yaw
    xdotool("keydown", "shift", "mousemove", str(x), str(y), "click", "1", "keyup", "shift")
    yield from wait(lambda: app.view.revealed == 3)  # a click is no rectangle
    app.send(c.Isolate("hip_extensor"))
    yield from drag(("shift",), low, high)
    groups = {app.runtime.subject.info.muscle_groups[m] for m in app.view.selection}
    assert groups <= {"hip_extensor"}  # faint muscles are not selected
    end(app)


def _palette(app: App, typed: str, command: str) -> Session:
    """Run an action of the palette by the keyboard."""
    from muscle_viewer.viewer.ui.panels.palette import actions, matching

    assert matching(actions(app._context()), typed)[0].text == command
    xdotool("key", "ctrl+p")
    palette = panel(app, "Command palette")
    yield from wait(lambda: palette.open)
    yield from frames(3)
    xdotool("type", typed)
    yield from wait(lambda: palette.search == typed)
    xdotool("key", "Return")  # in the palette's text input
    yield from wait(lambda: not palette.open)
    yield from frames(2)


def viewing(app: App, folder: Path) -> Session:
    """A view is saved by its name, recalled where the character has gone since, and deleted."""
    import json

    from imgui_bundle import imgui

    yield from held(app)
    camera, newest = app.view.camera, app.runtime.history.newest
    app.send(c.Orbit(0.7, 0.2))
    app.send(c.Pan(0.05, -0.2))
    app.send(c.Zoom(9))
    yield from still(app)
    shown = camera.yaw, camera.pitch, camera.distance
    beside = camera.target - app.stage.drawn.center_of_mass
    yield from _palette(app, "save the view", "Save the view as ...")
    yield from wait(lambda: imgui.get_io().want_text_input)
    yield from frames(3)
    app.send(c.SaveScreenshot(folder / "name.png"))
    yield from frames(3)
    xdotool("type", "left knee")
    yield from frames(6)
    xdotool("key", "Return")  # in the question's text input
    yield from wait(lambda: "left knee" in app.view.views)
    yield from frames(4)
    assert app.runtime.history.newest == newest  # Enter did not resume
    assert app.view.view_name == "left knee"
    (name,) = json.loads((folder / "muscle-viewer" / "views.json").read_text())
    assert name == "left knee"
    app.send(c.LookFrom("front"))
    app.send(c.Step(60))
    yield from wait(lambda: app.runtime.history.newest == newest + 60)
    yield from still(app)
    yield from _palette(app, "left knee", "View: left knee")
    yield from still(app)
    assert np.allclose((camera.yaw, camera.pitch, camera.distance), shown, atol=1e-3)
    now = camera.target - app.stage.drawn.center_of_mass
    assert np.allclose(now[[0, 2]], beside[[0, 2]], atol=0.03), (now, beside)
    app.send(c.SaveScreenshot(folder / "recalled.png"))
    yield from frames(3)
    yield from _palette(app, "delete view", "Delete view: left knee")
    yield from wait(lambda: app.view.views == {})
    assert json.loads((folder / "muscle-viewer" / "views.json").read_text()) == {}
    end(app)


def crowd(app: App, folder: Path) -> Session:
    """E shows 16 environments; the simulation stands and comes back; a click opens an environment."""
    from muscle_viewer.viewer.scene.crowd_layout import cells
    from muscle_viewer.viewer.scene.labels import on_screen as place_of
    from muscle_viewer.viewer.simulation.runtime import State

    yield from held(app)
    yield from frames(10)
    yield from still(app)  # after the last step, too
    runtime, frame, camera = app.runtime, app.runtime.frame, app.view.camera
    seen = camera.yaw, camera.distance, *camera.target
    xdotool("mousemove", "600", "60")
    yield from frames(3)
    xdotool("key", "e")
    yield from wait(lambda: app.crowd is not None)
    assert app.crowd
    shown = app.crowd.view
    yield from wait(
        lambda: shown.crowd.moment is not None and shown.crowd.moment.seconds > 0.2, 4000
    )
    assert shown.crowd.moment and len(shown.crowd.moment.frames) == 16
    assert len({f.phase for f in shown.crowd.moment.frames}) == 16
    app.send(c.SaveScreenshot(folder / "crowd.png"))
    yield from frames(4)
    xdotool("key", "e")
    yield from wait(lambda: app.crowd is None)
    assert app.runtime is runtime and runtime.frame is frame and runtime.state is State.PAUSED
    assert app.view.camera is camera and app.view.follow
    now = camera.yaw, camera.distance, *camera.target
    assert np.allclose(now, seen, atol=2e-3), (now, seen)
    xdotool("key", "Right")
    yield from wait(lambda: runtime.frame is not frame)  # it goes on
    yield from _palette(app, "16 environments", "16 environments, or the simulation again")
    yield from wait(lambda: app.crowd is not None)
    assert app.crowd
    shown = app.crowd.view
    yield from wait(
        lambda: shown.crowd.moment is not None and shown.crowd.moment.seconds > 0.5, 4000
    )
    xdotool("key", "space")
    yield from wait(lambda: not shown.crowd.playing)
    yield from frames(8)
    moment = shown.crowd.moment
    assert moment
    place = place_of(app.view.camera, shown.rect, cells(16)[13] + np.array([0.0, 0.9, 0.0]))
    assert place
    xdotool("mousemove", *(str(round(k)) for k in place))
    yield from wait(lambda: shown.hovered == 13)
    yield from frames(4)
    app.send(c.SaveScreenshot(folder / "hovered.png"))
    yield from frames(3)
    xdotool("click", "1")
    yield from wait(lambda: app.runtime is not runtime, 4000)
    assert app.crowd is None
    script = moment.member(13).script
    yield from wait(lambda: app.runtime.history.newest >= len(script), 4000)
    there = app.runtime.history.frame(len(script))
    assert np.array_equal(there.positions, moment.frames[13].positions)
    assert app.runtime.session.seed == moment.seeds[13]
    app.send(c.SaveScreenshot(folder / "opened.png"))
    yield from frames(4)
    end(app)


def keyboard(app: App, folder: Path) -> Session:
    """F6 gives the keyboard to one panel after the other; there keys reach every slider, and none is a hotkey."""
    from imgui_bundle import imgui
    from muscle_viewer.viewer.simulation.runtime import State

    yield from held(app, 30)
    runtime, keys = app.runtime, app.gui.keyboard
    cursor, speed = runtime.cursor, runtime.speed

    def press(key: str, count: int = 1) -> Session:
        for _ in range(count):
            xdotool("key", key)
            yield from frames(4)

    yield from press("F6")
    yield from wait(lambda: keys.panel != "")
    first = keys.panel
    seen = [first]
    while first != "Controls" and "Controls" not in seen:
        yield from press("F6")
        seen.append(keys.panel)
    yield from frames(4)
    context = imgui.get_current_context()
    assert context.nav_window and context.nav_window.name == "Controls"
    slider = imgui.internal.find_window_by_name("Controls").get_id("##speed")
    begun = context.nav_id
    for _ in range(6):  # over play, step and reset
        if context.nav_id == slider:
            break
        yield from press("Tab")
    assert context.nav_id == slider, (begun, context.nav_id, slider)
    yield from press("Down")
    assert context.nav_id != slider
    yield from press("Up")
    assert context.nav_id == slider
    yield from press("space")
    yield from press("Right", 5)
    yield from wait(lambda: runtime.speed > speed)
    app.send(c.SaveScreenshot(folder / "keyboard.png"))
    yield from frames(3)
    yield from press("space")
    yield from press("Return")  # in the panel that has the keyboard: it types a value
    yield from wait(lambda: imgui.get_io().want_text_input)
    xdotool("type", "2")
    yield from frames(4)
    yield from press("Return")
    yield from wait(lambda: abs(runtime.speed - 2.0) < 0.01)
    assert keys.panel == "Controls"
    assert runtime.cursor == cursor and runtime.state is State.PAUSED and app.show_panels
    yield from press("shift+F6")
    assert keys.panel != "Controls"
    titles = [p.title for p in app.panels if p.open and p.place not in ("strip", "overlay")]
    for _ in titles:  # each tab comes to the front
        yield from press("F6")
        window = imgui.internal.find_window_by_name(keys.panel)
        yield from wait(lambda w=window: w.active and not w.hidden)
    yield from press("Escape")
    yield from wait(lambda: keys.panel == "")
    yield from press("Right")
    yield from press("Left", 2)
    yield from wait(lambda: runtime.cursor == cursor - 1)
    yield from press("space")
    yield from wait(lambda: runtime.state is State.PLAYING)
    yield from press("space")
    end(app)
