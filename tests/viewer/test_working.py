"""Palette, menus and keys know the same actions; panels come when they are asked for; files are watched."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from imgui_bundle import imgui
from muscle_viewer.core import load_checkpoint
from muscle_viewer.core.folders import assets_folder, checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.file_watch import EVERY, FileWatch
from muscle_viewer.viewer.app.opening import open_onto, open_path
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.ui.keymap import KEYMAP
from muscle_viewer.viewer.ui.panels import menu
from muscle_viewer.viewer.ui.panels.palette import actions, matching

pytestmark = pytest.mark.slow

SHIPPED = checkpoints_folder() / "walk.pt"

WITH_A_VALUE = {
    c.SetSpring, c.Push, c.Override, c.OverrideSeveral, c.Hover, c.Orbit, c.Pan, c.Zoom, c.HoverAt, c.PickAt, c.PickBox,
    c.FocusAt, c.ZoomAt, c.MenuAt, c.SaveTable, c.StartSweep, c.StopSweep, c.ShowCheckpoint, c.MeasureFalls, c.OpenSeed,
    c.AttachSpring, c.DragSpring, c.ReleaseSpring, c.SetFaintness, c.ExportChannels, c.Dismiss,
    c.SaveView, c.DeleteView, c.SetClip,
}  # fmt: skip
"""What needs a place, a slider, a name, several motions, or a notification that is there."""


COMMANDS = {
    k
    for k in vars(c).values()
    if isinstance(k, type) and issubclass(k, c.Command) and is_dataclass(k)
}
"""All that can be sent."""

BOTH_IN_ONE = {c.Play, c.Pause}
"""What `TogglePlay` does."""


def test_the_palette_has_every_command_that_needs_no_value(app: Any) -> None:
    from dataclasses import replace

    context = replace(app._context(), second=SimpleNamespace())
    offered = {type(action.command) for action in actions(context)}
    assert COMMANDS - offered - WITH_A_VALUE - BOTH_IN_ONE == set()
    assert not offered & WITH_A_VALUE


def test_the_palette_has_every_key_and_every_line_of_the_menus(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = app._context()
    offered = {action.command: action for action in actions(context)}
    for binding in KEYMAP:
        assert binding.command in offered, binding.text
        assert offered[binding.command].keys, binding.text
    chosen: list[c.Command] = []
    everything = SimpleNamespace(
        menu_item=lambda *_: (True, True), separator=lambda: None, end_menu=lambda: None,
        begin_main_menu_bar=lambda: True, end_main_menu_bar=lambda: None, begin_menu=lambda *_: True,
    )  # fmt: skip
    monkeypatch.setattr(menu, "imgui", everything)
    menu.draw(context, chosen.append)
    assert len(chosen) > 80
    assert [command for command in chosen if command not in offered] == []


def test_no_two_actions_of_the_palette_are_called_the_same(app: Any) -> None:
    texts = [action.text for action in actions(app._context())]
    assert len(texts) == len(set(texts))
    (found,) = matching(actions(app._context()), "select soleus_r".replace("_", " "))
    assert isinstance(found.command, c.Select)


def test_the_palette_and_the_help_come_though_all_panels_are_hidden(app: Any) -> None:
    app.send(c.TogglePanels())
    app.frame(0.0)
    assert not app.show_panels
    app.send(c.TogglePanel("Command palette"))
    for _ in range(3):
        app.frame(0.0)
    assert not app.show_panels  # the palette alone
    window = imgui.internal.find_window_by_name("Command palette")
    assert window is not None and window.active
    app.send(c.TogglePanel("Command palette"))
    app.send(c.TogglePanel("Help"))
    app.frame(0.0)
    (help_,) = (p for p in app.panels if p.title == "Help")
    assert app.show_panels and help_.open


def test_a_file_is_news_once_it_is_no_longer_being_written(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"old")
    watch = FileWatch(path)
    assert not watch.has_changed(EVERY)
    said = []
    for k in range(4):  # a copy that takes a while
        path.write_bytes(b"new" * (k + 1))
        said.append(watch.has_changed(EVERY))
    assert said == [False] * 4
    assert watch.has_changed(EVERY)
    assert not watch.has_changed(EVERY)
    path.unlink()
    assert not any(watch.has_changed(EVERY) for _ in range(3))
    path.write_bytes(b"again")
    assert [watch.has_changed(EVERY) for _ in range(3)].count(True) == 1


@pytest.mark.parametrize("part", ["environments", "motions"])
def test_an_environment_or_a_motion_that_changes_is_read_again(
    part: str, surface: Offscreen, tmp_path: Path
) -> None:
    from muscle_viewer.viewer.app.app import App

    text = (assets_folder() / part / "walk.yaml").read_text()
    text = text.replace(": ../", f": {assets_folder()}/")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text)
    app = App(open_onto(mine, load_checkpoint(SHIPPED)), surface)
    for _ in range(5):
        app.frame(1 / 30)
    session = app.runtime.session
    if part == "environments":
        mine.write_text(re.sub(r"max_time: [\d.]+", "max_time: 7.0", text) + "\n")
    else:
        mine.write_text(text + "\n")
    for _ in range(25):
        app.frame(1 / 30)
    assert any("changed on disk" in notification.text for notification in app.notifications.waiting)
    app.send(c.Reload())
    app.frame(1 / 30)
    assert app.runtime.session is not session
    if part == "environments":
        assert app.runtime.session.checkpoint.config.episode.max_time == 7.0
    mine.write_text("format: nothing")
    app.send(c.Reload())
    app.frame(1 / 30)
    assert any(n.is_error and "keeps running" in n.text for n in app.notifications.waiting)
    app.close()


def test_the_example_panel_of_the_documentation_works_as_it_is_written(app: Any) -> None:
    """One file and one line: the class is run from docs/viewer.md and put among the panels."""
    text = (Path(__file__).parents[2] / "docs" / "viewer.md").read_text()
    (example,) = re.findall(r"```python\n(# viewer/ui/panels/contact\.py\n.*?)```", text, re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 20
    scope: dict[str, Any] = {}
    exec(example, scope)
    panel = scope["Contact"]()
    app.gui.panels = app.panels = [*app.panels, panel]
    app.send(c.ResetLayout())
    app.send(c.Focus("Contact"))
    for _ in range(5):
        app.frame(0.0)
    window = imgui.internal.find_window_by_name("Contact")
    assert app.gui.broken == {}
    assert window.active and window.dock_node
    assert "Panel: Contact" in [action.text for action in actions(app._context())]
    session = open_path(SHIPPED).session
    forces = np.asarray(session.reset().contact_forces)
    assert forces.ndim == 2 and forces.shape[1] == 3  # as the example takes it
