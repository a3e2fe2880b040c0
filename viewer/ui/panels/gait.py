"""Gait panel: spatiotemporal parameters, stance, ground reaction force, and joint angles against published norms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.core.gait import POINTS
from muscle_viewer.core.norms import sagittal
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import gait
from muscle_viewer.viewer.analysis.anatomy import EXTENDING
from muscle_viewer.viewer.analysis.strides import COLUMNS, StrideTable, stride_table
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History
    from muscle_viewer.viewer.ui.panels.context import Context

STANCE_SECONDS = 4.0

NUMBERS = 14.5
"""Width of the column of figures, font heights."""

NARROWEST, LOWEST = 7.8, 9.0
"""Least width of a plot beside the figures, and least height of one where all are shown, font heights."""

SIDES = (("right", colours.RIGHT), ("left", colours.LEFT))

QUANTITIES = ("angles", "moments", "powers")
"""What the joints' plots show."""

UNITS = {"angles": "deg", "moments": "N m/kg", "powers": "W/kg"}


@dataclass(frozen=True)
class Strides:
    """The last strides of a simulation, their means, and curves (strides, points) by name."""

    key: tuple[int, int, int]
    summary: gait.Summary | None
    strides: list[gait.Stride]
    curves: dict[str, np.ndarray]


def strides_of(info: ModelInfo, history: History, cursor: int, before: Strides | None) -> Strides:
    """Those before the cursor; `before` if no stride was completed since."""
    strides = gait.strides_of(history, cursor)[-gait.STRIDES :]
    key = (strides[-1].last if strides else -1, len(strides), history.cuts)
    if before and before.key == key:
        return before
    curves = {"ground": gait.loads(info, history, strides)} if strides else {}
    for name in gait.ANGLES:
        angle = sagittal(info.dof_names, gait.ANGLES[name], info.dof_ranges)
        if not (strides and angle):
            continue
        columns, sign = angle
        values = gait.cycles(history, strides, columns, "positions")
        curves[f"{name} angles"] = np.degrees(sign * values)
        dofs = {side: dof - info.root_dofs for side, dof in columns.items()}
        curves[f"{name} moments"] = -sign * gait.kinetics(history, strides, dofs, "joint_moments")
        curves[f"{name} powers"] = gait.kinetics(history, strides, dofs, "joint_powers")
    return Strides(key, gait.summary(info, history, cursor), strides, curves)


class Gait:
    """A table of gait parameters, a stance diagram, and curves over the gait cycle."""

    title = "Gait"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = True
        self._of: Sequence[Strides | None] = (None, None)
        """Of the first simulation and the second."""
        self.quantity = "angles"
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        if not len(context.info.contact_bodies):
            imgui.text_disabled("the character has no contact geometry")
            return
        first = strides_of(context.info, context.history, context.status.cursor, self._of[0])
        other, second = context.second, None
        if other:
            second = strides_of(other.subject.info, other.history, other.cursor, self._of[1])
        self._of = (first, second)
        strides = first.strides
        em, space = imgui.get_font_size(), imgui.get_content_region_avail()
        is_wide = space.x > (NUMBERS + (1 + len(gait.ANGLES)) * NARROWEST) * em
        if is_wide:
            imgui.begin_child("numbers", ImVec2(NUMBERS * em, 0))
            _numbers(first.summary)
            self._choose(context, send, strides)
            _stance(context)
            imgui.end_child()
            imgui.same_line()
        imgui.begin_child("curves")
        if not is_wide:
            self._choose(context, send, strides, first.summary)
        self._curves(context, send)
        imgui.end_child()

    def _curves(self, context: Context, send: c.Send) -> None:
        """The plots, in one row; where there is room, a row for each of angles, moments and powers."""
        em, gap = imgui.get_font_size(), imgui.get_style().item_spacing
        space, panes = imgui.get_content_region_avail(), 1 + len(gait.ANGLES)
        rows = QUANTITIES if self._shows_all else (self.quantity,)
        width = (space.x - curves.EDGE * em - (panes - 1) * gap.x) / panes
        size = ImVec2(width, (space.y - (len(rows) - 1) * gap.y) / len(rows))
        begin = imgui.get_cursor_pos()
        self._ground(size, context, send)
        for row, quantity in enumerate(rows):
            for column, name in enumerate(gait.ANGLES, 1):
                x, y = column * (size.x + gap.x), row * (size.y + gap.y)
                imgui.set_cursor_pos(ImVec2(begin.x + x, begin.y + y))
                self._joint(name, quantity, size, context, send)

    @property
    def _shows_all(self) -> bool:
        """Whether there is room for angles, moments and powers at once."""
        return imgui.get_window_height() > 3 * LOWEST * imgui.get_font_size()

    def _begin(self, quantity: str, unit: str, size: ImVec2) -> bool:
        """Begin a plot over the gait cycle."""
        title, em = f"{quantity}, {unit}", imgui.get_font_size()
        if imgui.calc_text_size(title).x > size.x - 3 * em:  # the vertical axis' labels beside it
            title = f"{quantity.replace('vertical ', '').removesuffix(' angle')}, {unit}"
        if not implot.begin_plot(title, size, FLAGS):
            return False
        self._tools.adopt(quantity, x_label="gait cycle (%)", x_format="%g%%")
        _cycle_axes(is_free=quantity in self._tools.free)
        return True

    def _ground(self, size: ImVec2, context: Context, send: c.Send) -> None:
        if self._begin("vertical GRF", "BW", size):
            self._sides("ground")
            if implot.is_plot_hovered():
                curves.note(
                    f"vertical ground reaction force, body weights, over the gait cycle;\n{SAID}"
                )
            self._tools.end(context, send, "BW")

    def _choose(
        self,
        context: Context,
        send: c.Send,
        strides: list[gait.Stride],
        summary: gait.Summary | None = None,
    ) -> None:
        """What the joints' plots show, a larger panel, and the table of the strides; with a summary, its figures too."""
        em = imgui.get_font_size()
        imgui.begin_disabled(self._shows_all)
        imgui.set_next_item_width(5.4 * em)
        shown = "all" if self._shows_all else self.quantity
        if imgui.begin_combo("##quantity", shown):
            for quantity in QUANTITIES:
                if imgui.selectable(f"Joint {quantity}", quantity == self.quantity)[0]:
                    self.quantity = quantity
            imgui.end_combo()
        imgui.end_disabled()
        imgui.same_line()
        is_large = context.enlarged == self.title
        if imgui.button("Put back" if is_large else "Enlarge"):
            send(c.Enlarge(self.title))
        imgui.set_item_tooltip("Moments and powers beside the angles; a double-click on a tab, too")
        if summary:
            imgui.same_line()
            if imgui.button("Figures"):
                imgui.open_popup("figures")
            if imgui.begin_popup("figures"):
                _numbers(summary)
                imgui.end_popup()
        imgui.same_line()
        imgui.begin_disabled(not strides)
        if imgui.button("Table"):
            imgui.open_popup("strides")
        imgui.end_disabled()
        if imgui.begin_popup("strides"):
            _draw_table(stride_table(context.info, context.history, strides))
            imgui.end_popup()

    def _joint(
        self, name: str, quantity: str, size: ImVec2, context: Context, send: c.Send
    ) -> None:
        """Plot an angle, or the moment or power of its joint, over the gait cycle."""
        joint = name.split()[0]
        norm_name, said = gait.ANGLES[name], f"{name} is positive"
        if quantity == "moments":
            norm_name, said = f"{joint}_moment", f"internal moment, {EXTENDING[joint]} is positive"
        elif quantity == "powers":
            norm_name, said = f"{joint}_power", "power, generation is positive"
        unit = UNITS[quantity]
        if self._begin(f"{joint} {quantity.removesuffix('s')}", unit, size):
            norm = gait.norms().get(norm_name)
            x = 100.0 * POINTS
            if norm is not None:
                low, high = norm.mean - norm.deviation, norm.mean + norm.deviation
                self._tools.shade("norm", x, low, high, theme.INK, 0.42)
                self._tools.keep("norm mean", x, norm.mean)
                self._tools.keep("norm SD", x, norm.deviation)
            self._sides(f"{name} {quantity}")
            if implot.is_plot_hovered():
                curves.note(f"{said}; grey: norm of healthy adults, mean ± SD;\n{SAID}")
            self._tools.end(context, send, unit)

    def _sides(self, name: str) -> None:
        """Mean and standard deviation of each side, in its colour; the second simulation's mean is faint."""
        for k, found in enumerate(self._of):
            for side, colour in SIDES if found and name in found.curves else ():
                assert found
                rows = [i for i, stride in enumerate(found.strides) if stride.side == side]
                if rows and k == 0:
                    self._band(side, found.curves[name][rows], colour)
                elif rows:
                    mean = found.curves[name][rows].mean(axis=0)
                    self._tools.line(f"{side} second", 100.0 * POINTS, mean, colour, 1.3, 0.6)

    def _band(self, name: str, rows: np.ndarray, colour: str) -> None:
        """Mean and standard deviation over strides."""
        x, mean, std = 100.0 * POINTS, rows.mean(axis=0), rows.std(axis=0)
        self._tools.shade(f"##{name} std", x, mean - std, mean + std, colour)
        self._tools.line(name, x, mean, colour, 2.0)
        self._tools.keep(f"{name} SD", x, std)


def _numbers(summary: gait.Summary | None) -> None:
    if summary is None:
        imgui.text_disabled("no complete stride yet")
        return
    curves.pairs(
        [
            ("speed", f"{summary.speed:.2f} m/s"),
            ("cadence", f"{summary.cadence:.0f} steps/min"),
            ("stride length", f"{summary.length:.2f} m"),
            ("step width", f"{100 * summary.width:.1f} cm"),
            ("peak vertical GRF", f"{summary.peak:.2f} BW"),
        ]
    )


SAID = "green: right, purple: left; mean ± SD of the last strides"


def _draw_table(table: StrideTable) -> None:
    """The strides as a table; Ctrl+C or the button copies it."""
    em = imgui.get_font_size()
    flags = imgui.TableFlags_.row_bg.value | imgui.TableFlags_.sizing_fixed_fit.value
    if imgui.begin_table("##strides", 1 + len(COLUMNS), flags):
        imgui.table_setup_column("side")
        for name, unit in COLUMNS:
            imgui.table_setup_column(f"{name}, {unit}")
        imgui.table_headers_row()
        for name, figures in table.rows:
            imgui.table_next_row()
            imgui.table_next_column()
            imgui.text(name)
            for value in figures:
                imgui.table_next_column()
                imgui.text(f"{value:.3f}" if np.isfinite(value) else "-")
        imgui.end_table()
    copies = imgui.get_io().key_ctrl and imgui.is_key_pressed(imgui.Key.c)
    if imgui.button("Copy (Ctrl+C)", ImVec2(9 * em, 0)) or copies:
        imgui.set_clipboard_text(table.text())


FLAGS = int(
    implot.Flags_.no_legend
    | implot.Flags_.no_mouse_text
    | implot.Flags_.no_menus
    | implot.Flags_.no_box_select
    | implot.Flags_.crosshairs
)


def _cycle_axes(is_free: bool) -> None:
    """Axes over the gait cycle; the mouse pans and zooms free ones."""
    x_axis, quiet = implot.ImAxis_.x1.value, implot.AxisFlags_.no_highlight
    fit = quiet if is_free else implot.AxisFlags_.auto_fit | quiet
    implot.setup_axes("", "", int(quiet), int(fit))
    when = imgui.Cond_.once if is_free else imgui.Cond_.always
    implot.setup_axis_limits(x_axis, 0.0, 100.0, when.value)
    if not is_free:
        implot.setup_axis_ticks(x_axis, [0.0, 50.0, 100.0], ["0", "50%", "100"])


def _stance(context: Context) -> None:
    """Stance phases of each foot over the last seconds."""
    info, history = context.info, context.history
    first, last = history.between(context.clock - STANCE_SECONDS, context.clock)
    em, draw = imgui.get_font_size(), imgui.get_window_draw_list()
    high, gap = 0.5 * em, 0.2 * em
    imgui.text_disabled("stance")
    imgui.set_item_tooltip(f"Each foot on the ground, last {STANCE_SECONDS:g} s")
    imgui.same_line()
    begin, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    for row, (side, colour) in enumerate(SIDES):
        origin = ImVec2(begin.x, begin.y + row * (high + gap))
        ground = ImVec2(origin.x + width, origin.y + high)
        draw.add_rect_filled(origin, ground, theme.packed(theme.FIELD, 0.6), theme.pixels(2))
        down = gait.load(info, history, side, first, last) > 0.05
        times = history.times(first, last) - (context.clock - STANCE_SECONDS)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], down.astype(int), [0]])))
        for a, b in edges.reshape(-1, 2):
            x0 = origin.x + width * float(np.clip(times[a] / STANCE_SECONDS, 0, 1))
            x1 = origin.x + width * float(
                np.clip(times[min(b, len(times) - 1)] / STANCE_SECONDS, 0, 1)
            )
            low, end = ImVec2(x0, origin.y), ImVec2(x1, origin.y + high)
            draw.add_rect_filled(low, end, theme.packed(colour), theme.pixels(2))
    imgui.dummy(ImVec2(width, 2 * high + gap))
