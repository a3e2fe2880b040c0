"""Plots over time that panels share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer.panels import theme
from muscle_viewer.viewer.panels.context import Context

QUIET = int(
    implot.Flags_.no_title
    | implot.Flags_.no_mouse_text
    | implot.Flags_.no_box_select
    | implot.Flags_.no_menus
)


def begin(
    name: str, size: ImVec2, y_label: str = "", legend: bool = True, lines_below: int = 0
) -> bool:
    """Begin a plot whose axes fit what is in it; its legend stands in it, or in some lines below it, higher by them."""
    size = ImVec2(size.x, size.y + lines_below * 1.2 * imgui.get_font_size())
    flags = QUIET | (0 if legend else implot.Flags_.no_legend.value)
    if not implot.begin_plot(f"##{name}", size, flags):
        return False
    if lines_below:
        flags = implot.LegendFlags_.outside.value
        if lines_below == 1:
            flags |= implot.LegendFlags_.horizontal.value
        implot.setup_legend(implot.Location_.south.value, flags)
    fit = implot.AxisFlags_.auto_fit | implot.AxisFlags_.no_highlight
    implot.setup_axes("", y_label, int(fit), int(fit))
    return True


def over_time(context: Context, seconds: float) -> tuple[int, int, np.ndarray]:
    """First index, one past the last and times of the frames up to the shown one."""
    first, last = context.history.between(context.clock - seconds, context.clock)
    return first, last, context.history.times(first, last)


def line(name: str, x: np.ndarray, y: np.ndarray, colour: str, weight: float = 1.8) -> None:
    """A curve."""
    spec = implot.Spec(line_color=theme.paint(colour), line_weight=weight)
    implot.plot_line(name, _doubles(x), _doubles(y), spec)


def shade(
    name: str, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, alpha: float = 0.3
) -> None:
    """A filled band between two curves."""
    spec = implot.Spec(fill_color=theme.paint(colour), fill_alpha=alpha)
    implot.plot_shaded(name, _doubles(x), _doubles(low), _doubles(high), spec)


def dot(name: str, x: float, y: float, colour: str) -> None:
    """One marked point."""
    spec = implot.Spec(
        marker=implot.Marker_.circle.value,
        marker_size=5.0,
        marker_fill_color=theme.paint(colour),
        marker_line_color=theme.paint(theme.INK),
    )
    implot.plot_scatter(name, np.array([float(x)]), np.array([float(y)]), spec)


def pairs(rows: Sequence[tuple[str, str]], columns: int = 1) -> None:
    """Names and values in a table."""
    if not imgui.begin_table(f"##pairs{rows[0][0]}", 2 * columns):
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
