"""Sweep panel: the gait measured at several values of a parameter of the environment, curve by curve."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.colormap import ACTIVATION
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.hint import hint
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools, data_menu
from muscle_viewer.viewer.ui.panels.sliders import whole_slider

if TYPE_CHECKING:
    from muscle_viewer.core.configuration import ParameterInfo
    from muscle_viewer.viewer.analysis.sweep import Sweep
    from muscle_viewer.viewer.ui.panels.context import Context

COUNTS = (3, 11)
"""Bounds of the number of values."""

TALL = 26.0
"""Height of the panel above which all plots are seen at once, font heights."""

ANGLES = (
    ("hip_flexion", "hip flexion, deg"),
    ("knee_flexion", "knee flexion, deg"),
    ("ankle_dorsiflexion", "ankle dorsiflexion, deg"),
)
"""Means of both sides, by their names in `muscle-eval --json`."""

KINETICS = (
    ("vertical_force", "vertical GRF, BW"),
    ("hip_moment", "hip moment, N m/kg"),
    ("knee_moment", "knee moment, N m/kg"),
    ("ankle_moment", "ankle moment, N m/kg"),
    ("ankle_power", "ankle power, W/kg"),
)
"""Of one side."""

FIGURES = (
    ("falls", "fall_rate", "{:.0%}"),
    ("speed, m/s", "speed", "{:.2f}"),
    ("steps/min", "cadence", "{:.0f}"),
    ("stride, m", "stride_length", "{:.2f}"),
    ("cost, J/(kg m)", "cost_of_transport", "{:.1f}"),
)

UNITS = {
    "fall_rate": "1", "speed": "m/s", "cadence": "steps/min", "stride_length": "m", "cost_of_transport": "J/(kg m)",
}  # fmt: skip


class SweepPanel:
    """What a parameter changes: small plots of the gait cycle, a line for each value, and a table."""

    title = "Sweep"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = False  # until an environment with parameters is opened
        self.parameter = 0
        self.count = 5
        self.side = "right"
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        drawn = context.bounds.drawn
        if not drawn:
            hint("this environment has no parameters (docs/bodies.md)")
            return
        em = imgui.get_font_size()
        imgui.begin_child("choice", ImVec2(13.5 * em, 0))
        self._choose(context, drawn, send)
        imgui.end_child()
        imgui.same_line()
        imgui.begin_child("curves", ImVec2(0, 0), 0, imgui.WindowFlags_.horizontal_scrollbar.value)
        if context.sweep and context.sweep.rows:
            self._draw_results(context, send, context.sweep)
        else:
            hint(
                "Measures some episodes at each value, beside the running simulation. The other "
                "parameters are as set in the panel Perturb."
            )
        imgui.end_child()

    def _choose(self, context: Context, drawn: Sequence[ParameterInfo], send: c.Send) -> None:
        self.parameter = min(self.parameter, len(drawn) - 1)
        info = drawn[self.parameter]
        imgui.set_next_item_width(-1)
        if imgui.begin_combo("##parameter", info.name.replace("_", " ")):
            for k, other in enumerate(drawn):
                if imgui.selectable(other.name.replace("_", " "), k == self.parameter)[0]:
                    self.parameter = k
            imgui.end_combo()
        unit = f" {info.unit}" if info.unit else ""
        imgui.text_disabled(f"{info.low:g} to {info.high:g}{unit}, default {info.default:g}")
        imgui.set_next_item_width(-1)
        self.count = whole_slider("##count", self.count, *COUNTS, "%d values")[1]
        sweep = context.sweep
        if sweep and sweep.is_running:
            progress = len(sweep.rows) / sweep.count
            imgui.progress_bar(progress, ImVec2(-1, 0), f"{len(sweep.rows)} of {sweep.count}")
            if imgui.button("Stop", ImVec2(-1, 0)):
                send(c.StopSweep())
        elif imgui.button("Measure", ImVec2(-1, 0)):
            send(c.StartSweep(info.name, info.low, info.high, self.count))
        if sweep and sweep.error:
            imgui.text_wrapped(sweep.error)
        for side in ("right", "left"):
            if imgui.radio_button(f"{side} leg", side == self.side):
                self.side = side
            imgui.same_line()
        imgui.new_line()

    def _draw_results(self, context: Context, send: c.Send, sweep: Sweep) -> None:
        rows, em = sweep.rows, imgui.get_font_size()
        plots = [(label, [_angle(row, name) for row in rows]) for name, label in ANGLES]
        plots += [
            (f"{label}, {self.side}", [_kinetic(row, name, self.side) for row in rows])
            for name, label in KINETICS
        ]
        plots = [(label, lines) for label, lines in plots if any(len(line) for line in lines)]
        space, gap = imgui.get_content_region_avail(), imgui.get_style().item_spacing
        size = ImVec2(max(9.0 * em, (space.x - 3 * gap.x) / 4), max(space.y - 1.5 * em, 6.0 * em))
        is_tall = space.y > TALL * em
        if is_tall:  # two rows of plots, and the table below them
            table = (1.5 + len(rows)) * imgui.get_text_line_height_with_spacing()
            size.y = 0.5 * (space.y - table) - gap.y
        for k, (label, lines) in enumerate(plots, 1):
            self._plot(context, send, sweep, label, lines, size)
            if not (is_tall and (k % 4 == 0 or k == len(plots))):
                imgui.same_line()
        imgui.begin_group()
        _draw_table(sweep)
        imgui.end_group()
        data_menu("the sweep's table", partial(table_text, sweep), send)

    def _plot(
        self,
        context: Context,
        send: c.Send,
        sweep: Sweep,
        label: str,
        lines: Sequence[np.ndarray],
        size: ImVec2,
    ) -> None:
        flags = implot.Flags_.no_legend | implot.Flags_.no_mouse_text | implot.Flags_.no_menus
        if not implot.begin_plot(label, size, int(flags)):
            return
        self._tools.adopt(label, x_label="gait cycle (%)", x_format="%g%%")
        free, quiet = label in self._tools.free, implot.AxisFlags_.no_highlight
        fit = quiet if free else quiet | implot.AxisFlags_.auto_fit
        implot.setup_axes("", "", int(quiet), int(fit))
        when = imgui.Cond_.once if free else imgui.Cond_.always
        implot.setup_axis_limits(implot.ImAxis_.x1.value, 0.0, 100.0, when.value)
        for k, line in enumerate(lines):
            if len(line):
                name = f"{sweep.name.replace('_', ' ')} {sweep.rows[k][sweep.name]:.3g}"
                self._tools.line(
                    name, np.linspace(0, 100, len(line)), line, _colour(k, sweep.count)
                )
        self._tools.end(context, send, label.split(", ")[1])


def _draw_table(sweep: Sweep) -> None:
    """One line for each value, in the colour of its curves."""
    flags = (
        imgui.TableFlags_.row_bg | imgui.TableFlags_.sizing_fixed_fit
        | imgui.TableFlags_.no_host_extend_x
    )  # fmt: skip
    if imgui.begin_table("##measures", 1 + len(FIGURES), int(flags)):
        imgui.table_setup_column(sweep.name.replace("_", " "))
        for heading, _, _ in FIGURES:
            imgui.table_setup_column(heading)
        imgui.table_headers_row()
        for k, row in enumerate(sweep.rows):
            imgui.table_next_row()
            imgui.table_next_column()
            imgui.text_colored(theme.drawn(_colour(k, sweep.count)), f"{row[sweep.name]:.3g}")
            for _, field, form in FIGURES:
                imgui.table_next_column()
                value = row.get(field)
                imgui.text("-" if value is None else form.format(value))
        imgui.end_table()


def table_text(sweep: Sweep, separator: str) -> str:
    """The table's numbers, a line for each value of the parameter."""
    heads = [sweep.name, *(f"{field} ({UNITS[field]})" for _, field, _ in FIGURES)]
    lines = [separator.join(heads)]
    for row in sweep.rows:
        values = [row[sweep.name], *(row.get(field) for _, field, _ in FIGURES)]
        lines.append(separator.join("" if v is None else f"{v:.6g}" for v in values))
    return "\n".join(lines) + "\n"


def _angle(row: dict[str, Any], name: str) -> np.ndarray:
    """The mean cycle, degrees; empty where no cycle was measured."""
    return _numbers(row["joints"].get(name, {}).get("mean_cycle", []))


def _kinetic(row: dict[str, Any], name: str, side: str) -> np.ndarray:
    return _numbers(row["kinetics"]["curves"].get(name, {}).get(side, {}).get("mean", []))


def _numbers(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values])


def _colour(k: int, count: int) -> str:
    """Along the colour map of activation, the first value dark."""
    share = 0.3 + 0.7 * k / max(count - 1, 1)
    colour = ACTIVATION.srgb[ACTIVATION.index(np.array(share))]
    red, green, blue = (round(255 * float(part)) for part in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"
