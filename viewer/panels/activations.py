"""Every muscle's activation: bars, left and right side by side, and the chosen ones over time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from imgui_bundle import ImVec2, ImVec4, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.colormap import ACTIVATION
from muscle_viewer.viewer.panels.context import Context

ORDERS = ("activation", "name", "function")
PLOT_SECONDS = 5.0
SHARE_OF_PLOT = 0.38


@dataclass(frozen=True)
class Row:
    """A muscle by the name without its side, and its indices; None where a side lacks it."""

    name: str
    group: str
    left: int | None
    right: int | None

    @property
    def muscles(self) -> list[int]:
        return [m for m in (self.left, self.right) if m is not None]


def rows_of(names: list[str], groups: list[str]) -> list[Row]:
    """Muscles paired by their names' sides (`_r`, `_l`); one without a side stands on the right."""
    sides: dict[str, dict[str, int]] = {}
    for index, name in enumerate(names):
        match = re.fullmatch(r"(.+)_([lr])", name)
        base, side = (match[1], match[2]) if match else (name, "r")
        sides.setdefault(base, {})[side] = index
    return [
        Row(base, groups[next(iter(found.values()))], found.get("l"), found.get("r"))
        for base, found in sides.items()
    ]


class Activations:
    """Lists, filters, sorts and plots activations; a click selects."""

    title = "Activations"
    place = "right"

    def __init__(self) -> None:
        self.open = True
        self.filter = ""
        self.order = "function"
        self._rows: list[Row] | None = None
        self._revealed = 0

    def visible_rows(self, context: Context) -> list[Row]:
        """The rows that the filter lets through (names and functions, any of several words), sorted."""
        if self._rows is None:
            self._rows = rows_of(context.info.muscle_names, context.info.muscle_groups)
        words = self.filter.lower().replace("_", " ").split()
        rows = [
            r
            for r in self._rows
            if all(w in f"{r.name} {r.group}".replace("_", " ") for w in words)
        ]
        if self.order == "activation":
            values = context.frame.activations
            rows.sort(key=lambda r: -max(values[m] for m in r.muscles))
        elif self.order == "name":
            rows.sort(key=lambda r: r.name)
        else:
            rows.sort(key=lambda r: (r.group, r.name))
        return rows

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        width = imgui.get_content_region_avail().x
        imgui.set_next_item_width(0.55 * width)
        _, self.filter = imgui.input_text_with_hint(
            "##filter", "filter by name or function", self.filter
        )
        imgui.same_line()
        imgui.set_next_item_width(-1)
        if imgui.begin_combo("##order", f"by {self.order}"):
            for order in ORDERS:
                if imgui.selectable(order, order == self.order)[0]:
                    self.order = order
            imgui.end_combo()
        height = imgui.get_content_region_avail().y
        self._draw_table(context, send, height * (1.0 - SHARE_OF_PLOT))
        self._draw_plot(context)

    def _draw_table(self, context: Context, send: c.Send, height: float) -> None:
        rows = self.visible_rows(context)
        flags = (
            imgui.TableFlags_.scroll_y
            | imgui.TableFlags_.row_bg
            | imgui.TableFlags_.borders_inner_v
        )
        if not imgui.begin_table("muscles", 3, int(flags), ImVec2(0, height)):
            return
        imgui.table_setup_scroll_freeze(0, 1)
        imgui.table_setup_column("left", imgui.TableColumnFlags_.width_stretch.value, 1.0)
        imgui.table_setup_column(
            f"{len(rows)} muscles", imgui.TableColumnFlags_.width_stretch.value, 1.05
        )
        imgui.table_setup_column("right", imgui.TableColumnFlags_.width_stretch.value, 1.0)
        imgui.table_headers_row()
        wanted = self._row_to_reveal(context, rows)
        clipper = imgui.ListClipper()
        clipper.begin(len(rows))
        if wanted is not None:
            clipper.include_item_by_index(wanted)
        while clipper.step():
            for k in range(clipper.display_start, clipper.display_end):
                self._draw_row(rows[k], context, send)
                if k == wanted:
                    imgui.set_scroll_here_y(0.5)
        clipper.end()
        imgui.end_table()

    def _row_to_reveal(self, context: Context, rows: list[Row]) -> int | None:
        view = context.view
        if view.revealed == self._revealed:
            return None
        self._revealed = view.revealed
        if not view.selection:
            return None
        last = view.selection[-1]
        return next((k for k, row in enumerate(rows) if last in row.muscles), None)

    def _draw_row(self, row: Row, context: Context, send: c.Send) -> None:
        imgui.table_next_row()
        for column, muscle in ((0, row.left), (2, row.right)):
            imgui.table_set_column_index(column)
            if muscle is not None:
                self._draw_bar(muscle, context, send)
        imgui.table_set_column_index(1)
        imgui.text(row.name)
        if imgui.is_item_hovered():
            imgui.set_tooltip(f"{row.name}: {row.group.replace('_', ' ')}")

    def _draw_bar(self, muscle: int, context: Context, send: c.Send) -> None:
        value = float(context.frame.activations[muscle])
        selected = muscle in context.view.selection
        name = context.info.muscle_names[muscle]
        origin = imgui.get_cursor_screen_pos()
        if imgui.selectable(f"##{name}", selected)[0]:
            io = imgui.get_io()
            send(c.Select(muscle, extend=io.key_ctrl or io.key_shift))
        if imgui.is_item_hovered():
            send(c.Hover(muscle))
            frame = context.frame
            imgui.set_tooltip(
                f"{name}\nactivation {value:.3f}\nforce {frame.active_forces[muscle]:.0f} N active, "
                f"{frame.passive_forces[muscle]:.0f} N passive\n"
                f"fibre {frame.fibre_lengths[muscle]:.2f} of optimal"
            )
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        draw = imgui.get_window_draw_list()
        x0, x1 = origin.x, high.x - 2
        y0, y1 = low.y + 3, high.y - 3
        share = min(max(value, 0.0), 1.0) if np.isfinite(value) else 0.0
        draw.add_rect_filled(
            ImVec2(x0, y0),
            ImVec2(x1, y1),
            imgui.color_convert_float4_to_u32(ImVec4(0.5, 0.5, 0.55, 0.16)),
        )
        colour = ACTIVATION.packed[int(ACTIVATION.index(np.array(share)))]
        draw.add_rect_filled(ImVec2(x0, y0), ImVec2(x0 + share * (x1 - x0), y1), colour)
        if selected:
            draw.add_rect(
                ImVec2(x0, y0), ImVec2(x1, y1), imgui.get_color_u32(imgui.Col_.text.value)
            )

    def _draw_plot(self, context: Context) -> None:
        if not implot.begin_plot("##activations", ImVec2(-1, -1)):
            return
        history = context.history
        now = history.now
        implot.setup_axes("s", "activation")
        implot.setup_axis_limits(
            implot.ImAxis_.x1.value, now - PLOT_SECONDS, now, imgui.Cond_.always.value
        )
        implot.setup_axis_limits(implot.ImAxis_.y1.value, 0.0, 1.02, imgui.Cond_.always.value)
        implot.setup_legend(implot.Location_.north_west.value)
        clock, values = history.clock, history.activations
        first = int(np.searchsorted(clock, now - PLOT_SECONDS - 0.1))
        x = np.ascontiguousarray(clock[first:])
        for muscle in context.view.selection:
            y = np.ascontiguousarray(values[muscle, first:], np.float64)
            implot.plot_line(context.info.muscle_names[muscle], x, y)
        if not context.view.selection:
            implot.plot_dummy("click a muscle to plot it")
        implot.end_plot()
