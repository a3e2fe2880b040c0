"""Sliders of the panels in a Dear ImGui context without window or OpenGL: what a click on one sends, and what it shows."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from imgui_bundle import ImVec2, imgui
from muscle_viewer.core.configuration import ParameterInfo
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.parameters import Bounds
from muscle_viewer.viewer.ui.panels.perturb import Perturb
from panel_stage import Stage


def click_last_item(draw_items: Callable[[], None], height: float) -> None:
    """Click the last item that is drawn into a window 400 wide, near its right end."""
    io = imgui.get_io()

    def draw() -> float:
        io.delta_time = 1 / 60
        imgui.new_frame()
        imgui.set_next_window_pos(ImVec2(0, 0))
        imgui.set_next_window_size(ImVec2(400, height))
        imgui.begin("under test")
        draw_items()
        low = imgui.get_item_rect_max().y
        imgui.end()
        imgui.render()
        return low

    draw()
    low = draw()
    io.add_mouse_pos_event(375, low - 5)
    draw()
    for down in (True, False):
        io.add_mouse_button_event(0, down)
        draw()


def test_the_pose_panel_sends_the_dof_whose_slider_is_dragged(stage: Stage) -> None:
    panel = next(panel for panel in stage.gui.panels if panel.title == "Pose")
    names = stage.runtime.session.info.dof_names
    bounds = Bounds(pose=tuple((-1.0, 1.0) for _ in names))
    context = dataclasses.replace(stage.context, bounds=bounds)
    imgui.get_io().display_size = ImVec2(1280, 4000)
    click_last_item(lambda: panel.draw(context, stage.sent.append), height=4000)
    sent = [command for command in stage.sent if isinstance(command, c.SetParameters)]
    ((dof, value),) = sent[-1].parameters.pose
    assert dof == len(names) - 1 and 0.5 < value <= 1.0


def test_the_environment_s_own_parameters_are_sliders_over_their_ranges(stage: Stage) -> None:
    """A click near the right end of the last: a value near the top of its range, by its name."""
    weak = ParameterInfo("weak_l", "strength", "", 0.2, 1.0, 1.0, True, 0)
    slope = ParameterInfo("slope", "slope", "degrees", -5.0, 5.0, 0.0, True, 1)
    context = dataclasses.replace(stage.context, bounds=Bounds(drawn=(weak, slope)))
    panel = Perturb()
    click_last_item(lambda: panel._own_parameters(context, stage.sent.append), height=400)
    (sent,) = [command for command in stage.sent if isinstance(command, c.SetParameters)]
    ((name, value),) = sent.parameters.drawn
    assert name == "slope" and 3.5 < value <= 5.0


def test_a_model_s_pose_and_curves_panels_draw_and_hold_all_muscles(tmp_path: Path) -> None:
    pytest.importorskip("mujoco", reason="the mujoco extra brings it")
    from muscle_viewer.viewer.analysis.insight import insight_of
    from muscle_viewer.viewer.simulation.open_session import load_session
    from muscle_viewer.viewer.ui.panels.muscle_curves import QUANTITIES, MuscleCurves
    from muscle_viewer.viewer.ui.panels.muscle_sliders import _several

    sys.path.append(str(Path(__file__).parents[1] / "core"))
    from small_legs import LEG

    (tmp_path / "leg.xml").write_text(LEG)
    session = load_session(tmp_path / "leg.xml")
    stage = Stage(session)
    try:
        stage.view.apply(c.Select(0))
        context = dataclasses.replace(
            stage.context, bounds=session.bounds, insight=insight_of(session.subject)
        )
        pose, plotter = next(p for p in stage.gui.panels if p.title == "Pose"), MuscleCurves()
        for quantity in QUANTITIES:
            plotter.quantity = quantity
            imgui.new_frame()
            for panel in (pose, plotter):
                imgui.begin(panel.title)
                panel.draw(context, stage.sent.append)
                imgui.end()
            imgui.render()
        assert not stage.sent
        click_last_item(
            lambda: _several(context, "all muscles", [0], stage.sent.append), height=400
        )
        (sent,) = [command for command in stage.sent if isinstance(command, c.OverrideSeveral)][-1:]
        ((muscle, value),) = sent.values
        assert muscle == 0 and value is not None and value > 0.5
    finally:
        stage.gui.close()
