"""Small parts of the window in a Dear ImGui context without window or OpenGL."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.moments import STRIKE, TOE_OFF
from muscle_viewer.viewer.analysis.strides import StrideTable
from muscle_viewer.viewer.ui.panels import all_panels, gait, menu
from muscle_viewer.viewer.web import serve
from panel_stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    made.frame(2)
    made.sent.clear()
    yield made
    made.gui.close()


def press(stage: Stage, *keys: imgui.Key) -> None:
    for down in (True, False):
        for key in keys:
            imgui.get_io().add_key_event(key, down)
        stage.frame()


def test_the_card_of_the_gestures_stands_there_until_the_first_key(tmp_path: Path) -> None:
    layout = tmp_path / "layout.ini"
    for is_first in (True, False):
        stage = Stage(layout=layout)
        stage.frame(3)
        card = imgui.internal.find_window_by_name("##first run")
        assert bool(card and card.was_active) == is_first
        press(stage, imgui.Key.space)
        stage.frame(2)
        assert not (card and card.was_active)
        stage.gui.close()


def test_brackets_go_to_strikes_and_with_shift_to_toe_offs(stage: Stage) -> None:
    press(stage, imgui.Key.right_bracket)
    press(stage, imgui.Key.mod_shift, imgui.Key.left_bracket)
    assert [s for s in stage.sent if isinstance(s, c.GoTo)] == [
        c.GoTo(STRIKE),
        c.GoTo(TOE_OFF, -1),
    ]


def test_the_menus_tick_what_is_on(stage: Stage) -> None:
    view = stage.view
    for command in (c.ToggleLayer("grid"), c.ToggleFollow(), c.ToggleLightPanels()):
        before = menu._is_on(command, stage.context)
        view.apply(command)
        assert menu._is_on(command, stage.context) != before
    view.apply(c.LookFrom("right"))
    assert menu._is_on(c.LookFrom("right"), stage.context)
    assert not menu._is_on(c.LookFrom("left"), stage.context)


def test_colour_range_and_font_size_can_be_set(stage: Stage) -> None:
    stage.view.apply(c.SetColourRange((0.2, 0.6)))
    mode = stage.context.mode
    assert (mode.low, mode.high) == (0.2, 0.6)
    stage.view.apply(c.SetColourRange(None))
    assert (stage.context.mode.low, stage.context.mode.high) == (0.0, 1.0)
    stage.view.apply(c.SetFontScale(2.0))
    stage.frame(2)
    assert imgui.get_style().font_scale_main == 2.0


def test_the_heat_map_takes_another_range_and_another_map_at_once(stage: Stage) -> None:
    stage.runtime.handle(c.Step(30))
    drawn: list[np.ndarray] = []

    def image(_: str, pixels: np.ndarray) -> imgui.ImTextureRef:
        drawn.append(pixels.copy())
        return imgui.ImTextureRef(1)

    heat_map = next(panel for panel in all_panels() if panel.title == "Heat map")

    def draw() -> np.ndarray:
        context = replace(stage.context, images=image)
        imgui.new_frame()
        imgui.set_next_window_size(imgui.ImVec2(500, 300))
        imgui.begin("Heat map alone")
        heat_map.draw(context, lambda _: None)
        imgui.end()
        imgui.render()
        return drawn[-1]

    usual = draw()
    assert draw() is usual
    stage.view.apply(c.SetColourRange((0.0, 0.2)))
    narrow = draw()
    stage.view.apply(c.SetColourMap("grey"))
    grey = draw()
    assert (usual != narrow).any() and (grey[..., 0] == grey[..., 2]).all()


def test_ctrl_c_copies_the_table_of_strides(stage: Stage) -> None:
    table = StrideTable(["right", "left"], np.arange(12.0).reshape(2, 6))
    io = imgui.get_io()
    imgui.set_clipboard_text("")
    for down in (True, False):
        for key in (imgui.Key.mod_ctrl, imgui.Key.c):
            io.add_key_event(key, down)
        io.delta_time = 1 / 60
        imgui.new_frame()
        gait._draw_table(table)
        imgui.render()
    head, *rows = imgui.get_clipboard_text().splitlines()
    assert head.startswith("side\tbegin (s)\tduration (s)")
    assert [row.split("\t")[0] for row in rows] == ["right", "left", "mean", "SD"]
    assert rows[2].split("\t")[1:3] == ["3", "4"]


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1", "ssh -L 81:"), ("0.0.0.0", "warning")])
def test_the_server_says_how_to_reach_it(
    host: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server = SimpleNamespace(
        address="http://x:81/?token=t", host=host, port=81, is_local=host == "127.0.0.1"
    )
    serve._announce(server)  # type: ignore[arg-type]
    assert said in "".join(capsys.readouterr())
