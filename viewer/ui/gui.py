"""The graphical user interface in Dear ImGui: docking, panels, keys, mouse. Independent of the window system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.errors import details_of, line_of
from muscle_viewer.viewer.scene.labels import Rect
from muscle_viewer.viewer.ui import docking, layout_files, theme
from muscle_viewer.viewer.ui.keyboard import Keyboard
from muscle_viewer.viewer.ui.mouse import Mouse
from muscle_viewer.viewer.ui.panels import (
    Context,
    Panel,
    card,
    first_run,
    legend,
    menu,
    notifications,
    picture_menu,
    progress,
    status_bar,
    view_name,
)

FLOATING_AT = 80.0
"""Pixels that floating panels leave free of the window, about where Dear ImGui puts new ones."""


class Gui:
    """A Dear ImGui context with the panels; turns input into commands."""

    def __init__(self, panels: Sequence[Panel], scale: float, layout: Path | None) -> None:
        self.context = imgui.create_context()
        imgui.set_current_context(self.context)
        self._plots = implot.create_context()
        implot.set_current_context(self._plots)
        self.panels = panels
        io = imgui.get_io()
        io.config_flags |= imgui.ConfigFlags_.docking_enable.value
        io.config_windows_move_from_title_bar_only = True
        io.set_ini_filename(None)  # Dear ImGui says when it would write
        self._fresh = layout is None or not layout_files.is_layout(layout)
        theme.apply(scale)
        self._scale = scale
        self._is_light = False
        self._picture_menu = picture_menu.PictureMenu()
        self._view_name = view_name.ViewName()
        self._first_run = first_run.FirstRun(layout is not None and self._fresh)
        self._to_focus: list[str] = []
        self._in_front: set[str] = set()
        """Panels whose contents were visible in the last picture."""
        self._arrangements = docking.Arrangements(layout, scale)
        self.enlarged = docking.Enlarged()
        self._mouse, self.keyboard = Mouse(), Keyboard()
        self.broken: dict[str, str] = {}
        """Panels and other parts whose drawing failed, by title: the error on one line."""
        self.details: dict[str, str] = {}
        """Their tracebacks, by title."""
        self._floating = {panel.title for panel in panels if panel.place in ("float", "overlay")}

    def prepare(self, scale: float) -> None:
        """Take the display's scale, and the panels' places of the window's width. Call before `imgui.new_frame`."""
        if scale != self._scale:
            self._scale = scale
            theme.resize(scale)
            self._arrangements.rescale(scale)
        if self.enlarged.title:
            return
        front = self._arrangements.change(self._in_front)
        self._fresh = self._fresh or front is None
        if not self._fresh:
            self._to_focus += front or []

    def frame(self, context: Context, send: c.Send, show_panels: bool) -> Rect:
        """Draw everything but the 3D view between `imgui.new_frame` and `imgui.render`; returns the view's rectangle."""
        commands: list[c.Command] = []
        if context.view.light_panels != self._is_light:
            self._is_light = context.view.light_panels
            theme.colour(self._is_light)
        fitting = docking.fitting_font(self._scale)
        imgui.get_style().font_scale_main = context.view.font_scale * fitting
        imgui.internal.update_current_font_size(0.0)  # in this picture, too
        if show_panels:
            self._safely("Menu", lambda: menu.draw(context, commands.append))
            self._safely("Status bar", lambda: status_bar.draw(context))
            for panel in self.panels:
                if panel.place == "strip" and panel.open:
                    self._draw_strip(panel, context, commands.append)
            view = self._dock()
            docking.list_hidden_tabs(self.panels)
            for panel in self.panels:
                if panel.place != "strip":
                    self._draw_panel(panel, context, commands.append)
            if self._to_focus:  # one per picture: a tab comes to the front with the focus
                docking.bring_up(self._to_focus.pop(0))
        else:
            self.keyboard.release()
            size = imgui.get_io().display_size
            view = (0.0, 0.0, size.x, size.y)
            if context.is_empty:
                self._safely("Menu", lambda: menu.draw(context, commands.append))
                top = imgui.get_frame_height()
                view = (0.0, top, size.x, size.y - top)
            for panel in self.panels:
                if panel.place in ("float", "overlay"):  # that need no open file
                    self._draw_panel(panel, context, commands.append)
        notifications.draw(context, commands.append, view)
        if context.loading:
            progress.draw(context.loading, view)
        if context.view.shows("legend") and not context.is_empty:
            measured = context.has(context.mode.fields)
            legend.draw((view[0], view[1] + view[3]), view[2], context.mode, measured)
        self._safely("Labels", lambda: _draw_labels(context, view))
        self._safely("Card", lambda: card.draw(context))
        self._safely("Picture menu", lambda: self._picture_menu.draw(context, commands.append))
        self._safely("View name", lambda: self._view_name.draw(context, commands.append, view))
        self._first_run.draw(view)
        overlaid = any(panel.place == "overlay" and panel.open for panel in self.panels)
        self.keyboard.send(commands.append, overlaid)
        self._mouse.draw(view, commands.append)
        if context.view.hovered is not None and not any(
            isinstance(command, c.Hover | c.HoverAt) for command in commands
        ):
            commands.append(c.Hover(None))
        io = imgui.get_io()
        if io.want_save_ini_settings:
            io.want_save_ini_settings = False
            self._arrangements.save()
        for command in commands:
            send(command)
        return view

    def _draw_panel(self, panel: Panel, context: Context, send: c.Send) -> None:
        """Draw one panel. A panel whose drawing fails shows the error from then on; the others are not affected."""
        if not panel.open:
            return
        em, room = imgui.get_font_size(), imgui.get_main_viewport().work_size
        imgui.set_next_window_size(ImVec2(30 * em, 40 * em), imgui.Cond_.first_use_ever.value)
        flags = 0
        if panel.title in self._floating and panel.title != self.enlarged.title:
            # within the window, below and beside where a new one is put
            largest = ImVec2(max(room.x - FLOATING_AT, 8 * em), max(room.y - FLOATING_AT, 8 * em))
            imgui.set_next_window_size_constraints(ImVec2(8 * em, 4 * em), largest)
        if panel.place not in ("float", "overlay"):
            # or the last one that appears, as all do at the start, would bring its tab to the front
            flags |= int(imgui.WindowFlags_.no_focus_on_appearing)
        if panel.place == "overlay":
            flags |= int(imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_docking)
            viewport = imgui.get_main_viewport()
            top = ImVec2(viewport.pos.x + 0.5 * viewport.size.x, viewport.pos.y + 4 * em)
            imgui.set_next_window_pos(top, imgui.Cond_.always.value, ImVec2(0.5, 0.0))
            imgui.set_next_window_size(ImVec2(36 * em, 27 * em), imgui.Cond_.always.value)
            imgui.set_next_window_focus()
        if panel.title in self._floating:
            for slot in (imgui.Col_.window_bg, imgui.Col_.title_bg, imgui.Col_.title_bg_active):
                imgui.push_style_color(slot.value, theme.paint(theme.RAISED, 0.98))
            pushed = 3
        else:
            pushed = 0
        self.enlarged.place(panel.title)
        if panel.title == self.enlarged.title:
            flags |= int(imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_collapse)
        # only the tab in front has a button to close it, which leaves the others room for their names
        closes = panel.title in self._in_front | self._floating
        expanded, still_open = imgui.begin(panel.title, True if closes else None, flags)
        (self._in_front.add if expanded else self._in_front.discard)(panel.title)
        imgui.pop_style_color(pushed)
        if (
            panel.place != "overlay"
            and imgui.is_item_hovered()
            and imgui.is_mouse_double_clicked(0)
        ):
            send(c.Enlarge(panel.title))  # the item is the tab or the title bar
        if imgui.is_window_docked():
            self._floating.discard(panel.title)
        else:
            self._floating.add(panel.title)
        if expanded:
            self.keyboard.mark(panel.title)
            self._draw_contents(panel, context, send)
        imgui.end()
        if still_open is False:
            is_large = panel.title == self.enlarged.title
            send(c.Enlarge(panel.title) if is_large else c.TogglePanel(panel.title))

    def _draw_strip(self, panel: Panel, context: Context, send: c.Send) -> None:
        """Draw a panel along the bottom of the window."""
        flags = imgui.WindowFlags_.no_scrollbar | imgui.WindowFlags_.no_saved_settings
        height = imgui.get_frame_height() + 2 * imgui.get_style().window_padding.y
        viewport, side = imgui.get_main_viewport(), imgui.Dir.down
        if imgui.internal.begin_viewport_side_bar(
            f"##{panel.title}", viewport, side, height, int(flags)
        ):
            self._draw_contents(panel, context, send)
        imgui.end()

    def _draw_contents(self, panel: Panel, context: Context, send: c.Send) -> None:
        if not context.has_policy and getattr(panel, "needs_policy", False):
            imgui.text_disabled("no policy: open a checkpoint to simulate")
            return
        if panel.title not in self.broken:
            self._safely(panel.title, lambda: panel.draw(context, send))
            return
        imgui.text_wrapped(self.broken[panel.title])
        if imgui.button("Try again"):
            del self.broken[panel.title]

    def _safely(self, title: str, draw: Callable[[], None]) -> None:
        """Draw a part unless it has failed before."""
        if title in self.broken:
            return
        before = imgui.internal.ErrorRecoveryState()
        imgui.internal.error_recovery_store_state(before)
        try:
            draw()
        except Exception as error:
            _end_open_scopes(before)
            self.broken[title], self.details[title] = line_of(error), details_of(error)

    def replace_panels(self, panels: Sequence[Panel]) -> None:
        """Replace the panels by others, which take the places of those with the same titles."""
        self.panels = panels
        self.broken.clear()

    def focus(self, title: str) -> None:
        """Bring a panel to the front in the next frame."""
        self._to_focus.append(title)

    def give_keyboard(self, way: int) -> None:
        """Give the keyboard to the next open panel, or with way -1 to the one before."""
        titles = [p.title for p in self.panels if p.open and p.place not in ("strip", "overlay")]
        title = self.keyboard.next(titles, way)
        if title:
            self.focus(title)

    def reset_layout(self) -> None:
        """Restore the default layout in the next frame."""
        self._fresh = True
        self._to_focus.clear()

    def _dock(self) -> Rect:
        flags = imgui.DockNodeFlags_.passthru_central_node.value
        root = imgui.dock_space_over_viewport(0, imgui.get_main_viewport(), flags)
        if self._fresh:
            self._fresh = False
            narrow = bool(self._arrangements.is_narrow)
            docking.arrange(root, self.panels, narrow)
            first = [
                next(p.title for p in self.panels if p.place == place)
                for place in (("left", "below") if narrow else ("left", "right", "below"))
                if any(p.place == place for p in self.panels)
            ]
            self._to_focus = first + self._to_focus
        node = imgui.internal.dock_builder_get_central_node(root)
        return (node.pos.x, node.pos.y, node.size.x, node.size.y)

    def make_current(self) -> None:
        """Make this gui's contexts of Dear ImGui and ImPlot current."""
        imgui.set_current_context(self.context)
        implot.set_current_context(self._plots)

    def close(self) -> None:
        """Write the layout's file, if there is a layout and it can be written, and free the contexts."""
        if not self._fresh:
            self._arrangements.save()
        implot.destroy_context()
        imgui.destroy_context(self.context)


def _draw_labels(context: Context, view: Rect) -> None:
    """Draw texts over the scene, on a dark rectangle that is legible on every background."""
    draw, pad, px = imgui.get_background_draw_list(), theme.pixels(3), theme.pixels(1)
    for x, y, text in context.labels:
        size = imgui.calc_text_size(text)
        left, top = x - 0.5 * size.x, y - 0.5 * size.y
        if not (
            view[0] < left
            and left + size.x < view[0] + view[2]
            and view[1] < top < view[1] + view[3]
        ):
            continue
        low, high = ImVec2(left - pad, top - px), ImVec2(left + size.x + pad, top + size.y + px)
        draw.add_rect_filled(low, high, theme.packed("#14181e", 0.72), pad)
        draw.add_text(ImVec2(left, top), theme.packed("#ffffff"), text)


def _end_open_scopes(before: imgui.internal.ErrorRecoveryState) -> None:
    """End the child windows, tables and pushed styles that a panel left open since the state was stored."""
    io = imgui.get_io()
    io.config_error_recovery_enable_assert = io.config_error_recovery_enable_debug_log = False
    io.config_error_recovery_enable_tooltip = False
    imgui.internal.error_recovery_try_to_recover_state(before)
    io.config_error_recovery_enable_assert = io.config_error_recovery_enable_debug_log = True
    io.config_error_recovery_enable_tooltip = True
