"""Activation over time panel: the activations of the selected muscles."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.simulation.runtime import State
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.activations import rows_of
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

SECONDS = 6.0
"""Simulated seconds that are shown while playing."""

MARGIN = 0.5
"""Seconds before and after the visible time that are plotted too, so that curves reach the edges."""


class Plot:
    """A curve for each selected muscle, in its colour; without a selection, the mean of each side.

    While playing, or when the shown time leaves the plot, the last seconds are shown; while paused, or without
    Auto range, the mouse pans and zooms the time axis.
    """

    title = "Activation over time"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = True
        self._sides: tuple[list[int], list[int]] | None = None
        self._visible = (0.0, SECONDS)
        """The times that were plotted last."""
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        if not implot.begin_plot(f"##{self.title}", ImVec2(-1, -1), curves.QUIET):
            return
        self._tools.adopt(self.title, x_format="%g s")
        x_axis, y_axis = implot.ImAxis_.x1.value, implot.ImAxis_.y1.value
        now = context.clock
        is_visible = self._visible[0] <= now <= self._visible[1]
        is_free = self.title in self._tools.free
        moving = not is_free and (context.status.state is State.PLAYING or not is_visible)
        when = imgui.Cond_.always.value if moving else imgui.Cond_.once.value
        implot.setup_axis(x_axis, None, implot.AxisFlags_.no_highlight.value)
        fixed = implot.AxisFlags_.lock | implot.AxisFlags_.no_highlight
        implot.setup_axis(y_axis, None, int(fixed))
        implot.setup_axis_format(x_axis, "%g s")
        implot.setup_axis_limits(x_axis, max(now, SECONDS) - SECONDS, max(now, SECONDS), when)
        implot.setup_axis_limits(y_axis, 0.0, 1.04, imgui.Cond_.always.value)
        outside = implot.LegendFlags_.outside.value
        implot.setup_legend(implot.Location_.east.value, outside)
        limits = implot.get_plot_limits()
        self._visible = (limits.x.min, limits.x.max)
        self._draw_curves(context, limits)
        self._tools.end(context, send, "activation")

    def _draw_curves(self, context: Context, limits: implot.Rect) -> None:
        history = context.history
        window = (limits.x.min - MARGIN, limits.x.max + MARGIN)
        first, last = history.between(*window)
        times = history.times(first, last)
        values = np.ascontiguousarray(history.values("activations", first, last).T)
        spec = implot.Spec(line_color=theme.paint(theme.INK, 0.55), line_weight=theme.pixels(1))
        implot.plot_inf_lines("##now", np.array([context.clock]), spec)
        begins = [t for t in context.history.breaks if window[0] <= t <= window[1]]
        if begins:
            spec = implot.Spec(line_color=theme.paint(theme.DIM, 0.7), line_weight=theme.pixels(1))
            implot.plot_inf_lines("##begins", np.array(begins), spec)
        names = context.info.muscle_names
        if context.view.selection:
            for place, muscle in enumerate(context.view.selection):
                colour = colours.selection_colour(place)
                self._tools.line(names[muscle], times, values[muscle], colour, 2.0)
            return
        for name, muscles, colour in zip(
            ("mean left", "mean right"), self._side_muscles(context), colours.SELECTED, strict=False
        ):
            if muscles:
                self._tools.line(name, times, values[muscles].mean(axis=0), colour, 2.0)

    def _side_muscles(self, context: Context) -> tuple[list[int], list[int]]:
        if self._sides is None:
            rows = rows_of(context.info.muscle_names, context.info.muscle_groups)
            self._sides = (
                [r.left for r in rows if r.left is not None],
                [r.right for r in rows if r.right is not None],
            )
        return self._sides
