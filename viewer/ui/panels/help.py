"""Help panel: keyboard and mouse, generated from the key bindings."""

from __future__ import annotations

from itertools import groupby

from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui.keymap import IN_PANELS, KEYMAP, MOUSE, key_label
from muscle_viewer.viewer.ui.panels.context import Context


class Help:
    """Tables of the key bindings by section, and of the mouse."""

    title = "Help"
    place = "float"

    def __init__(self) -> None:
        self.open = False

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        for section, bindings in groupby(KEYMAP, lambda b: b.section):
            _table(section, [(", ".join(map(key_label, b.keys)), b.text) for b in bindings])
        _table("Keyboard in a panel", list(IN_PANELS))
        _table("Mouse in the 3D view", list(MOUSE))


def _table(title: str, lines: list[tuple[str, str]]) -> None:
    imgui.separator_text(title)
    if imgui.begin_table(title, 2):
        fixed = imgui.TableColumnFlags_.width_fixed.value
        imgui.table_setup_column("keys", fixed, 11 * imgui.get_font_size())
        for keys, what in lines:
            imgui.table_next_row()
            imgui.table_set_column_index(0)
            imgui.text_wrapped(keys)
            imgui.table_set_column_index(1)
            imgui.text_wrapped(what)
        imgui.end_table()
