"""Plots over time whose numbers can be read, copied and saved: a data menu, zoom and pan, and a larger window."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.channels import table
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import Context


@dataclass
class _Line:
    name: str
    x: np.ndarray
    y: np.ndarray
    colour: str
    weight: float
    alpha: float


@dataclass
class PlotTools:
    """The plots of a panel, by their names. Right click opens the menu of the one under the mouse."""

    free: set[str] = field(default_factory=set)
    """Plots whose range the mouse sets: the wheel zooms, dragging pans."""
    large: set[str] = field(default_factory=set)
    """Plots that have a window of their own, too."""
    _lines: list[_Line] = field(default_factory=list)
    _name: str = ""
    _look: tuple[str, str] = ("", "%g")

    def begin(
        self, name: str, size: ImVec2, y_label: str = "", legend: bool = True, x_format: str = "%g"
    ) -> bool:
        """Begin a plot, as `curves.begin`; where it is True, `end` must follow."""
        self._name, self._look, self._lines = name, (y_label, x_format), []
        return curves.begin(
            name, size, y_label, legend, x_format=x_format, fits=name not in self.free
        )

    def line(
        self,
        name: str,
        x: np.ndarray,
        y: np.ndarray,
        colour: str,
        weight: float = 1.8,
        alpha: float = 1.0,
    ) -> None:
        """Plot a curve of the plot that was begun."""
        self._lines.append(_Line(name, x, y, colour, weight, alpha))
        curves.line(name, x, y, colour, weight, alpha)

    def end(self, context: Context, send: c.Send) -> None:
        """End the plot, with its menu and its larger window."""
        clicked = implot.is_plot_hovered() and imgui.is_mouse_released(1)
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
        """Times and values of the curves, a line a frame."""
        if not self._lines:
            return ""
        unit = self._look[0]
        names = [f"{line.name} ({unit})" if unit else line.name for line in self._lines]
        text = table(self._lines[0].x, names, [line.y for line in self._lines])
        return text.replace(",", separator) if separator != "," else text

    def _menu(self, context: Context, send: c.Send) -> None:
        if imgui.menu_item("Copy values", "", False)[0]:
            imgui.set_clipboard_text(self.text("\t"))
        if imgui.menu_item("Save as .csv", "", False)[0]:
            send(c.SaveTable(self.text(",")))
        if imgui.menu_item("Save as .csv ...", "", False)[0]:
            send(c.SaveDialog(c.SaveTable(self.text(","))))
        imgui.separator()
        if imgui.menu_item("Auto range", "", self._name not in self.free)[0]:
            self.free ^= {self._name}
        imgui.set_item_tooltip("Without it the wheel zooms, and dragging pans")
        if imgui.menu_item("Larger window", "", self._name in self.large)[0]:
            self.large ^= {self._name}
        imgui.separator()
        for line in self._lines:
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
        if expanded and curves.begin(
            f"{self._name} large", ImVec2(-1, -1), y_label, x_format=x_format, fits=False
        ):
            for line in self._lines:
                curves.line(line.name, line.x, line.y, line.colour, line.weight, line.alpha)
            implot.end_plot()
        imgui.end()
        if still_open is False:
            self.large.discard(self._name)
