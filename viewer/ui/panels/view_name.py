"""The question for the name of a view that is to be saved."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.labels import Rect
from muscle_viewer.viewer.ui.panels.context import Context


class ViewName:
    """A small window over the 3D view: Enter saves, Esc closes."""

    def __init__(self) -> None:
        self._asked = 0
        self.name = ""

    def draw(self, context: Context, send: c.Send, view: Rect) -> None:
        """Draw the question while it is open."""
        begins = context.view.name_requests != self._asked
        if begins:
            self._asked = context.view.name_requests
            self.name = free_name(context)
            imgui.open_popup("name of the view")
        x, y, width, height = view
        middle = ImVec2(x + 0.5 * width, y + 0.4 * height)
        imgui.set_next_window_pos(middle, imgui.Cond_.appearing.value, ImVec2(0.5, 0.5))
        if not imgui.begin_popup("name of the view"):
            return
        imgui.text("Save the view as")
        if begins:
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(16 * imgui.get_font_size())
        flags = imgui.InputTextFlags_.enter_returns_true | imgui.InputTextFlags_.auto_select_all
        entered, self.name = imgui.input_text("##name", self.name, int(flags))
        imgui.same_line()
        known = self.name.strip() in context.view.views
        if (imgui.button("Replace" if known else "Save") or entered) and self.name.strip():
            send(c.SaveView(self.name))
            imgui.close_current_popup()
        imgui.end_popup()


def free_name(context: Context) -> str:
    """A name that no saved view has."""
    count = 1
    while f"view {count}" in context.view.views:
        count += 1
    return f"view {count}"
