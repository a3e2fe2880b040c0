"""Plotting functions that the panels share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context

QUIET = int(
    implot.Flags_.no_title
    | implot.Flags_.no_mouse_text
    | implot.Flags_.no_box_select
    | implot.Flags_.no_menus
    | implot.Flags_.crosshairs
)


EDGE = 0.8
"""Room right of a plot in font heights: half of the last tick's label reaches beyond it."""


def begin(
    name: str,
    size: ImVec2,
    y_label: str = "",
    legend: bool = True,
    x_label: str = "",
    x_format: str = "%g",
    fits: bool = True,
) -> bool:
    """Begin a plot; False if it is not visible. fits: its axes fit the data; otherwise the mouse pans and zooms."""
    flags = QUIET | (0 if legend else implot.Flags_.no_legend.value)
    if not implot.begin_plot(f"##{name}", size, flags):
        return False
    fit = implot.AxisFlags_.no_highlight | (implot.AxisFlags_.auto_fit if fits else 0)
    implot.setup_axes(x_label, y_label, int(fit), int(fit))
    implot.setup_axis_format(implot.ImAxis_.x1.value, x_format)
    return True


def key(entries: Sequence[tuple[str, str]]) -> None:
    """A legend beside a plot: names after squares of their colours, on as few lines as they need."""
    em, gap, draw = (
        imgui.get_font_size(),
        imgui.get_style().item_spacing.x,
        imgui.get_window_draw_list(),
    )
    right = imgui.get_cursor_screen_pos().x + imgui.get_content_region_avail().x
    for k, (name, colour) in enumerate(entries):
        width = 0.9 * em + imgui.calc_text_size(name).x
        if k:
            imgui.same_line(0.0, gap)
            if imgui.get_cursor_screen_pos().x + width > right:
                imgui.new_line()
        at = imgui.get_cursor_screen_pos()
        low, high = ImVec2(at.x, at.y + 0.25 * em), ImVec2(at.x + 0.6 * em, at.y + 0.85 * em)
        draw.add_rect_filled(low, high, imgui.get_color_u32(theme.drawn(colour)), theme.pixels(2))
        draw.add_text(ImVec2(at.x + 0.9 * em, at.y), theme.packed(theme.INK), name)
        imgui.dummy(ImVec2(width, em))


def over_time(context: Context, seconds: float) -> tuple[int, int, np.ndarray]:
    """First index, index past the last, and times of the frames of the last `seconds` up to the shown one."""
    first, last = context.history.between(context.clock - seconds, context.clock)
    return first, last, context.history.times(first, last)


def line(
    name: str, x: np.ndarray, y: np.ndarray, colour: str, weight: float = 1.8, alpha: float = 1.0
) -> None:
    """Plot a curve; under the mouse, a tooltip says its value there."""
    spec = implot.Spec(line_color=theme.drawn(colour, alpha), line_weight=theme.pixels(weight))
    implot.plot_line(name, _doubles(x), _doubles(y), spec)
    if implot.is_plot_hovered() and len(x) and not name.startswith("##"):
        at = implot.get_plot_mouse_pos().x
        k = int(np.abs(np.asarray(x) - at).argmin())
        imgui.begin_tooltip()
        imgui.text_colored(theme.drawn(colour), f"{name}: {float(y[k]):.4g} at {float(x[k]):.3g}")
        imgui.end_tooltip()


def note(text: str) -> None:
    """Add lines to the tooltip under the mouse."""
    imgui.begin_tooltip()
    imgui.text_disabled(text)
    imgui.end_tooltip()


def shade(
    name: str, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, alpha: float = 0.3
) -> None:
    """Plot a filled band between two curves."""
    spec = implot.Spec(fill_color=theme.drawn(colour), fill_alpha=alpha)
    implot.plot_shaded(name, _doubles(x), _doubles(low), _doubles(high), spec)


def dot(name: str, x: float, y: float, colour: str) -> None:
    """Plot one marked point."""
    spec = implot.Spec(
        marker=implot.Marker_.circle.value,
        marker_size=theme.pixels(5),
        marker_fill_color=theme.paint(colour),
        marker_line_color=theme.paint(theme.INK),
        line_weight=theme.pixels(1),
    )
    implot.plot_scatter(name, np.array([float(x)]), np.array([float(y)]), spec)


def pairs(rows: Sequence[tuple[str, str]], columns: int = 1) -> None:
    """Draw names and values as a table."""
    sizing = imgui.TableFlags_.sizing_stretch_prop.value
    if not imgui.begin_table(f"##pairs{rows[0][0]}", 2 * columns, sizing):
        return
    for k, (name, value) in enumerate(rows):
        if k % columns == 0:
            imgui.table_next_row()
        imgui.table_set_column_index(2 * (k % columns))
        imgui.text_disabled(name)
        imgui.table_set_column_index(2 * (k % columns) + 1)
        imgui.text(value)
    imgui.end_table()


def _doubles(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float64)
