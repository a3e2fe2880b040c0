"""Panels and keys in a Dear ImGui context without window or OpenGL."""

import dataclasses
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from imgui_bundle import ImVec2, imgui
from kinematic_double import KinematicSession
from muscle_viewer.core.frame import ModelInfo
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.channels import channels
from muscle_viewer.viewer.scene.camera import Camera
from muscle_viewer.viewer.scene.colour_modes import colour_modes
from muscle_viewer.viewer.scene.labels import on_screen
from muscle_viewer.viewer.scene.view_state import ViewState
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.keyboard import imgui_key
from muscle_viewer.viewer.ui.keymap import KEYMAP
from muscle_viewer.viewer.ui.notifications import Notification
from muscle_viewer.viewer.ui.panels import Context, all_panels, card
from muscle_viewer.viewer.ui.panels.activations import Activations, rows_of
from muscle_viewer.viewer.ui.panels.channel_plot import ChannelPlot
from muscle_viewer.viewer.ui.panels.status_bar import line
from panel_stage import Stage


def test_a_layout_that_names_a_panel_by_its_former_title_keeps_its_place(tmp_path: Path) -> None:
    layout = tmp_path / "layout.ini"
    layout.write_text("[Window][Touch]\nPos=300,200\nSize=250,180\nCollapsed=0\n\n")
    stage = Stage(layout=layout)
    stage.frame(3)
    window = imgui.internal.find_window_by_name("Perturb")
    assert (window.pos.x, window.pos.y, window.size.x, window.size.y) == (300, 200, 250, 180)
    stage.gui.close()
    assert "[Window][Perturb]" in layout.read_text()


def test_a_display_of_twice_the_scale_has_everything_twice_as_large(tmp_path: Path) -> None:
    """As when a browser on a dense screen opens the page; and the layout's file is of no screen."""

    def places() -> list[tuple[float, ...]]:
        found = []
        for title in ("Activations", "Gait", "Controls"):
            window = imgui.internal.find_window_by_name(title)
            found.append((window.pos.x, window.pos.y, window.size.x, window.size.y))
        return found

    def cursor_width() -> float:
        """Of the triangle on the timeline, drawn in the colour of texts but not from their texture."""
        corners = imgui.internal.find_window_by_name("##Timeline").draw_list.vtx_buffer
        drawn = [corners[k] for k in range(corners.size())]
        plain = imgui.get_font_tex_uv_white_pixel()
        xs = [
            corner.pos.x
            for corner in drawn
            if corner.col == theme.packed(theme.INK)
            and (corner.uv.x, corner.uv.y) == (plain.x, plain.y)
        ]
        return max(xs) - min(xs)

    layout = tmp_path / "layout.ini"
    stage = Stage(layout=layout)
    stage.frame(3)
    small, styles, text = places(), imgui.get_style().scrollbar_size, imgui.get_font_size()
    stage.gui.close()
    written = layout.read_text()

    stage = Stage(layout=layout)
    for scale in (1.5, 2.0, 1.0, 2.0):
        imgui.get_io().display_size = ImVec2(1280 * scale, 720 * scale)
        stage.frame(3, scale=scale)
        assert places() == [pytest.approx([scale * x for x in place], abs=8) for place in small]
        assert imgui.get_style().scrollbar_size == int(scale * styles)
        assert cursor_width() == pytest.approx(10 * scale, abs=2)  # its edge is drawn softly
        imgui.new_frame()
        assert imgui.get_font_size() == pytest.approx(scale * text, abs=1)
        imgui.end_frame()
    stage.gui.close()
    numbers = [
        list(map(int, re.findall(r"SizeRef=(\d+),(\d+)", t)[0]))
        for t in (written, layout.read_text())
    ]
    assert numbers[0] == pytest.approx(numbers[1], abs=3)


@pytest.mark.parametrize("written", [None, "[Docking][Data]\n"])
def test_a_gui_that_drew_no_picture_leaves_no_layout_and_its_successor_is_whole(
    written: str | None, tmp_path: Path
) -> None:
    layout = tmp_path / "layout.ini"
    if written:
        layout.write_text(written)
    Stage(layout=layout).gui.close()
    assert layout.exists() == bool(written)
    stage = Stage(layout=layout)
    stage.frame(3)
    assert imgui.internal.find_window_by_name("Gait").dock_id
    stage.gui.close()


@pytest.mark.parametrize(("width", "height", "fits"), [(1280, 720, True), (1024, 600, False)])
def test_tab_names_are_whole_or_listed_by_a_button(width: int, height: int, fits: bool) -> None:
    stage = Stage()
    imgui.get_io().display_size = ImVec2(width, height)
    stage.frame(6)
    hidden = imgui.internal.DockNodeFlagsPrivate_.no_window_menu_button.value
    for title in ("Controls", "Gait", "Activations"):
        node = imgui.internal.find_window_by_name(title).dock_node
        bar = node.tab_bar
        whole = bar.width_all_tabs_ideal <= bar.bar_rect.max.x - bar.bar_rect.min.x
        assert whole == (fits or title != "Gait"), title
        assert bool(node.local_flags & hidden) == whole, title
    stage.gui.close()


def test_the_legend_of_the_first_picture_is_as_small_as_that_of_the_next_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from muscle_viewer.viewer.ui.panels import legend

    imgui.get_io().display_size = ImVec2(420, 420)
    sizes: list[float] = []
    monkeypatch.setattr(legend, "draw", lambda *_: sizes.append(imgui.get_font_size()))
    stage.frame(4, show_panels=False)
    assert len(sizes) == 4 and len(set(sizes)) == 1 and sizes[0] < 15, sizes


def test_the_menu_is_shown_over_an_empty_scene(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = dataclasses.replace(stage.context, is_empty=True)
    monkeypatch.setattr(Stage, "context", property(lambda _: empty))
    _, top, width, height = stage.frame(2, show_panels=False)
    menu = imgui.internal.find_window_by_name("##MainMenuBar")
    assert menu.active and menu.size.y == top > 0 and (width, top + height) == (1280, 720)


def test_a_panel_is_enlarged_and_put_back(stage: Stage) -> None:
    stage.frame(4)
    docked = imgui.internal.find_window_by_name("Gait").dock_id
    for _ in range(2):
        stage.gui.enlarged.toggle("Gait")
        stage.frame(4)
        window = imgui.internal.find_window_by_name("Gait")
        assert window.dock_id == 0 and window.size.x > 1200 and window.size.y > 550
        stage.gui.enlarged.toggle("Gait")
        stage.frame(4)
        assert imgui.internal.find_window_by_name("Gait").dock_id == docked


def test_the_view_has_the_middle_and_the_panels_the_sides(stage: Stage) -> None:
    x, y, width, height = stage.frame()
    assert 150 < x < 300
    assert width > 500
    assert height > 400
    assert x + width < 1280 - 250
    assert y >= 0
    assert stage.frame(show_panels=False) == (0.0, 0.0, 1280.0, 720.0)


def test_all_panels_draw_and_send_nothing_by_themselves(stage: Stage) -> None:
    for panel in stage.gui.panels:
        panel.open = True
    stage.view.apply(c.Select(3))
    stage.view.apply(c.Select(8, extend=True))
    for _ in range(5):
        stage.runtime.handle(c.Step())
        stage.frame()
    assert stage.sent == []


@pytest.mark.parametrize(
    ("key", "binding"),
    [(key, binding) for binding in KEYMAP for key in binding.keys],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_key_of_the_help_works(stage: Stage, key: str, binding: object) -> None:
    *modifiers, name = key.split("+")
    io = imgui.get_io()
    held = [imgui.Key.mod_ctrl] * ("ctrl" in modifiers) + [imgui.Key.mod_shift] * (
        "shift" in modifiers
    )
    for modifier in held:
        io.add_key_event(modifier, True)
    io.add_key_event(imgui_key(name), True)
    stage.frame(2)
    assert stage.sent == [binding.command]
    for pressed in [imgui_key(name), *held]:
        io.add_key_event(pressed, False)
    stage.frame(2)


def test_keys_go_into_a_text_field_while_it_is_edited(stage: Stage) -> None:
    io = imgui.get_io()
    io.add_mouse_pos_event(1000, 66)
    stage.frame()
    io.add_mouse_button_event(0, True)
    stage.frame()
    io.add_mouse_button_event(0, False)
    stage.frame(2)
    assert io.want_text_input
    io.add_key_event(imgui.Key.r, True)
    io.add_input_characters_utf8("rec")
    stage.frame(3)
    panel = next(p for p in stage.gui.panels if isinstance(p, Activations))
    assert panel.filter == "rec"
    assert not any(isinstance(command, c.Reset) for command in stage.sent)


def test_dragging_in_the_view_turns_and_a_click_picks(stage: Stage) -> None:
    io = imgui.get_io()
    io.add_mouse_pos_event(560, 300)
    stage.frame()
    io.add_mouse_button_event(0, True)
    stage.frame()
    io.add_mouse_button_event(0, False)
    stage.frame(2)
    picks = [command for command in stage.sent if isinstance(command, c.PickAt)]
    assert len(picks) == 1
    assert -1 < picks[0].across < 1
    assert -1 < picks[0].up < 1
    stage.sent.clear()
    io.add_mouse_button_event(0, True)
    stage.frame()
    for x in range(560, 660, 20):
        io.add_mouse_pos_event(x, 300)
        stage.frame()
    io.add_mouse_button_event(0, False)
    stage.frame(2)
    turned = sum(command.yaw for command in stage.sent if isinstance(command, c.Orbit))
    assert turned < -0.2
    assert not any(isinstance(command, c.PickAt) for command in stage.sent)


def test_muscles_are_paired_filtered_and_sorted(stage: Stage) -> None:
    info = stage.runtime.session.info
    rows = rows_of(info.muscle_names, info.muscle_groups)
    assert len(rows) == 40
    assert all(row.left is not None and row.right is not None for row in rows)
    panel = Activations()
    panel.filter = "sol"
    assert [row.name for row in panel.visible_rows(stage.context)] == ["soleus"]
    panel.filter, panel.order = "", "activation"
    stage.runtime.handle(c.Step(10))
    values = stage.context.frame.activations
    highest = [max(values[m] for m in row.muscles) for row in panel.visible_rows(stage.context)]
    assert highest == sorted(highest, reverse=True)
    panel.order = "name"
    names = [row.name for row in panel.visible_rows(stage.context)]
    assert names == sorted(names)


def test_muscles_of_gaitnet_are_paired_and_found_by_their_names() -> None:
    rows = rows_of(["L_Soleus", "R_Soleus"], ["other", "other"])
    assert [(r.name, r.left, r.right) for r in rows] == [("Soleus", 0, 1)]
    assert "soleus" in rows[0].words


def test_a_panel_that_is_asked_for_is_seen_where_its_tab_had_no_room(stage: Stage) -> None:
    imgui.get_io().display_size = ImVec2(700, 560)
    stage.gui.reset_layout()
    stage.frame(5)
    stage.gui.focus("Network")
    stage.frame(30)
    window = imgui.internal.find_window_by_name("Network")
    bar = window.dock_node.tab_bar
    tab = imgui.internal.tab_bar_find_tab_by_id(bar, window.tab_id)
    assert bar.scrolling_anim > 0.0
    assert tab.offset + tab.width <= bar.scrolling_anim + bar.bar_rect.get_width() + 1.0


def test_long_names_keep_their_ends(stage: Stage) -> None:
    imgui.new_frame()
    wide = imgui.calc_text_size("Adductor_Magnus3").x
    assert theme.fitted("Adductor_Magnus3", wide) == "Adductor_Magnus3"
    short = theme.fitted("Adductor_Magnus3", 0.7 * wide)
    assert short.startswith("Add")
    assert short.endswith("..nus3")
    assert imgui.calc_text_size(short).x <= 0.7 * wide
    imgui.render()


def test_the_list_of_channels_is_looked_through_once(stage: Stage) -> None:
    panel = ChannelPlot()
    panel._all = channels(stage.runtime.session.info, stage.runtime.history.rows)
    panel.search = "soleus_r active"
    (soleus,) = listed = panel._listed()
    assert panel._listed() is listed
    panel.toggle(soleus)
    panel.search = "center mass y"
    assert [k.name for k in panel._listed()] == [
        "active forces / soleus_r", "center of mass / y",
    ]  # fmt: skip


def test_muscles_without_a_side_have_a_row_too() -> None:
    rows = rows_of(["erector", "soleus_l", "soleus_r"], ["trunk", "ankle", "ankle"])
    assert [(r.name, r.left, r.right) for r in rows] == [("erector", None, 0), ("soleus", 1, 2)]


def test_an_activation_that_is_no_number_is_drawn_without_harm(stage: Stage) -> None:
    stage.runtime.frame.activations[:] = np.nan
    stage.frame(2)


def test_the_status_bar_names_time_pace_checkpoint_and_state(stage: Stage) -> None:
    stage.runtime.handle(c.Step(3))
    text = line(stage.context)
    for part in ("double.pt", "paused", "0.10 s", "real time", "60 frames/s"):
        assert part in text


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1080, 1920)])
def test_a_notification_leaves_the_head_to_be_seen(stage: Stage, size: tuple[int, int]) -> None:
    """Beside the head of a human of 1.8 m before the camera as it stands at first."""
    imgui.get_io().display_size = ImVec2(*size)
    stage.notifications = (Notification("/home/somebody/a/long/path/base.xml: a skeleton " * 3),)
    view = stage.frame(3, show_panels=False)
    window = imgui.internal.find_window_by_name("##notification")
    head = on_screen(Camera(), view, np.array([0.0, 1.75, 0.0]))
    assert head is not None
    width = 0.12 / (1.75 - 0.92) * abs(head[1] - 0.5 * view[3])  # half of it, and some hair
    assert window.pos.x + window.size.x < head[0] - width
    assert window.pos.x >= 0


def test_a_notification_is_dismissed_by_its_button(stage: Stage) -> None:
    stage.notifications = (Notification("The simulation stopped."),)
    stage.frame(3)
    window = imgui.internal.find_window_by_name("##notification")
    assert window is not None
    io = imgui.get_io()
    low = window.pos.y + window.size.y
    io.add_mouse_pos_event(window.pos.x + 30, low - 20)
    stage.frame()
    io.add_mouse_button_event(0, True)
    stage.frame()
    io.add_mouse_button_event(0, False)
    stage.frame(2)
    assert c.Dismiss() in stage.sent


def click(stage: Stage, x: float, y: float) -> None:
    io = imgui.get_io()
    io.add_mouse_pos_event(x, y)
    stage.frame(2)
    io.add_mouse_button_event(0, True)
    stage.frame()
    io.add_mouse_button_event(0, False)
    stage.frame(2)


class Broken:
    """A panel that throws in the middle of a child window."""

    title, place, open = "Broken", "left", True

    def draw(self, context: Context, send: c.Send) -> None:
        imgui.begin_child("inner")
        raise ZeroDivisionError("its own fault")


def test_a_panel_that_throws_says_so_and_leaves_the_others_alone(stage: Stage) -> None:
    stage.gui.panels = [Broken(), *stage.gui.panels]
    stage.frame(5)
    assert stage.gui.broken == {"Broken": "ZeroDivisionError: its own fault"}
    imgui.get_io().add_key_event(imgui.Key.space, True)
    stage.frame(2)
    assert c.TogglePlay() in stage.sent


def test_the_mouse_over_the_view_points_and_elsewhere_nothing_stays_hovered(stage: Stage) -> None:
    io = imgui.get_io()
    io.add_mouse_pos_event(560, 300)
    stage.frame(2)
    assert any(isinstance(command, c.HoverAt) for command in stage.sent)
    stage.view.apply(c.Hover(3))
    io.add_mouse_pos_event(100, 300)
    stage.frame(2)
    assert stage.sent[-1] == c.Hover(None)


def test_a_click_on_a_bar_selects_that_side_and_on_the_name_both(stage: Stage) -> None:
    panel = next(p for p in stage.gui.panels if isinstance(p, Activations))
    panel.filter = "soleus"
    stage.frame(2)
    window = imgui.internal.find_window_by_name("Activations")
    row = next(
        y
        for y in np.arange(window.pos.y + 70, window.pos.y + 200, 4.0)
        if hovers(stage, window.pos.x + 30, float(y))
    )
    names = stage.runtime.session.info.muscle_names
    chosen = []
    for share in (0.1, 0.5, 0.9):
        stage.sent.clear()
        click(stage, window.pos.x + share * window.size.x, float(row))
        selects = [command for command in stage.sent if isinstance(command, c.Select)]
        chosen.append([names[s.muscle] for s in selects])
    assert chosen == [["soleus_l"], ["soleus_l", "soleus_r"], ["soleus_r"]]


def hovers(stage: Stage, x: float, y: float) -> bool:
    stage.sent.clear()
    imgui.get_io().add_mouse_pos_event(x, y)
    stage.frame(2)
    return any(isinstance(s, c.Hover) and s.muscle is not None for s in stage.sent)


def test_the_card_tells_what_the_hovered_muscle_does(stage: Stage) -> None:
    info = stage.runtime.session.info
    muscle = info.muscle_names.index("soleus_r")
    said = card.text(stage.context, muscle)
    assert said.startswith("soleus_r   ankle plantarflexor\nactivation ")
    assert f"of {info.max_isometric_force[muscle]:.0f} N" in said


class Crowded(KinematicSession):
    """The double with all its muscles four times over."""

    COPIES = 4

    def _build_info(self) -> ModelInfo:
        info = super()._build_info()
        names = [f"part{k}_{name}" for k in range(self.COPIES) for name in info.muscle_names]
        counts = np.tile(np.diff(info.path_offsets), self.COPIES)
        constants = ("max_isometric_force", "optimal_fibre_length", "tendon_slack_length")
        return dataclasses.replace(
            info,
            muscle_names=names,
            muscle_groups=info.muscle_groups * self.COPIES,
            path_offsets=np.concatenate([[0], np.cumsum(counts)]),
            **{name: np.tile(getattr(info, name), self.COPIES) for name in constants},
        )

    def _path(self, pose: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return np.tile(super()._path(pose), (self.COPIES, 1))

    def _lengths(self, pose: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        single = KinematicSession()
        return np.tile(KinematicSession._lengths(single, pose), self.COPIES)


def calls_of_a_picture(stage: Stage, session: KinematicSession) -> dict[str, int]:
    """Calls from and into Python that each panel makes in a picture."""
    runtime = Runtime(session)
    runtime.handle(c.Step(30))
    stage.runtime, stage.view = runtime, ViewState()
    stage.view.apply(c.Select(3))
    context = dataclasses.replace(
        stage.context, images=lambda name, pixels: imgui.ImTextureRef(1),
        modes=colour_modes(session.info),
    )  # fmt: skip
    counts: dict[str, int] = {}
    panels = [p for p in all_panels() if p.place in ("left", "right", "below")]
    for _ in range(3):  # what is sorted and named once is done after the first
        imgui.new_frame()
        for k, panel in enumerate(panels):
            imgui.set_next_window_pos(ImVec2(10.0 * k, 10.0))
            imgui.set_next_window_size(ImVec2(500, 300))
            imgui.begin(panel.title)
            seen = [0]

            def count(*_: object, seen: list[int] = seen) -> None:
                seen[0] += 1

            sys.setprofile(count)
            try:
                panel.draw(context, lambda _: None)
            finally:
                sys.setprofile(None)
            imgui.end()
            counts[panel.title] = seen[0]
        imgui.render()
        runtime.handle(c.Step())
        context = dataclasses.replace(context, frame=runtime.frame, status=runtime.status)
    return counts


def test_no_panel_does_more_in_a_picture_for_more_muscles(stage: Stage) -> None:
    few = calls_of_a_picture(stage, KinematicSession())
    many = calls_of_a_picture(stage, Crowded())
    assert len(Crowded().info.muscle_names) == 320
    for title, calls in few.items():
        assert many[title] <= 1.4 * calls + 20, (title, calls, many[title])


def test_nothing_is_said_of_activations_where_nothing_is_simulated(stage: Stage) -> None:
    from dataclasses import replace

    from muscle_viewer.viewer.ui.panels import card

    context = stage.context
    assert "activation" in card.text(context, 3)
    still = card.text(replace(context, has_activations=False), 3)
    assert "activation" not in still and "active force" not in still and "not simulated" in still
