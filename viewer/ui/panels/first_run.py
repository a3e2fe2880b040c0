"""The card of a first run: the gestures with which one begins. It goes with the first key or click."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.scene.labels import Rect
from muscle_viewer.viewer.ui import theme

GESTURES = (
    ("Drag, wheel", "look around, come closer"),
    ("Click", "select a muscle: all panels show it"),
    ("Right click", "what can be done with it: weaken it, push, focus"),
    ("Ctrl+drag", "pull the body"),
    ("Space, Ctrl+P", "play or pause; find every action by its name"),
)


class FirstRun:
    """Drawn over the 3D view until the user does something there."""

    def __init__(self, shown: bool) -> None:
        self.shown = shown

    def draw(self, view: Rect) -> None:
        """Draw the card in a rectangle of the window."""
        if not self.shown:
            return
        em, (x, y, width, height) = imgui.get_font_size(), view
        corner = ImVec2(x + width - em, y + height - em)
        imgui.set_next_window_pos(corner, imgui.Cond_.always.value, ImVec2(1.0, 1.0))
        flags = (
            imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_inputs
            | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.always_auto_resize
            | imgui.WindowFlags_.no_focus_on_appearing | imgui.WindowFlags_.no_docking
        )  # fmt: skip
        imgui.push_style_color(imgui.Col_.window_bg.value, theme.paint(theme.RAISED, 0.94))
        imgui.begin("##first run", None, int(flags))
        imgui.pop_style_color()
        if imgui.begin_table("##gestures", 2, imgui.TableFlags_.sizing_fixed_fit.value):
            for keys, what in GESTURES:
                imgui.table_next_row()
                imgui.table_next_column()
                imgui.text(keys)
                imgui.table_next_column()
                imgui.text_disabled(what)
            imgui.end_table()
        imgui.end()
        if any(imgui.is_mouse_clicked(k) for k in range(3)) or _any_key():
            self.shown = False


def _any_key() -> bool:
    keys = imgui.Key
    return any(
        imgui.is_key_pressed(k, False) for k in (keys.space, keys.enter, keys.escape, keys.p)
    )
