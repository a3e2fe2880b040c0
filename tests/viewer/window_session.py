"""Drives the real window on the shipped checkpoint: window_session.py SCRIPT FOLDER."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.runtime import State

if TYPE_CHECKING:
    # only then: OpenGL is to be imported after the window has chosen its platform
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.scene.stage import Stage

    Script = Callable[[App, Path], Iterator[None]]


ENGINES: list[object] = []
"""Test engines, which must outlive Dear ImGui's context."""


def frames(count: int) -> Iterator[None]:
    yield from (None for _ in range(count))


def play_and_pause(app: App, folder: Path) -> Iterator[None]:
    while app.runtime.frame.time < 0.2 and app.runtime.episode == 0:
        yield
    assert app.runtime.state is State.PLAYING
    xdotool("search", "--class", "^muscle-viewer$")  # not the file's name
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
    app.send(c.LookFrom("right"))  # where no other leg hides the muscle at any phase of the walk
    yield from frames(3)
    xdotool("search", "--name", "Muscle Viewer", "windowmove", "0", "0")
    yield from still(app)
    xdotool("mousemove", *map(str, on_screen(app.stage, "vaslat_r")))
    yield from frames(3)
    xdotool("click", "1")
    yield from frames(12)
    (muscle,) = app.view.selection
    before = app.runtime.state.name
    xdotool("key", "space")
    yield from frames(12)
    print(app.runtime.session.info.muscle_names[muscle], before, app.runtime.state.name)


def record(app: App, folder: Path) -> Iterator[None]:
    """Perturbation, keys and the timeline by real input events, and the run saved; prints what happened."""
    app.send(c.Pause())
    app.send(c.Step(12))
    yield from frames(3)
    xdotool("search", "--name", "Muscle Viewer", "windowmove", "0", "0")
    yield from still(app)
    x, y = on_screen(app.stage, "recfem_r")
    xdotool("mousemove", str(x), str(y))
    yield from frames(3)
    xdotool("key", "shift+Right")
    yield from wait(lambda: bool(app.runtime.perturbations.impulses))
    app.send(c.Step(8))
    xdotool("keydown", "ctrl", "mousedown", "1")
    yield from frames(3)
    xdotool("mousemove", str(x + 90), str(y - 40))
    yield from wait(lambda: app.runtime.perturbations.spring is not None)
    yield from frames(2)
    app.send(c.Step(6))
    yield from frames(2)
    xdotool("mouseup", "1", "keyup", "ctrl")
    yield from wait(lambda: app.runtime.perturbations.spring is None)
    newest = app.runtime.history.newest
    xdotool("key", "Left")
    yield from wait(lambda: app.runtime.cursor == newest - 1)
    xdotool("key", "Return")
    yield from wait(lambda: app.runtime.state is State.PLAYING)
    xdotool("key", "space")
    yield from wait(lambda: app.runtime.state is State.PAUSED)
    app.send(c.SaveRun(folder / "window.mvrun"))
    yield from frames(2)
    kinds = [event.label for event in app.runtime.history.events if event.kind == "perturbation"]
    pulled = sum(bool(entry and entry.perturbation.forces) for entry in app.runtime.log.entries)
    print(len(kinds), pulled)


def compare(app: App, folder: Path) -> Iterator[None]:
    """A second checkpoint beside the first: halves, a click in the second one's, a ghost, new weights, the end."""
    from test_second_simulation import altered

    other = altered(folder / "other.pt")
    xdotool("search", "--name", "Muscle Viewer", "windowmove", "0", "0")
    app.send(c.CompareWith(other))
    yield from wait(lambda: app.runtime.second is not None)
    second_one = app.runtime.second
    assert second_one is not None and app.pair is not None
    app.send(c.Pause())
    app.send(c.Step(25))
    app.send(c.LookFrom("right"))
    yield from wait(lambda: second_one.cursor == 25)
    yield from still(app)
    app.send(c.SaveScreenshot(folder / "halves.png"))
    yield from frames(3)
    second, across = app.pair.under(0.5)
    assert second is not app.stage and across == 0.0
    xdotool("mousemove", *map(str, on_screen(second, "vaslat_r")))
    yield from frames(3)
    xdotool("click", "1")
    yield from wait(lambda: bool(app.view.selection))
    chosen = app.runtime.session.info.muscle_names[app.view.selection[0]]
    xdotool("key", "k")
    yield from wait(lambda: app.view.comparison == "ghost")
    yield from frames(3)
    app.send(c.SaveScreenshot(folder / "ghost.png"))
    yield from frames(3)
    xdotool("key", "Left")
    yield from wait(lambda: second_one.cursor == 24)
    altered(other)
    xdotool("key", "ctrl+r")
    yield from wait(
        lambda: any("other.pt: new weights" in n.text for n in app.notifications.waiting)
    )
    assert not app.gui.broken, app.gui.broken
    app.send(c.EndComparison())
    yield from frames(3)
    print(chosen, app.title, app.runtime.second)


def wait(until: Callable[[], bool], most: int = 400) -> Iterator[None]:
    """Pictures until something is so; fewer a second where it may take long, since others work on it."""
    for _ in range(most):
        if until():
            return
        yield
        if most > 400:
            time.sleep(0.03)
    raise TimeoutError


def press(app: App, folder: Path) -> Iterator[None]:
    """Dear ImGui's test engine presses items of the panels; prints what was chosen and the state."""
    from imgui_bundle import imgui

    def drive(engine: imgui.test_engine.TestContext) -> None:
        engine.set_ref("Controls")
        engine.item_click("**/###play")
        engine.item_click("**/###step")
        engine.set_ref("Activations")
        engine.item_click("**/##soleus_r")
        engine.key_down(imgui.Key.mod_ctrl)
        engine.item_click("**/##tibant_l")
        engine.key_up(imgui.Key.mod_ctrl)
        engine.item_input_value("**/##filter", "sol")

    yield from frames(5)
    status: list[str] = []
    yield from driven(app, drive, status)
    info, (activations,) = (
        app.runtime.session.info,
        (p for p in app.panels if p.title == "Activations"),
    )
    names = [info.muscle_names[m] for m in app.view.selection]
    print(status[0], app.runtime.state.name, *names, activations.filter)


def driven(app: App, drive: Callable[[Any], None], status: list[str]) -> Iterator[None]:
    """Let Dear ImGui's test engine run a script, and then end the window: no frame may follow the engine's stop."""
    from imgui_bundle import imgui

    engine = imgui.test_engine.create_context()
    ENGINES.append(engine)
    io = imgui.test_engine.get_io(engine)
    io.config_run_speed = imgui.test_engine.TestRunSpeed.fast
    io.config_watchdog_warning = io.config_watchdog_kill_test = 1000.0  # seconds; machines are busy
    io.config_log_to_tty = True
    io.config_verbose_level = imgui.test_engine.TestVerboseLevel.error
    wrong: list[BaseException] = []

    def guarded(context: Any) -> None:
        try:
            drive(context)
        except BaseException as error:
            wrong.append(error)

    test = imgui.test_engine.register_test(engine, "window", drive.__name__)
    test.test_func = guarded
    imgui.render = render_without_gil()
    imgui.test_engine.start(engine, imgui.get_current_context())
    yield  # the engine must have seen a frame
    imgui.test_engine.post_swap(engine)
    imgui.test_engine.queue_test(engine, test)
    while not imgui.test_engine.is_test_queue_empty(engine):
        yield
        imgui.test_engine.post_swap(engine)
    yield from frames(3)
    status.append(imgui.test_engine.TestStatus(test.output.status).name)
    imgui.test_engine.stop(engine)
    app.quit = True
    if wrong:
        raise wrong[0]


def render_without_gil() -> Callable[[], None]:
    """`imgui.render` by way of ctypes, which lets other threads run Python: the engine's script is one."""
    import ctypes

    import imgui_bundle._imgui_bundle as library

    render = ctypes.CDLL(library.__file__)._ZN5ImGui6RenderEv
    render.argtypes, render.restype = [], None
    return render


def still(app: App) -> Iterator[None]:
    """Until the camera rests, by the picture that shows it so."""
    yield from wait(lambda: app.view.flight.is_over and app.view.follower.is_at_rest, 4000)
    yield from frames(3)


def on_screen(stage: Stage, muscle: str) -> tuple[int, int]:
    """Where the middle of a muscle's first segment is, pixels from the window's upper left."""
    info, frame, camera = stage.runtime.session.info, stage.runtime.frame, stage.view.camera
    m = info.muscle_names.index(muscle)
    path = frame.path_points[info.path_offsets[m] : info.path_offsets[m + 1]]
    point = np.append(path[:2].mean(axis=0), 1.0)
    x, y, width, height = stage.rect
    clip = camera.projection(width / height) @ camera.view() @ point
    across, up = clip[:2] / clip[3]
    return round(x + (across + 1) / 2 * width), round(y + (1 - up) / 2 * height)


def xdotool(*arguments: str) -> None:
    subprocess.run(["xdotool", *arguments], check=True, capture_output=True)


def main(script: Script, folder: Path) -> None:
    """Resume the script after every picture; quit when it is done."""
    from muscle_viewer.viewer.app.opening import open_path
    from muscle_viewer.viewer.app.window import show

    os.environ["XDG_CONFIG_HOME"] = str(folder)
    running: list[Iterator[None]] = []

    def each_frame(app: App) -> None:
        if not running and app.is_waiting:
            return
        if not running:
            running.append(script(app, folder))
        if next(running[0], "done") == "done":
            app.send(c.Quit())

    path = checkpoints_folder() / "walk.pt"
    rests = getattr(script, "rests", False)
    show(path, (1280, 720), lambda say: open_path(path, say=say), each_frame, rests)
    for engine in ENGINES:
        from imgui_bundle import imgui

        imgui.test_engine.destroy_context(engine)


if __name__ == "__main__":
    module, _, name = sys.argv[1].rpartition(".")
    scripts = vars(import_module(module)) if module else globals()
    scripts.get(f"before_{name}", lambda: None)()
    main(scripts[name], Path(sys.argv[2]))
