"""Progress of the file that is being opened, on a line in the lower part of the 3D view."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.ui import theme

TURNS = 0.8
"""Revolutions per second of the dot on its circle."""


class Loading(Protocol):
    """A file that is being opened."""

    path: Path
    doing: str
    """The present step."""
    seconds: float
    """Wall time since the start."""


def line(loading: Loading) -> str:
    """The text of the line."""
    return f"{loading.path.name}: {loading.doing}   {loading.seconds:.1f} s"


def draw(loading: Loading, view: tuple[float, float, float, float]) -> None:
    """Draw the line."""
    em = imgui.get_font_size()
    x, y, width, height = view
    place = ImVec2(x + 0.5 * width, y + height - 3.2 * em)
    imgui.set_next_window_pos(place, imgui.Cond_.always.value, ImVec2(0.5, 1.0))
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.no_inputs
        | imgui.WindowFlags_.always_auto_resize
        | imgui.WindowFlags_.no_docking
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_focus_on_appearing
    )
    imgui.push_style_color(imgui.Col_.window_bg.value, theme.paint(theme.RAISED, 0.9))
    imgui.begin("##progress", None, int(flags))
    at, angle = imgui.get_cursor_screen_pos(), math.tau * TURNS * loading.seconds
    middle = ImVec2(at.x + 0.5 * em, at.y + 0.5 * em)
    draw = imgui.get_window_draw_list()
    draw.add_circle(middle, 0.38 * em, theme.packed(theme.DIM), 0, theme.pixels(1.5))
    dot = ImVec2(middle.x + 0.38 * em * math.cos(angle), middle.y + 0.38 * em * math.sin(angle))
    draw.add_circle_filled(dot, 0.17 * em, theme.packed(theme.ACCENT))
    imgui.dummy(ImVec2(1.2 * em, em))
    imgui.same_line()
    imgui.text_unformatted(line(loading))
    imgui.end()
    imgui.pop_style_color()
