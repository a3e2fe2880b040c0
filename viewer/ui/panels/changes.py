"""Changes panel: what the user changed, to undo and to do again."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui.panels.context import Context

if TYPE_CHECKING:
    from muscle_viewer.viewer.simulation.edits import Edit


class Changes:
    """Lists parameters, held muscles and pushes in the order of their changes; a click goes to the state after one."""

    title = "Changes"
    place = "left"

    def __init__(self) -> None:
        self.open = True

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        done, undone = context.status.done, context.status.undone
        half = ImVec2(
            (imgui.get_content_region_avail().x - imgui.get_style().item_spacing.x) / 2, 0
        )
        for name, tip, some, command in (
            ("Undo", "Ctrl+Z", done, c.Undo()),
            ("Redo", "Ctrl+Y", undone, c.Redo()),
        ):
            imgui.begin_disabled(not some)
            if imgui.button(name, half):
                send(command)
            imgui.end_disabled()
            imgui.set_item_tooltip(f"{name} the last change ({tip})")
            imgui.same_line()
        imgui.new_line()
        if not (done or undone):
            imgui.text_disabled("nothing has been changed")
            return
        if imgui.selectable("as loaded", not done)[0] and done:
            send(c.Undo(len(done)))
        for k, edit in enumerate(done):
            if imgui.selectable(f"{_text(edit)}##{k}", k + 1 == len(done))[0]:
                if k + 1 < len(done):
                    send(c.Undo(len(done) - 1 - k))
            imgui.set_item_tooltip(edit.label)
        imgui.push_style_color(
            imgui.Col_.text.value, imgui.get_style_color_vec4(imgui.Col_.text_disabled.value)
        )
        for k, edit in enumerate(reversed(undone)):
            if imgui.selectable(f"{_text(edit)}##undone{k}", False)[0]:
                send(c.Redo(k + 1))
        imgui.pop_style_color()


def _text(edit: Edit) -> str:
    """Time and label, on as many lines as the panel's width needs."""
    letters = int(imgui.get_content_region_avail().x / imgui.calc_text_size("n").x)
    return "\n".join(textwrap.wrap(f"{edit.clock:.2f} s  {edit.label}", max(letters, 12)))
