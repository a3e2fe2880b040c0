"""Sessions of the real window: menus in the picture, focus and zoom, undo, the baseline, and the desktop's file dialogs."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.parameters import Parameters
from window_groups import end
from window_input import Session, held, slowly
from window_reading import falls_and_checkpoints
from window_session import driven, frames, on_screen, still, wait, xdotool
from window_words import (
    bones_that_read_as_bones,
    layout_of_a_small_window,
    legend_of_compare,
    panel,
    places_of_each_width,
    texts,
)

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App


TWO_MOTIONS = """
character: '@assets/characters/human.yaml'
motions: ['@assets/motions/walk.yaml', {name: jog, file: '@assets/motions/run.yaml'}]
actuator: pd
"""


def _choose(line: float) -> tuple[str, ...]:
    """xdotool's arguments that click on a line of the open menu, 0 for the first."""
    from imgui_bundle import imgui

    windows = imgui.get_current_context().windows
    box = next(w for w in windows if w.name.startswith("##Popup") and w.was_active)
    y = box.pos.y + imgui.get_style().window_padding.y
    y += (line + 0.5) * imgui.get_text_line_height_with_spacing()
    return "mousemove", str(round(box.pos.x + 40)), str(round(y)), "click", "1"


def pointing(app: App, folder: Path) -> Session:
    """The menu of a muscle weakens it; Ctrl+Z takes that back; a double-click focuses, the wheel zooms to the mouse."""
    from imgui_bundle import imgui

    yield from held(app)
    app.send(c.LookFrom("right"))
    yield from still(app)
    x, y = on_screen(app.stage, "vaslat_r")
    xdotool("mousemove", str(x), str(y), "click", "3")
    yield from wait(lambda: app.view.pointed is not None)
    yield from slowly(3, 0.1)
    pointed = app.view.pointed
    assert pointed and pointed.muscle is not None and pointed.body is not None
    assert imgui.is_popup_open("", imgui.PopupFlags_.any_popup.value)
    app.send(c.SaveScreenshot(folder / "menu.png"))
    yield from frames(3)
    group = app.runtime.session.info.muscle_groups[pointed.muscle]
    xdotool(*_choose(2))
    yield from wait(lambda: len(app.view.selection) > 1)
    named = [k for k, g in enumerate(app.runtime.session.info.muscle_groups) if g == group]
    assert sorted(app.view.selection) == named
    app.send(c.ClearSelection())
    yield from frames(4)
    xdotool("mousemove", str(x), str(y), "click", "3")
    yield from wait(lambda: app.view.pointed not in (None, pointed))
    yield from slowly(3, 0.1)
    xdotool(*_choose(4))  # after name, Select, Select all of, Show only
    yield from wait(lambda: app.runtime.session.parameters != Parameters())
    assert app.runtime.session.parameters.factor("force", pointed.muscle) == 0.3
    yield from frames(4)
    xdotool("key", "ctrl+z")
    yield from wait(lambda: app.runtime.session.parameters == Parameters())
    xdotool("key", "ctrl+y")
    yield from wait(lambda: app.runtime.session.parameters != Parameters())
    app.send(c.Focus("Changes"))
    yield from frames(4)
    app.send(c.SaveScreenshot(folder / "changes.png"))
    said: list[str] = []
    yield from texts(app, "Changes", said)
    name = app.runtime.session.info.muscle_names[pointed.muscle]
    assert f"force of {name} to 0.3" in " ".join(said[0].split()), said
    xdotool("mousemove", str(x), str(y), "click", "--repeat", "2", "--delay", "40", "1")
    yield from wait(lambda: app.view.camera.distance < 2.0)
    yield from still(app)
    knee = np.asarray(
        app.stage.drawn.body_positions[app.runtime.session.info.body_names.index("tibia_r")]
    )
    assert np.linalg.norm(app.view.camera.target - knee) < 0.5
    yield from _zoom(app)
    yield from bones_that_read_as_bones(app)
    yield from layout_of_a_small_window(app, folder / "small.png")
    yield from places_of_each_width(app)
    end(app)


def _zoom(app: App) -> Session:
    """What lies under the mouse stays there."""
    x, y = on_screen(app.stage, "vaslat_r")
    before = app.view.camera.distance
    xdotool("mousemove", str(x), str(y), "click", "--repeat", "3", "--delay", "60", "4")
    yield from wait(lambda: app.view.camera.distance < 0.8 * before)
    yield from still(app)
    now = on_screen(app.stage, "vaslat_r")
    assert np.hypot(now[0] - x, now[1] - y) < 60


def beside(app: App, folder: Path) -> Session:
    """The present frozen as baseline; a slider then changes the first alone, and both gaits stand in a table."""
    yield from held(app, 120)
    app.send(c.FreezeBaseline())
    yield from wait(lambda: app.runtime.second is not None)
    second = app.runtime.second
    assert second and app.view.changed_side == "first" and app.pair
    weak = Parameters().scaled("force", list(range(0, 80, 2)), 0.8)
    app.send(c.SetParameters(weak, app.view.changed_side))
    app.send(c.Step(90))  # a whole stride of the weaker body
    yield from wait(lambda: app.runtime.history.newest >= 210)
    assert second.session.parameters == Parameters()
    assert not np.array_equal(app.runtime.frame.positions, second.frame.positions)
    yield from still(app)
    app.send(c.Focus("Gait"))
    yield from frames(4)
    app.send(c.SaveScreenshot(folder / "gaits.png"))
    app.send(c.Focus("Compare"))
    yield from frames(4)
    app.send(c.SaveScreenshot(folder / "beside.png"))
    yield from frames(3)
    yield from _gaits_and_their_difference(app)
    yield from legend_of_compare(app)
    app.send(c.EndComparison())
    yield from wait(lambda: app.pair is None)
    assert app.view.changed_side == "both"
    end(app)


def _gaits_and_their_difference(app: App) -> Session:
    """The gait of the first, of the baseline, and of the baseline less the first, each in a column."""
    said: list[str] = []
    panel(app, "Compare").front = "Gait"
    yield from frames(3)
    yield from texts(app, "Compare", said)
    rows = [[k.strip() for k in line.split("|") if k.strip()] for line in said[0].splitlines()]
    table = {row[0]: row[1:4] for row in rows if len(row) == 4}
    for figure in ("speed, m/s", "cadence, steps/min", "stride length, m"):
        first, baseline, difference = (float(value) for value in table[figure])
        unit = 1.0 if figure.startswith("cadence") else 0.01  # of the last digit
        assert abs(baseline - first - difference) < 1.6 * unit, (figure, table)
        assert first > 0.0 and baseline > 0.0


def motions(app: App, folder: Path) -> Session:
    """W goes on with the next motion of an environment with two; the list in Controls shows it, and Help its key."""
    file = folder / "two.yaml"
    file.write_text(TWO_MOTIONS)
    app.send(c.Open(file))
    yield from wait(lambda: app.runtime.session.info.clip_names == ["walk", "jog"], 2000)
    app.send(c.SetClip("walk"))
    yield from held(app, 3)
    app.send(c.ToggleLayer("reference ghost"))
    app.send(c.Focus("Controls"))
    yield from frames(4)
    app.send(c.SaveScreenshot(folder / "walk.png"))
    xdotool("mousemove", "600", "60")
    yield from slowly(2, 0.1)
    xdotool("key", "w")
    yield from wait(lambda: app.runtime.frame.clip == 1)
    app.send(c.Step(2))
    app.send(c.TogglePanel("Help"))
    yield from still(app)
    app.send(c.SaveScreenshot(folder / "jog.png"))
    yield from frames(3)
    app.send(c.TogglePanel("Help"))
    app.send(c.ToggleLayer("reference ghost"))

    def drive(engine: Any) -> None:
        engine.set_ref("Controls")
        engine.item_click("##clip")
        engine.item_click("//$FOCUSED/walk")
        engine.yield_(4)

    status: list[str] = []
    yield from driven(app, drive, status)
    assert app.runtime.frame.clip == 0 and app.runtime.session.parameters.clip == "walk"
    end(app, status)


def before_dialogs() -> None:
    """The desktop's helper, as pfd finds it: a program that answers with the path in a file."""
    folder = Path.cwd() / "bin"
    folder.mkdir()
    helper = folder / "zenity"
    helper.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\ncat {folder}/answer\n')
    helper.chmod(helper.stat().st_mode | stat.S_IEXEC)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def _check_the_export(folder: Path) -> None:
    """What OpenSim's inverse dynamics takes, and our own moments and powers, under the chosen name."""
    loads = (folder / "chosen_grf.xml").read_text()
    for element in ("applied_to_body", "force_identifier", "point_identifier", "torque_identifier"):
        assert f"<{element}>" in loads, element
    assert "chosen_grf.mot" in loads and "calcn_r" in loads and "calcn_l" in loads
    for kind in ("moments", "powers"):
        table = (folder / f"chosen_{kind}.sto").read_text()
        assert all(f"{joint}_r" in table for joint in ("hip_flexion", "knee_angle"))


def dialogs(app: App, folder: Path) -> Session:
    """Ctrl+O opens what the dialog answers; Save as writes there; without a helper one line says so."""
    yield from held(app)
    answer, asked = (Path.cwd() / "bin" / name for name in ("answer", "asked"))
    answer.write_text(f"{folder / 'chosen'}\n")
    app.send(c.SaveDialog(c.SaveRun()))
    yield from wait(lambda: (folder / "chosen.mvrun").exists())
    assert "--save" in asked.read_text()
    app.send(c.SaveDialog(c.ExportHistory("opensim")))
    yield from wait(lambda: (folder / "chosen" / "chosen_grf.xml").exists())
    _check_the_export(folder / "chosen")
    answer.write_text(f"{checkpoints_folder() / 'run.pt'}\n")
    xdotool("key", "ctrl+o")
    yield from wait(lambda: app.runtime.session.name == "run.pt", 2000)
    answer.write_text("")  # cancelled
    app.send(c.OpenDialog(compare=True))
    yield from wait(lambda: app.dialogs.waiting)
    yield from wait(lambda: not app.dialogs.waiting)
    assert app.runtime.second is None
    yield from falls_and_checkpoints(app, folder)
    (Path.cwd() / "bin" / "zenity").unlink()
    end(app)
    app.send(c.OpenDialog())
    yield from frames(3)
    assert any("no file dialog here" in n.text for n in app.notifications.waiting)
