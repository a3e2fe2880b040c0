"""Where the panels are docked: the default places, lists of the tabs that do not fit, and one panel enlarged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.ui import layout_files
from muscle_viewer.viewer.ui.panels import Panel

NARROW = 50.0
"""Width of the window in font heights below which the panels take one column."""

SMALL = 600.0
"""Width of the window, in pixels of the layout at scale 1, below which texts are smaller."""


def arrange(root: int, panels: Sequence[Panel], is_narrow: bool) -> None:
    """Dock all panels in their default places, those of both sides in one column of a narrow window."""
    build = imgui.internal
    viewport = imgui.get_main_viewport()
    build.dock_builder_remove_node_child_nodes(root)
    build.dock_builder_set_node_size(root, viewport.work_size)
    em, width, height = imgui.get_font_size(), viewport.work_size.x, viewport.work_size.y
    side, wide = min(17 * em / width, 0.25), min(20 * em / width, 0.3)
    if is_narrow:
        return _arrange_narrow(root, panels, min(15.5 * em / width, 0.42))
    right = build.dock_builder_split_node(root, imgui.Dir.right, wide)
    left = build.dock_builder_split_node(
        right.id_at_opposite_dir, imgui.Dir.left, side / (1 - wide)
    )
    below = build.dock_builder_split_node(
        left.id_at_opposite_dir, imgui.Dir.down, min(12.8 * em / height, 0.38)
    )
    places = {
        "left": left.id_at_dir,
        "right": right.id_at_dir,
        "below": below.id_at_dir,
    }
    _fill(places, panels)
    build.dock_builder_finish(root)


def _fill(places: dict[str, int], panels: Sequence[Panel]) -> None:
    """Dock the panels. A tab has its own button to close it; another beside the tabs would take the room of a title."""
    build = imgui.internal
    for node in set(places.values()):
        flag = build.DockNodeFlagsPrivate_.no_close_button.value
        build.dock_builder_get_node(node).set_local_flags(flag)
    for panel in panels:
        if panel.place in places:
            build.dock_builder_dock_window(panel.title, places[panel.place])


def _arrange_narrow(root: int, panels: Sequence[Panel], share: float) -> None:
    """The panels of both sides in one column, the others below the view."""
    build = imgui.internal
    column = build.dock_builder_split_node(root, imgui.Dir.left, share)
    below = build.dock_builder_split_node(column.id_at_opposite_dir, imgui.Dir.down, 0.4)
    places = {"left": column.id_at_dir, "right": column.id_at_dir, "below": below.id_at_dir}
    _fill(places, panels)
    build.dock_builder_finish(root)


def bring_up(title: str) -> None:
    """Focus a panel, and scroll its tab into view."""
    imgui.set_window_focus(title)
    window = imgui.internal.find_window_by_name(title)
    node = window.dock_node if window else None
    if node and node.tab_bar:
        tab = imgui.internal.tab_bar_find_tab_by_id(node.tab_bar, window.tab_id)
        if tab:
            imgui.internal.tab_bar_queue_focus(node.tab_bar, tab)


def fitting_font(scale: float) -> float:
    """Factor on the size of texts in small windows, 0.8 to 1. scale: of the display."""
    return min(max(imgui.get_main_viewport().size.x / (SMALL * scale), 0.8), 1.0)


def list_hidden_tabs(panels: Sequence[Panel]) -> None:
    """Give the rows of tabs that have too little room a button that lists all of them, and take it from the others."""
    nodes = {}
    for panel in panels:
        window = imgui.internal.find_window_by_name(panel.title)
        if window and window.dock_node and window.dock_node.tab_bar:
            nodes[window.dock_node.id_] = window.dock_node
    flag = imgui.internal.DockNodeFlagsPrivate_.no_window_menu_button.value
    for node in nodes.values():
        fits = node.tab_bar.width_all_tabs_ideal < node.size.x - imgui.get_font_size()
        flags = node.local_flags | flag if fits else node.local_flags & ~flag
        if flags != node.local_flags:
            node.set_local_flags(flags)


class Arrangements:
    """The panels' places in a narrow and in a wide window, of which each has its own, and its own file."""

    def __init__(self, file: Path | None, scale: float) -> None:
        """file: of a wide window; None: none is read or written. scale: of the display."""
        self._scale = scale
        self.is_narrow: bool | None = None
        """Whether the panels of both sides take one column; None before the first picture."""
        self._file = file
        self._left: dict[bool, tuple[str, list[str]]] = {}
        """Of narrow and of wide windows, as they were left: Dear ImGui's settings, and the panels in front."""

    def save(self) -> None:
        """Write the file of the present width."""
        if self._present_file:
            layout_files.write(self._present_file, self._scale)

    def rescale(self, scale: float) -> None:
        """Go on on a display of another scale."""
        factor, self._scale = scale / self._scale, scale
        layout_files.rescale(factor)
        for narrow, (settings, in_front) in self._left.items():
            self._left[narrow] = layout_files.scaled(settings, factor), in_front

    @property
    def _present_file(self) -> Path | None:
        """The file of the present width."""
        if self._file and self.is_narrow:
            return self._file.with_stem(f"{self._file.stem}-narrow")
        return self._file

    def change(self, in_front: Collection[str]) -> list[str] | None:
        """Take the places of the window's width; call before a picture with the panels that are in front.

        Returns those to bring to the front, or None if the panels have no places in this width yet.
        """
        style, io = imgui.get_style(), imgui.get_io()
        em = style.font_size_base * style.font_scale_main * style.font_scale_dpi
        before, self.is_narrow = self.is_narrow, io.display_size.x < NARROW * em
        if before == self.is_narrow:
            return []
        if before is not None:
            self._left[before] = imgui.save_ini_settings_to_memory(), list(in_front)
        if kept := self._left.get(self.is_narrow):
            imgui.load_ini_settings_from_memory(kept[0])
            return kept[1]
        file = self._present_file
        if file is None or not layout_files.is_layout(file):
            return None
        layout_files.read(file, self._scale)
        return []


class Enlarged:
    """The panel that is shown large over the others, and where it was docked."""

    def __init__(self) -> None:
        self.title = ""
        self._docked_in: dict[str, int] = {}
        self._to_place = ""
        """The panel that is enlarged or put back in the next picture."""

    def toggle(self, title: str) -> None:
        """Enlarge a panel, or put it back."""
        if self.title and self.title != title:
            self.toggle(self.title)
        self.title = "" if self.title == title else title
        self._to_place = title

    def place(self, title: str) -> None:
        """Place a panel's window; call before it begins."""
        if self._to_place != title:
            return
        self._to_place = ""
        window = imgui.internal.find_window_by_name(title)
        always = imgui.Cond_.always.value
        if self.title == title:
            self._docked_in[title] = window.dock_id if window else 0
            view = imgui.get_main_viewport()
            edge = 1.5 * imgui.get_font_size()
            imgui.set_next_window_dock_id(0, always)
            imgui.set_next_window_pos(
                ImVec2(view.work_pos.x + edge, view.work_pos.y + edge), always
            )
            size = ImVec2(view.work_size.x - 2 * edge, view.work_size.y - 2 * edge)
            imgui.set_next_window_size(size, always)
            imgui.set_next_window_focus()
        else:
            imgui.set_next_window_dock_id(self._docked_in.pop(title, 0), always)
