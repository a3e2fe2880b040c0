"""Sessions of the real window: every muscle's slider, and what happens when something throws."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.runtime import State
from window_groups import end, held
from window_panels import places_of_plots
from window_session import driven, frames, wait, xdotool

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App

Session = Iterator[None]


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("injected")


def sliders(app: App, folder: Path) -> Session:
    """Hold a muscle that is not chosen by its slider in the list of all, and give it back."""
    yield from held(app)
    runtime, info = app.runtime, app.runtime.session.info
    tibant = info.muscle_names.index("tibant_l")
    app.send(c.Focus("Perturb"))
    yield from frames(4)

    def drive(engine: Any) -> None:
        engine.set_ref("Perturb")
        engine.item_click("All muscles")
        engine.item_input_value("**/##find", "tibant")
        engine.yield_(3)
        engine.item_input_value(f"**/##value{tibant}", 0.7)
        engine.yield_(3)
        assert abs(dict(runtime.perturbations.held.overrides)[tibant] - 0.7) < 0.01
        app.send(c.Step(3))
        engine.yield_(4)
        assert abs(runtime.frame.activations[tibant] - 0.7) < 0.01
        app.send(c.SaveScreenshot(folder / "sliders.png"))
        engine.yield_(3)
        engine.item_click(f"**/##hold{tibant}")
        engine.yield_(3)
        assert runtime.perturbations.held.overrides == ()

    status: list[str] = []
    yield from driven(app, drive, status)
    end(app, status)


def presets(app: App, folder: Path) -> Session:
    """A preset of the environment sets its parameters; a sweep over one of them is measured and drawn."""
    from imgui_bundle import ImVec2, imgui
    from muscle_viewer.core import load_checkpoint, save_checkpoint
    from muscle_viewer.core.configuration import Parameter
    from muscle_viewer.core.folders import checkpoints_folder

    loaded = load_checkpoint(checkpoints_folder() / "walk.pt")
    parameters = {
        name: Parameter(acts_on=name, range=[0.5, 1.5], observed=False)
        for name in ("gravity", "friction")
    }
    changed = {"parameters": parameters, "presets": {"on the moon": {"gravity": 0.5}}}
    path = folder / "presets.pt"
    save_checkpoint(path, loaded.config.model_copy(update=changed), loaded.policy, loaded.muscle)
    app.send(c.Open(path))
    yield from wait(lambda: bool(app.runtime.session.bounds.presets))
    yield from held(app)
    app.send(c.Focus("Perturb"))
    yield from frames(4)
    copied: list[str] = []

    def drive(engine: Any) -> None:
        def chosen() -> dict[str, float]:
            return dict(app.runtime.session.parameters.drawn)

        engine.set_ref("Perturb")
        engine.item_input_value("**/##drawn friction", 1.2)
        engine.yield_(3)
        assert chosen() == pytest.approx({"friction": 1.2}, abs=0.01)
        engine.item_click("##preset")
        engine.item_click("//$FOCUSED/on the moon")
        engine.yield_(3)
        assert chosen() == {"gravity": 0.5}
        app.send(c.SaveScreenshot(folder / "presets.png"))
        engine.item_click("##preset")
        engine.item_click("//$FOCUSED/default")
        engine.yield_(3)
        assert chosen() == {}
        app.send(c.Focus("Sweep"))
        engine.yield_(4)
        engine.set_ref("Sweep")
        engine.item_input_value("**/##count", 3)
        engine.item_click("**/Measure")
        engine.yield_(3)
        sweep = app.measurements.sweep
        assert sweep is not None
        for _ in range(6000):
            if not sweep.is_running:
                break
            time.sleep(0.1)  # another process measures
            engine.yield_(1)
        assert [row["gravity"] for row in sweep.rows] == [0.5, 1.0, 1.5], sweep.error
        engine.yield_(3)
        app.send(c.SaveScreenshot(folder / "sweep.png", panels=True))
        engine.yield_(4)
        imgui.set_clipboard_text("")
        engine.mouse_move_to_pos(ImVec2(*places["hip flexion, deg"]))
        engine.mouse_click(1)
        engine.yield_(2)
        engine.item_click("//$FOCUSED/Copy values")
        engine.yield_(2)
        copied.append(imgui.get_clipboard_text())

    places = places_of_plots()
    status: list[str] = []
    yield from driven(app, drive, status)
    head, *rows = (line.split("\t") for line in copied[0].splitlines())
    assert head == ["gait cycle (%)", *(f"gravity {g} (deg)" for g in ("0.5", "1", "1.5"))]
    assert [float(row[0]) for row in rows[:: len(rows) - 1]] == [0.0, 100.0]
    end(app, status)


def errors(app: App, folder: Path) -> Session:
    """A panel, the simulation and files that throw; the window lives on, and so does what it shows."""
    import glfw

    yield from held(app)
    (controls,) = (p for p in app.panels if p.title == "Controls")
    controls.draw = broken  # type: ignore[method-assign]
    yield from wait(lambda: "Controls" in app.gui.broken)
    del controls.draw
    (notification,) = app.notifications.waiting
    assert "Controls stopped. ZeroDivisionError: injected" in notification.text
    assert "broken" in notification.details
    session = app.runtime.session
    session.step = broken  # type: ignore[assignment, method-assign]
    xdotool("key", "space")
    yield from wait(lambda: app.runtime.state is State.FAILED)
    del session.step
    xdotool("key", "r")
    yield from wait(lambda: app.runtime.state is State.PAUSED)
    xdotool("key", "space")
    yield from wait(lambda: app.runtime.frame.time > 0.1)
    yield from wait(lambda: len(app.notifications.waiting) == 2)
    handle = glfw.get_current_context()
    drop = glfw.set_drop_callback(handle, None)
    bad = folder / "note.txt"
    bad.write_text("no checkpoint")
    for path in (bad, folder, folder / "gone.pt"):
        drop(handle, 1, (ctypes.c_char_p * 1)(str(path).encode()))
        count = len(app.notifications.waiting)
        yield from wait(lambda count=count: len(app.notifications.waiting) > count, 4000)
        assert path.name in app.notifications.waiting[-1].text
    assert app.runtime.session is session and app.runtime.state is State.PLAYING

    def drive(engine: Any) -> None:
        engine.set_ref("##notification")
        engine.item_click("Details")
        engine.yield_(4)
        app.send(c.SaveScreenshot(folder / "toast.png"))
        engine.yield_(4)
        for _ in range(5):
            engine.item_click("Dismiss")
            engine.yield_(4)
        engine.set_ref("Controls")
        engine.item_click("Try again")
        engine.yield_(3)
        engine.item_click("**/###play")
        engine.yield_(3)

    status: list[str] = []
    yield from driven(app, drive, status)
    assert app.runtime.state is State.PAUSED
    end(app, status)


def hidden(app: App, folder: Path) -> Session:
    """All panels hidden: the palette still comes, and does what it is told."""
    yield from held(app)
    xdotool("key", "Tab")
    yield from wait(lambda: not app.show_panels)
    xdotool("key", "ctrl+p")
    yield from frames(6)
    xdotool("type", "choose the head")
    yield from frames(6)
    xdotool("key", "Return")
    head = app.runtime.session.info.body_names.index("head")
    yield from wait(lambda: app.view.push_body == head)
    assert not app.show_panels
    xdotool("key", "F1")
    yield from wait(lambda: app.show_panels)
    end(app)
    app.quit = True
