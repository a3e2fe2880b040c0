"""Compare panel: the differences between two simulations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import gait
from muscle_viewer.viewer.analysis.channels import Channel, channels, found, series
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.scene.view_state import COMPARISONS
from muscle_viewer.viewer.simulation.second_simulation import SecondSimulation
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

SECONDS = 6.0
DIFFERENCE_SECONDS = 2.0
"""Time over which the muscles are ranked by their difference, s."""

GAIT = (
    ("speed", "speed", "m/s"),
    ("cadence", "cadence", "steps/min"),
    ("stride length", "length", "m"),
    ("step width", "width", "m"),
    ("peak vertical GRF", "peak", "BW"),
)
"""Name, field of `gait.Summary` and unit."""

MOST_MUSCLES = 12

NARROW, FIGURES, MUSCLES, CHANNEL, MODE = 44.0, 19.0, 13.0, 10.0, 5.0
"""Width of the panel below which its parts are tabs, widths of its left and right columns, of the list of channels among
tabs, and of that of the ways of comparing, font heights."""

LONGEST_NAME = 14
"""Number of characters of a simulation's name in the tables."""

FIRST, SECOND = colours.SELECTED[0], colours.SELECTED[1]


class Compare:
    """A table of both simulations, one channel of both over time with its difference, and the muscles that differ most."""

    title = "Compare"
    place = "below"

    def __init__(self) -> None:
        self.open = True
        self.search = ""
        self.channel: Channel | None = None
        self.front = ""
        """Title of the table that comes to the front in the next picture."""
        self._tools = PlotTools()
        self._all: list[Channel] | None = None

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        other = context.second
        if other is None:
            imgui.text_wrapped("One simulation is running. To compare two:")
            imgui.text_disabled("muscle-viewer a.pt b.pt")
            imgui.text_disabled("muscle-viewer a.pt --second-engine dart")
            if imgui.button("Compare with the present as baseline"):
                send(c.FreezeBaseline())
            imgui.set_item_tooltip("Keep walking as now beside what you change from now on")
            if imgui.button(f"Compare with {context.other_engine}"):
                send(c.CompareEngines())
            return
        if self._all is None:
            only_in_first = context.history.rows.extras
            everything = channels(context.info, context.history.rows)
            self._all = [k for k in everything if k.field not in only_in_first]
        if other.message:
            imgui.text_wrapped(f"{other.name} has stopped: {other.message}")
        em = imgui.get_font_size()
        parts = {
            "Now": lambda: _figures(context, other),
            "Gait": lambda: _gait(context, other),
        }
        if imgui.get_content_region_avail().x < NARROW * em:
            parts["Curves"] = lambda: self._over_time(context, other, send, CHANNEL * em)
            parts["Muscles"] = lambda: _muscles(context, other, send)
            self._tabs(parts, context, send)
            return
        imgui.begin_child("figures", ImVec2(FIGURES * em, 0))
        self._tabs(parts, context, send)
        imgui.end_child()
        imgui.same_line()
        imgui.begin_child("over time", ImVec2(-MUSCLES * em, 0))
        self._over_time(context, other, send, -1)
        imgui.end_child()
        imgui.same_line()
        imgui.begin_child("muscles")
        _muscles(context, other, send)
        imgui.end_child()

    def _tabs(self, parts: dict[str, Callable[[], None]], context: Context, send: c.Send) -> None:
        """Draw one of the parts, which tabs choose, in a line with the way of comparing."""
        left = imgui.get_cursor_pos_x()
        _modes(context, send)
        imgui.same_line()
        if not imgui.begin_tab_bar("##of"):
            return
        for title, draw in parts.items():
            front = imgui.TabItemFlags_.set_selected.value if self.front == title else 0
            if imgui.begin_tab_item(title, None, front)[0]:
                imgui.set_cursor_pos_x(left)
                draw()
                imgui.end_tab_item()
        self.front = ""
        imgui.end_tab_bar()

    def _over_time(
        self, context: Context, other: SecondSimulation, send: c.Send, width: float
    ) -> None:
        """The chosen channel of both simulations, and its difference. width: of its list, pixels; -1: the whole."""
        imgui.set_next_item_width(width)
        self._choose(context)
        if width > 0:  # the legend beside it
            imgui.same_line()
        self._plot(context, other, send)

    def _choose(self, context: Context) -> None:
        """A combo with a search for the channel; by default the activation of the selected muscle, or the mean over all."""
        selection = context.view.selection
        name = context.info.muscle_names[selection[0]] if selection else "all muscles (mean)"
        followed = f"activation of {name}"
        shown = self.channel.name if self.channel else followed
        if not imgui.begin_combo("##channel", shown, imgui.ComboFlags_.height_large.value):
            return
        imgui.set_next_item_width(-1)
        _, self.search = imgui.input_text_with_hint("##search", "Search", self.search)
        if imgui.selectable(followed, self.channel is None)[0]:
            self.channel = None
        for channel in found(self._all or [], self.search)[:60]:
            if imgui.selectable(channel.name, channel == self.channel)[0]:
                self.channel = channel
        imgui.end_combo()

    def _plot(self, context: Context, other: SecondSimulation, send: c.Send) -> None:
        first, last, times = curves.over_time(context, SECONDS)
        unit, (a, b) = self._values(context, other, first, last)
        first_name, second_name = _names(context, other)
        lines = (
            ("difference", b - a, theme.DIM, 1.2),
            (first_name, a, FIRST, 1.8),
            (second_name, b, SECOND, 1.8),
        )
        curves.key([(name, colour) for name, _, colour, _ in lines])
        size = ImVec2(-curves.EDGE * imgui.get_font_size(), -1)
        if self._tools.begin("Comparison", size, unit, legend=False, x_format="%g s"):
            for name, values, colour, weight in lines:
                self._tools.line(name, times, values, colour, weight)
            self._tools.end(context, send)

    def _values(
        self, context: Context, other: SecondSimulation, first: int, last: int
    ) -> tuple[str, tuple[np.ndarray, np.ndarray]]:
        """The unit, and the values of both simulations over frames first to last - 1."""
        channel, selection = self.channel, context.view.selection
        histories = context.history, other.history
        if channel:
            a, b = (
                series(context.info, h, channel.field, channel.column, first, last)
                for h in histories
            )
            return channel.unit, (a, b)
        if selection:
            muscle = selection[0]
            a, b = (h.values("activations", first, last, [muscle])[:, 0] for h in histories)
            return "activation", (a, b)
        a, b = (h.values("activations", first, last).mean(axis=1) for h in histories)
        return "activation", (a, b)


def _modes(context: Context, send: c.Send) -> None:
    imgui.set_next_item_width(MODE * imgui.get_font_size())
    if imgui.begin_combo("##mode", context.view.comparison):
        for mode in COMPARISONS:
            if imgui.selectable(mode, context.view.comparison == mode)[0]:
                send(c.SetComparison(mode))
        imgui.end_combo()
    imgui.set_item_tooltip("Side by side, or the second as a ghost (K)")
    imgui.same_line()
    if imgui.button("End"):
        send(c.EndComparison())


def _gait(context: Context, other: SecondSimulation) -> None:
    """A table of the gait of both simulations, over the last strides of each, and of their difference."""
    a = gait.summary(context.info, context.history, context.status.cursor)
    b = gait.summary(other.subject.info, other.history, other.cursor)

    def figure(summary: gait.Summary | None, field: str) -> float:
        return float(getattr(summary, field)) if summary else float("nan")

    rows = [(name, figure(a, field), figure(b, field), unit) for name, field, unit in GAIT]
    _table(context, other, rows)
    counts = (str(s.strides) if s else "no" for s in (a, b))
    imgui.text_disabled(f"{' and '.join(counts)} strides since the last change")


def _figures(context: Context, other: SecondSimulation) -> None:
    """A table of the present values of both simulations and of their difference."""
    a, b, root = context.frame, other.frame, context.info.root_dofs
    difference = np.asarray(b.positions - a.positions)
    rows = [
        ("reward", float(a.reward), float(b.reward), ""),
        ("speed", _speed(context, a), _speed(context, b), "m/s"),
        ("activation", float(a.activations.mean()), float(b.activations.mean()), ""),
        ("vertical GRF", _vertical_force(a), _vertical_force(b), "N"),
    ]
    _table(context, other, rows)
    joints = np.degrees(np.sqrt(np.sum(difference[root:] ** 2) / max(len(difference) - root, 1)))
    place = np.linalg.norm(difference[3:root])
    imgui.text_disabled(f"root offset {100 * place:.1f} cm, joints {joints:.1f} deg RMS")


def _table(
    context: Context, other: SecondSimulation, rows: list[tuple[str, float, float, str]]
) -> None:
    """Values of both simulations and the difference, the second's less the first's."""
    flags = imgui.TableFlags_.row_bg | imgui.TableFlags_.sizing_stretch_prop
    if not imgui.begin_table("##figures", 4, int(flags)):
        return
    for title in ("", *_names(context, other), "diff."):
        imgui.table_setup_column(title)
    imgui.table_headers_row()
    for name, first, second, unit in rows:
        imgui.table_next_row()
        imgui.table_next_column()
        imgui.text_disabled(f"{name}, {unit}".removesuffix(", "))
        digits = 0 if unit in ("N", "steps/min") else 2
        for value in (first, second, second - first):
            imgui.table_next_column()
            imgui.text(f"{value:.{digits}f}" if np.isfinite(value) else "-")
    imgui.end_table()


def _muscles(context: Context, other: SecondSimulation, send: c.Send) -> None:
    """The muscles whose activations differ most over the last seconds."""
    first, last, _ = curves.over_time(context, DIFFERENCE_SECONDS)
    a, b = (h.values("activations", first, last) for h in (context.history, other.history))
    rms = np.sqrt(np.mean((b - a) ** 2, axis=0))
    imgui.push_text_wrap_pos(0.0)
    imgui.text_disabled(f"activation RMS difference, {DIFFERENCE_SECONDS:g} s")
    imgui.pop_text_wrap_pos()
    for muscle in np.argsort(-rms)[:MOST_MUSCLES]:
        name = context.info.muscle_names[int(muscle)]
        chosen = int(muscle) in context.view.selection
        if imgui.selectable(f"{rms[muscle]:.2f}  {name}", chosen)[0]:
            send(c.Select(int(muscle), extend=imgui.get_io().key_ctrl))


def _speed(context: Context, frame: Frame) -> float:
    """Horizontal speed of the root, m/s; 0 for a fixed root."""
    if not context.info.root_dofs:
        return 0.0
    rotation, velocity = frame.body_rotations[0], frame.velocities[3:6]
    world = rotation @ velocity
    return float(np.hypot(world[0], world[2]))


def _vertical_force(frame: Frame) -> float:
    """Vertical ground reaction force, N."""
    return float(frame.contact_forces[:, 1].sum())


def _names(context: Context, other: SecondSimulation) -> tuple[str, str]:
    """Short names of both simulations."""
    return short_names(context.status.name, other.name)


def short_names(first: str, second: str) -> tuple[str, str]:
    """Names of at most `LONGEST_NAME` characters that differ wherever the names do.

    Of one checkpoint on two engines the engines alone; of long names the ends, or where these are alike, the part that
    begins before the first difference.
    """
    (a, _, engine_a), (b, _, engine_b) = (name.rpartition(" on ") for name in (first, second))
    if a and a == b:
        return engine_a, engine_b
    second = second.removeprefix(f"{first} ") if second.endswith(" baseline") else second
    half = LONGEST_NAME // 2 - 1
    ends = [n if len(n) <= LONGEST_NAME else f"{n[:half]}...{n[-half:]}" for n in (first, second)]
    if ends[0] == ends[1] and first != second:
        alike = [x == y for x, y in zip(first, second, strict=False)]
        begin = max((alike.index(False) if False in alike else len(alike)) - 3, 0)
        ends = [f"...{name[begin : begin + LONGEST_NAME - 3]}" for name in (first, second)]
    return ends[0], ends[1]
