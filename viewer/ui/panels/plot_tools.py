"""Plots whose numbers can be read, copied and saved: a data menu, zoom and pan, and a larger window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.channels import table
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import Context

MOST_MAXIMA = 12
"""Number of curves whose maxima the menu offers."""


@dataclass
class _Values:
    """A column of the data menu's table."""

    name: str
    x: np.ndarray
    y: np.ndarray


def data_menu(name: str, text: Callable[[str], str], send: c.Send) -> None:
    """A menu of the last item, by right click: copy or save a table, whose text `text` gives by the separator."""
    if imgui.is_item_hovered() and imgui.is_mouse_released(1):
        imgui.open_popup(name)
    if imgui.begin_popup(name):
        _copy_or_save(text, send)
        imgui.end_popup()


def _copy_or_save(text: Callable[[str], str], send: c.Send) -> None:
    if imgui.menu_item("Copy values", "", False)[0]:
        imgui.set_clipboard_text(text("\t"))
    if imgui.menu_item("Save as .csv", "", False)[0]:
        send(c.SaveTable(text(",")))
    if imgui.menu_item("Save as .csv ...", "", False)[0]:
        send(c.SaveDialog(c.SaveTable(text(","))))


@dataclass
class PlotTools:
    """The plots of a panel, by their names. Right click opens the menu of the one under the mouse."""

    free: set[str] = field(default_factory=set)
    """Plots whose range the mouse sets: the wheel zooms, dragging pans."""
    large: set[str] = field(default_factory=set)
    """Plots that have a window of their own, too."""
    _values: list[_Values] = field(default_factory=list)
    _drawn: list[Callable[[], None]] = field(default_factory=list)
    """What the plot that was begun shows, to be drawn again in its larger window."""
    _name: str = ""
    _x_label: str = ""
    """Name of the horizontal axis; empty: the time of the history, s."""
    _look: tuple[str, str] = ("", "%g")

    def begin(
        self,
        name: str,
        size: ImVec2,
        y_label: str = "",
        legend: bool = True,
        x_label: str = "",
        x_format: str = "%g",
    ) -> bool:
        """Begin a plot, as `curves.begin`; where it is True, `end` must follow. Without an x_label it is over time."""
        self.adopt(name, y_label, x_label, x_format)
        return curves.begin(
            name, size, y_label, legend, x_label, x_format, fits=name not in self.free
        )

    def adopt(self, name: str, y_label: str = "", x_label: str = "", x_format: str = "%g") -> None:
        """Begin with a plot whose axes the panel sets up itself; `end` must follow."""
        self._name, self._look, self._x_label = name, (y_label, x_format), x_label
        self._values, self._drawn = [], []

    def line(
        self,
        name: str,
        x: np.ndarray,
        y: np.ndarray,
        colour: str,
        weight: float = 1.8,
        alpha: float = 1.0,
    ) -> None:
        """Plot a curve of the plot that was begun, and keep its values."""
        self.keep(name, x, y)
        self._draw(partial(curves.line, name, x, y, colour, weight, alpha))

    def shade(
        self,
        name: str,
        x: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
        colour: str,
        alpha: float = 0.3,
    ) -> None:
        """Plot a band between two curves, whose values are not kept."""
        self._draw(partial(curves.shade, name, x, low, high, colour, alpha))

    def dot(self, name: str, x: float, y: float, colour: str) -> None:
        """Plot one marked point, whose values are not kept."""
        self._draw(partial(curves.dot, name, x, y, colour))

    def keep(self, name: str, x: np.ndarray, y: np.ndarray) -> None:
        """Add a column to the data menu's table; all columns of a plot have the same x."""
        self._values.append(_Values(name, x, y))

    def end(self, context: Context, send: c.Send, unit: str = "") -> None:
        """End the plot, with its menu and its larger window. unit: of the values, where no y_label names it."""
        self._look = (self._look[0] or unit, self._look[1])
        at, size = implot.get_plot_pos(), implot.get_plot_size()
        # the plot itself notes the mouse a picture later
        over = imgui.is_mouse_hovering_rect(at, ImVec2(at.x + size.x, at.y + size.y))
        clicked = over and imgui.is_window_hovered() and imgui.is_mouse_released(1)
        implot.end_plot()
        popup = f"data of {self._name}"
        if clicked:
            imgui.open_popup(popup)
        if imgui.begin_popup(popup):
            self._menu(context, send)
            imgui.end_popup()
        if self._name in self.large:
            self._draw_large()

    def text(self, separator: str) -> str:
        """The x values and those of all curves, a line a point."""
        if not self._values:
            return ""
        unit = self._look[0]
        names = [f"{line.name} ({unit})" if unit else line.name for line in self._values]
        columns = [line.y for line in self._values]
        return table(self._values[0].x, names, columns, self._x_label or "time (s)", separator)

    def _draw(self, draw: Callable[[], None]) -> None:
        self._drawn.append(draw)
        draw()

    def _menu(self, context: Context, send: c.Send) -> None:
        _copy_or_save(self.text, send)
        imgui.separator()
        if imgui.menu_item("Auto range", "", self._name not in self.free)[0]:
            self.free ^= {self._name}
        imgui.set_item_tooltip("Without it the wheel zooms, and dragging pans")
        if imgui.menu_item("Larger window", "", self._name in self.large)[0]:
            self.large ^= {self._name}
        if not self._x_label:
            self._maxima(context, send)

    def _maxima(self, context: Context, send: c.Send) -> None:
        """Lines that show the frame of a curve's maximum."""
        imgui.separator()
        for line in self._values[:MOST_MAXIMA]:
            if not np.isfinite(line.y).any():
                continue
            if imgui.menu_item(f"Go to the maximum of {line.name}", "", False)[0]:
                at = float(line.x[int(np.nanargmax(line.y))])
                send(c.Seek(context.history.between(at, at)[0]))

    def _draw_large(self) -> None:
        em = imgui.get_font_size()
        imgui.set_next_window_size(ImVec2(50 * em, 28 * em), imgui.Cond_.first_use_ever.value)
        for slot in (imgui.Col_.window_bg, imgui.Col_.title_bg, imgui.Col_.title_bg_active):
            imgui.push_style_color(slot.value, theme.paint(theme.RAISED, 0.98))
        expanded, still_open = imgui.begin(f"{self._name}##large", True)
        imgui.pop_style_color(3)
        y_label, x_format = self._look
        name, fits = f"{self._name} large", self._name not in self.free
        if expanded and curves.begin(
            name, ImVec2(-1, -1), y_label, True, self._x_label, x_format, fits
        ):
            for draw in self._drawn:
                draw()
            implot.end_plot()
        imgui.end()
        if still_open is False:
            self.large.discard(self._name)
