"""Dear ImGui round the 3D view: context, style, docking, keys, mouse. Knows no window system."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.keymap import KEYMAP
from muscle_viewer.viewer.panels import Context, Panel, legend, status_bar

Rect = tuple[float, float, float, float]
"""x, y (from above), width, height in the layout's coordinates."""

FONT_SIZE = 15.0
CLICK_PIXELS = 4.0
"""A press that moves less is a click."""


class Gui:
    """A Dear ImGui context with the panels, and what the user asks for in it."""

    def __init__(self, panels: Sequence[Panel], scale: float, layout: Path | None) -> None:
        self.context = imgui.create_context()
        implot.create_context()
        self.panels = panels
        io = imgui.get_io()
        io.config_flags |= imgui.ConfigFlags_.docking_enable.value
        io.config_flags |= imgui.ConfigFlags_.nav_enable_keyboard.value
        io.config_windows_move_from_title_bar_only = True
        self._layout = layout
        io.set_ini_filename(str(layout) if layout else "")
        self._fresh = layout is None or not layout.exists()
        _style(scale)
        self._dragged = 0.0
        self._pressed_in_view = False

    def frame(self, context: Context, send: c.Send, show_panels: bool) -> Rect:
        """Draw everything but the 3D view between `imgui.new_frame` and `imgui.render`; where the view goes."""
        if show_panels:
            status_bar.draw(context)
            view = self._dock()
            for panel in self.panels:
                _draw_panel(panel, context, send)
        else:
            size = imgui.get_io().display_size
            view = (0.0, 0.0, size.x, size.y)
        if status_bar.draw_notices(context):
            send(c.Dismiss())
        if context.view.shows("legend"):
            legend.draw((view[0], view[1] + view[3]))
        self._keys(send)
        self._mouse(view, send)
        return view

    def reset_layout(self) -> None:
        """Dock the panels as at first."""
        self._fresh = True

    def _dock(self) -> Rect:
        flags = imgui.DockNodeFlags_.passthru_central_node.value
        root = imgui.dock_space_over_viewport(0, imgui.get_main_viewport(), flags)
        if self._fresh:
            self._fresh = False
            _arrange(root, self.panels)
        node = imgui.internal.dock_builder_get_central_node(root)
        return (node.pos.x, node.pos.y, node.size.x, node.size.y)

    def _keys(self, send: c.Send) -> None:
        io = imgui.get_io()
        if io.want_text_input:
            return
        for binding in KEYMAP:
            if any(_pressed(key, binding.repeats) for key in binding.keys):
                send(binding.command)

    def _mouse(self, view: Rect, send: c.Send) -> None:
        io = imgui.get_io()
        x, y, width, height = view
        inside = x <= io.mouse_pos.x < x + width and y <= io.mouse_pos.y < y + height
        free = inside and not io.want_capture_mouse
        if free and io.mouse_wheel:
            send(c.Zoom(io.mouse_wheel))
        left, right, middle = (io.mouse_down[k] for k in range(3))
        if free and any(imgui.is_mouse_clicked(k) for k in range(3)):
            self._pressed_in_view, self._dragged = True, 0.0
        if self._pressed_in_view and height > 0:
            dx, dy = io.mouse_delta.x, io.mouse_delta.y
            self._dragged += abs(dx) + abs(dy)
            if left and self._dragged > CLICK_PIXELS:
                send(c.Orbit(-3.5 * dx / height, 2.5 * dy / height))
            elif (right or middle) and (dx or dy):
                send(c.Pan(-dx / height, dy / height))
            if imgui.is_mouse_released(0) and self._dragged <= CLICK_PIXELS:
                send(self._pick(io, view))
            if not (left or right or middle):
                self._pressed_in_view = False

    def _pick(self, io: Any, view: Rect) -> c.PickAt:
        x, y, width, height = view
        across = 2 * (io.mouse_pos.x - x) / width - 1
        up = 1 - 2 * (io.mouse_pos.y - y) / height
        return c.PickAt(across, up, extend=io.key_ctrl or io.key_shift)

    def close(self) -> None:
        """Free the context; the layout is written where it is kept."""
        if self._layout:
            self._layout.parent.mkdir(parents=True, exist_ok=True)
            imgui.save_ini_settings_to_disk(str(self._layout))
        implot.destroy_context()
        imgui.destroy_context(self.context)


def _draw_panel(panel: Panel, context: Context, send: c.Send) -> None:
    if not panel.open:
        return
    imgui.set_next_window_size(ImVec2(420, 560), imgui.Cond_.first_use_ever.value)
    expanded, still_open = imgui.begin(panel.title, True)
    if expanded:
        panel.draw(context, send)
    imgui.end()
    if still_open is False:
        send(c.TogglePanel(panel.title))


def _arrange(root: int, panels: Sequence[Panel]) -> None:
    build = imgui.internal
    viewport = imgui.get_main_viewport()
    build.dock_builder_remove_node_child_nodes(root)
    build.dock_builder_set_node_size(root, viewport.work_size)
    left = build.dock_builder_split_node(root, imgui.Dir.left, 0.17)
    right = build.dock_builder_split_node(left.id_at_opposite_dir, imgui.Dir.right, 0.34)
    lower = build.dock_builder_split_node(left.id_at_dir, imgui.Dir.down, 0.45)
    places = {
        "left": lower.id_at_opposite_dir,
        "left bottom": lower.id_at_dir,
        "right": right.id_at_dir,
    }
    for panel in panels:
        if panel.place in places:
            build.dock_builder_dock_window(panel.title, places[panel.place])
    build.dock_builder_finish(root)


def _pressed(name: str, repeats: bool) -> bool:
    """Whether a key of the keymap was pressed in this frame, with its modifiers and no others but Shift."""
    *modifiers, key = name.split("+")
    io = imgui.get_io()
    if (
        io.key_ctrl != ("ctrl" in modifiers)
        or io.key_alt
        or ("shift" in modifiers and not io.key_shift)
    ):
        return False
    return imgui.is_key_pressed(imgui_key(key), repeats)


def imgui_key(name: str) -> imgui.Key:
    """Dear ImGui's key of a name in the keymap."""
    key: imgui.Key = getattr(imgui.Key, f"_{name}" if name.isdigit() else name)
    return key


def _style(scale: float) -> None:
    imgui.style_colors_light()
    style = imgui.get_style()
    style.scale_all_sizes(scale)
    style.font_size_base = FONT_SIZE
    style.font_scale_dpi = scale
    style.window_rounding = style.frame_rounding = style.grab_rounding = 4.0 * scale
    style.window_border_size = 1.0
    implot.style_colors_light()
