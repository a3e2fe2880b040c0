"""Sessions of the real window, one for each group of what it can do; each prints `ok` at its end."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import window_reading as reading
import window_words as words
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.camera import VIEWS
from muscle_viewer.viewer.scene.view_state import BACKDROPS, LAYERS
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import State
from window_session import driven, frames, wait, xdotool

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App

Session = Iterator[None]


def held(app: App, steps: int = 40) -> Session:
    """The simulation stands after some steps, and the window at the screen's corner."""
    app.send(c.Pause())
    app.send(c.Step(steps))
    app.send(c.ToggleFollow())
    xdotool("search", "--name", "Muscle Viewer", "windowmove", "0", "0")
    yield from frames(4)


def end(app: App, status: list[str] | None = None) -> None:
    """Nothing broke on the way."""
    assert app.gui.broken == {}, app.gui.broken
    errors = [
        notification.text for notification in app.notifications.waiting if notification.is_error
    ]
    assert errors == [], errors
    assert status in (None, ["success"]), status
    print("ok")


def scene(app: App) -> np.ndarray:
    """The 3D view as it was drawn last, uint8 (height, width, 3)."""
    from muscle_viewer.viewer.scene.render.framebuffer import read

    x, y, width, height = (round(k) for k in app.view_rect)
    return read(0, app.surface.size)[y : y + height, x : x + width].astype(int)


def differ(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the pixels that differ clearly."""
    return float((np.abs(a - b).max(axis=2) > 20).mean())


def seeing(app: App, folder: Path) -> Session:
    """Colours, layers, cameras and themes, chosen in the Controls panel."""
    yield from held(app)
    seen: dict[str, np.ndarray] = {}
    pictures: list[str] = []
    ticked: list[Any] = []
    """Where a ticked box is, once the panels are light."""

    def drive(engine: Any) -> None:
        engine.set_ref("Controls")
        for name in app.stage.modes:
            engine.item_click("##colour")
            engine.item_click(f"//$FOCUSED/{name}")
            engine.yield_(2)
            assert app.view.colour_by == name, (app.view.colour_by, name)
            pictures.append(f"colour {name}")
            engine.yield_(4)
        engine.item_click("##colour")
        engine.item_click("//$FOCUSED/activation")
        engine.yield_(4)
        for layer in LAYERS:
            before = app.view.shows(layer)
            engine.item_click(f"**/{layer}")
            engine.yield_(2)
            assert app.view.shows(layer) != before, layer
            pictures.append(f"layer {layer}")
            engine.yield_(4)
        for backdrop in reversed(BACKDROPS):
            engine.item_click(f"**/{backdrop}")
            engine.yield_(2)
            assert app.view.backdrop == backdrop
            pictures.append(f"backdrop {backdrop}")
            engine.yield_(4)
        engine.item_click("**/Light panels")
        engine.yield_(2)
        assert app.view.light_panels
        ticked.append(engine.item_info("**/muscles").rect_full)
        for name in VIEWS:
            engine.item_click("##view")
            engine.item_click(f"//$FOCUSED/{name}")
            engine.yield_(2)
            assert app.view.view_name == name
            while not app.view.flight.is_over:
                engine.yield_()
            camera, (yaw, pitch) = app.view.camera, VIEWS[name]
            turned = np.degrees(np.array([camera.yaw, camera.pitch])) - [yaw, pitch]
            turned[0] -= 360 * round(turned[0] / 360)
            assert np.abs(turned).max() < 3, (name, turned)
        engine.item_click("##isolate")
        engine.item_click("//$FOCUSED/knee extensor")
        engine.popup_close_all()
        engine.yield_(2)
        assert app.view.isolated == frozenset({"knee_extensor"})
        engine.item_input_value("**/##faint", 0.4)
        engine.yield_(4)
        assert abs(app.view.faintness - 0.4) < 0.01, app.view.faintness
        reading.menus_tick_what_is_on(app, engine)
        reading.range_and_font_size(app, engine)

    yield from frames(10)
    seen["first"] = scene(app)
    status: list[str] = []
    for _ in driven(app, drive, status):
        yield
        if ticked and "ticked" not in seen:
            seen["ticked"] = words.cut(app, ticked[0].min, ticked[0].max)
        if pictures and pictures[-1] not in seen and len(status) == 0:
            app_waits = seen.setdefault(f"wait {pictures[-1]}", np.zeros(1))
            app_waits += 1
            if app_waits[0] >= 2:
                seen[pictures[-1]] = scene(app)
    for name, picture in seen.items():
        if name.startswith(("colour", "layer")) and name != "colour activation":
            assert differ(picture, seen["first"]) > 1e-4, name
    assert differ(seen["backdrop studio"], seen["backdrop daylight"]) > 0.3
    high = len(seen["ticked"])
    assert np.median(seen["ticked"][2:-2, 2 : high - 2].max(axis=2)) > 150  # a light box
    end(app, status)


def imgui_key(name: str) -> Any:
    from muscle_viewer.viewer.ui.keyboard import imgui_key

    return imgui_key(name)


def inspecting(app: App, folder: Path) -> Session:
    """Heat map by the mouse; muscle, joints, gait, network and channels by the test engine."""
    yield from held(app, 170)
    yield from words.labels_of_the_heat_map(app)
    yield from words.footprints_where_the_foot_stood(app)
    yield from words.times_say_what_they_are(app)
    yield from words.distribution_of_the_action(app)
    yield from reading.value_and_return(app)
    app.send(c.Focus("Heat map"))
    yield from frames(6)
    x, y, width, height = app.view_rect
    middle = (round(x + 0.6 * width), round(y + height + 90))
    xdotool("mousemove", *map(str, middle))
    yield from frames(10)  # the pointer may have been over the scene before
    yield from wait(lambda: app.view.hovered is not None)
    hovered = app.view.hovered
    xdotool("click", "1")
    yield from wait(lambda: app.view.selection == [hovered])
    xdotool("mousemove", "5", "300")
    yield from wait(lambda: app.view.hovered is None)
    app.send(c.Select(app.runtime.session.info.muscle_names.index("soleus_r")))
    for title in ("Muscle", "Joints", "Gait", "Network", "Reward", "Activation over time"):
        app.send(c.Focus(title))
        yield from frames(4)
        assert app.gui.broken == {}, app.gui.broken
    yield from words.channels_found(app)
    (channels,) = (p for p in app.panels if p.title == "Channels")

    def drive(engine: Any) -> None:
        engine.set_ref("Channels")
        engine.item_input_value("**/##search", "soleus_r active force")
        engine.yield_(2)
        engine.item_click("**/active forces \\/ soleus_r")
        engine.item_input_value("**/##search", "center mass y")
        engine.yield_(2)
        engine.item_click("**/center of mass \\/ y")
        engine.yield_(2)
        engine.item_click("**/Export")
        engine.yield_(4)
        engine.window_focus("//Joints")
        engine.set_ref("//Joints")
        engine.item_click("##dof")
        engine.item_click("//$FOCUSED/ankle_angle_r")
        engine.yield_(3)
        engine.window_focus("//Network")
        engine.set_ref("//Network")
        engine.item_click("**/##observation")
        engine.yield_(3)

    status: list[str] = []
    yield from driven(app, drive, status)
    names = [k.name for k in channels.pinned]
    assert names == ["active forces / soleus_r", "center of mass / y"], names
    (network,) = (p for p in app.panels if p.title == "Network")
    assert list(network._names["observation"])[:2] == ["root height", "root rotation xx"]
    assert app.gui.broken == {}, app.gui.broken
    (csv,) = Path.cwd().glob("*.csv")
    heads = ["time (s)", "active forces / soleus_r (N)", "center of mass / y (m)"]
    assert csv.read_text().startswith(f"{','.join(heads)}\n")
    end(app, status)


def perturbing(app: App, folder: Path) -> Session:
    """Pushes by key, sliders of world and muscles, held activations, and the way back."""
    yield from held(app)
    runtime, info = app.runtime, app.runtime.session.info
    soleus = info.muscle_names.index("soleus_r")
    for key in ("shift+Up", "shift+Down", "shift+Left", "shift+Right"):
        before = len(runtime.perturbations.impulses)
        xdotool("key", key)
        yield from wait(lambda before=before: len(runtime.perturbations.impulses) == before + 1)
    ways = np.array([impulse.force for impulse in runtime.perturbations.impulses])
    assert np.allclose(ways[0], -ways[1]) and np.allclose(ways[2], -ways[3])
    app.send(c.Step(10))
    app.send(c.Select(soleus))
    app.send(c.Focus("Perturb"))
    yield from frames(4)
    checked: list[Parameters] = []

    def drive(engine: Any) -> None:
        engine.set_ref("Perturb")
        engine.item_click("##body")
        engine.item_click("//$FOCUSED/head")
        for item, value in (("##push force", 200.0), ("##push seconds", 0.4)):
            engine.item_input_value(f"**/{item}", value)
        engine.yield_(2)
        assert (app.view.push_force, round(app.view.push_seconds, 3)) == (200.0, 0.4)
        assert info.body_names[app.view.push_body] == "head"
        engine.item_click("**/###push2")
        engine.yield_(2)
        assert runtime.perturbations.impulses[-1].body == app.view.push_body
        world = {"gravity": 0.5, "friction": 1.5, "stiffness": 2.0, "damping": 0.5, "slope": 4.0}
        for item, value in world.items():
            engine.item_input_value(f"**/##{item}", value)
            engine.yield_(3)
        got = runtime.session.parameters
        assert all(abs(getattr(got, k) - v) < 0.01 for k, v in world.items()), got
        engine.item_click("**/##held")
        engine.yield_(3)
        assert soleus in dict(runtime.perturbations.held.overrides)
        engine.item_input_value("**/##activation", 0.8)
        engine.yield_(3)
        assert abs(dict(runtime.perturbations.held.overrides)[soleus] - 0.8) < 0.01
        engine.item_input_value("**/##length", 0.9)
        engine.yield_(3)
        assert abs(runtime.session.parameters.factor("length", soleus) - 0.9) < 0.01
        assert runtime.state is State.PAUSED
        app.send(c.Step(5))
        engine.yield_(3)
        assert abs(runtime.frame.activations[soleus] - 0.8) < 0.01
        assert abs(app.view.camera.slope - np.radians(4.0)) < 1e-3
        checked.append(runtime.session.parameters)
        engine.item_click("**/Reset all to checkpoint")
        engine.yield_(3)

    status: list[str] = []
    yield from driven(app, drive, status)
    assert checked and runtime.session.parameters == Parameters()
    assert runtime.perturbations.held.overrides == ()
    end(app, status)


def timeline(app: App, folder: Path) -> Session:
    """Scrub by the mouse, loop, step, resume, marks, speeds."""
    yield from held(app, 150)
    runtime = app.runtime
    yield from reading.jumps_by_keys(app)
    newest = runtime.history.newest
    assert {"strike right", "strike left"} <= {e.kind for e in runtime.history.events}
    height = app.surface.size[1]
    y = height - 43
    xdotool("mousemove", "500", str(y))
    yield from frames(3)
    xdotool("mousedown", "1")
    yield from wait(lambda: runtime.cursor < newest)
    first = runtime.cursor
    xdotool("mousemove", "420", str(y))
    yield from wait(lambda: runtime.cursor < first)
    xdotool("mouseup", "1")
    yield from frames(3)
    there = runtime.cursor
    xdotool("key", "Right")
    yield from wait(lambda: runtime.cursor == there + 1)
    xdotool("key", "Left")
    yield from wait(lambda: runtime.cursor == there)
    xdotool("keydown", "shift", "mousemove", "320", str(y))
    yield from frames(3)
    xdotool("mousedown", "1")
    yield from frames(3)
    xdotool("mousemove", "360", str(y))
    yield from wait(lambda: runtime.loop is not None)
    xdotool("mouseup", "1", "keyup", "shift")
    yield from frames(3)
    low, high = runtime.loop or (0, 0)
    xdotool("key", "space")
    seen = set()
    for _ in range(120):
        yield
        seen.add(runtime.cursor)
    assert seen and min(seen) >= min(low, there) and low in range(low, high)
    assert runtime.state is State.PLAYING and low <= runtime.cursor <= high
    xdotool("key", "space")
    yield from wait(lambda: runtime.state is State.PAUSED)
    app.send(c.Seek(60))
    yield from frames(3)
    xdotool("key", "Return")
    yield from wait(lambda: runtime.state is State.PLAYING)
    xdotool("key", "space")
    yield from wait(lambda: runtime.state is State.PAUSED)
    assert runtime.history.newest < newest
    xdotool("key", "Left")
    yield from frames(3)

    def drive(engine: Any) -> None:
        engine.set_ref("Controls")
        for speed in (0.05, 8.0, 1.0):
            engine.item_input_value("**/##speed", speed)
            engine.yield_(2)
            assert abs(runtime.speed - speed) < 0.005, (speed, runtime.speed)

    status: list[str] = []
    yield from driven(app, drive, status)
    end(app, status)


def pictures(app: App, folder: Path) -> Session:
    """Screenshots, copies and films by keys and by the menu."""
    from PIL import Image

    fake = folder / "bin"
    fake.mkdir()
    (fake / "xclip").write_text(f'#!/bin/sh\ncat > "{folder}/clipboard.png"\n')
    (fake / "xclip").chmod(0o755)
    os.environ["PATH"] = f"{fake}:{os.environ['PATH']}"
    os.environ.pop("WAYLAND_DISPLAY", None)
    yield from held(app)
    here = Path.cwd()
    xdotool("key", "F12")
    yield from wait(lambda: len(list(here.glob("*.png"))) == 1)
    (first,) = here.glob("*.png")
    with_panels = np.asarray(Image.open(first)).astype(int)
    first.unlink()
    xdotool("key", "shift+F12")
    yield from wait(lambda: len(list(here.glob("*.png"))) == 1)
    (second,) = here.glob("*.png")
    without = np.asarray(Image.open(second)).astype(int)
    assert without.shape == with_panels.shape == (720, 1280, 3)
    assert differ(with_panels, without) > 0.3
    xdotool("key", "ctrl+c")
    yield from wait(lambda: (folder / "clipboard.png").exists())
    assert Image.open(folder / "clipboard.png").size == (1280, 720)
    app.send(c.Play())
    xdotool("key", "F9")
    yield from wait(lambda: (app.pictures.film_seconds or 0.0) > 0.4)
    xdotool("key", "F9")
    yield from wait(lambda: app.pictures.film_seconds is None)
    (film,) = here.glob("*.mp4")
    assert film.stat().st_size > 10_000
    app.send(c.SetPictureLook(False, (640, 360), ".gif", 15))
    yield from frames(2)

    def drive(engine: Any) -> None:
        for _ in range(2):
            engine.menu_click("//##MainMenuBar/Capture/Start or stop recording a video (.gif)")
            engine.yield_(40)
        reading.seconds_filmed_again(app, engine)

    status: list[str] = []
    yield from driven(app, drive, status)
    (film,) = here.glob("*.gif")
    picture = Image.open(film)
    assert picture.size == (640, 360)
    assert picture.n_frames > 1
    end(app, status)


def keys(app: App, folder: Path) -> Session:
    """Every key of the keymap, pressed on the keyboard, asks for what the help says."""
    from muscle_viewer.viewer.ui.keymap import KEYMAP

    names = {
        "right_arrow": "Right", "left_arrow": "Left", "up_arrow": "Up", "down_arrow": "Down", "enter": "Return",
        "keypad_enter": "KP_Enter", "keypad_add": "KP_Add", "keypad_subtract": "KP_Subtract", "keypad0": "KP_0",
        "backspace": "BackSpace", "escape": "Escape", "end": "End", "home": "Home", "tab": "Tab", "space": "space",
        "left_bracket": "bracketleft", "right_bracket": "bracketright",
    }  # fmt: skip
    yield from held(app)
    asked: list[c.Command] = []
    app.send = asked.append  # type: ignore[method-assign]
    missing = []
    for binding in KEYMAP:
        for key in binding.keys:
            *modifiers, name = key.split("+")
            name = names.get(name, name.upper() if name[0] == "f" and name[1:].isdigit() else name)
            asked.clear()
            xdotool("key", "+".join([*modifiers, name]))
            for _ in range(60):
                yield
                if binding.command in asked:
                    yield from frames(3)
                    break
            else:
                missing.append(key)
    assert missing == [], missing
    print("ok")
    app.quit = True


def before_dense() -> None:
    """Say that the display has 192 dots an inch where desktops say it: in the X resources."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.argtypes, x11.XDefaultRootWindow.restype = (
        [ctypes.c_void_p],
        ctypes.c_ulong,
    )
    x11.XChangeProperty.argtypes = [
        ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_int, ctypes.c_int,
        ctypes.c_char_p, ctypes.c_int,
    ]  # fmt: skip
    x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
    display = x11.XOpenDisplay(None)  # stays open: the last one that leaves clears the display
    root, resources, string, replace, said = (
        x11.XDefaultRootWindow(display),
        23,
        31,
        0,
        b"Xft.dpi:\t192\n",
    )
    x11.XChangeProperty(display, root, resources, string, 8, replace, said, len(said))
    x11.XSync(display, 0)


def dense(app: App, folder: Path) -> Session:
    """A display of 192 dots an inch: everything is twice as large, and the mouse still meets it."""
    from imgui_bundle import imgui

    yield from held(app)
    assert abs(app.surface.scale - 2.0) < 0.02
    assert min(app.surface.size[0] / 2560, app.surface.size[1] / 1440) > 0.95
    assert imgui.get_style().font_scale_dpi == 2.0
    assert app.view_rect[0] > 380
    xdotool("mousemove", "2130", "132")  # the filter of the activations
    yield from frames(3)
    xdotool("click", "1")
    yield from wait(lambda: imgui.get_io().want_text_input)
    print("ok")
    app.quit = True
