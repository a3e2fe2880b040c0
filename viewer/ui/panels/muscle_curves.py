"""Muscle curves panel: lengths, moment arms and forces of the selected muscles over a coordinate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui, implot
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.hint import hint
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools
from muscle_viewer.viewer.ui.panels.sliders import slider

if TYPE_CHECKING:
    from muscle_viewer.viewer.analysis.muscle_sweep import MuscleSweep

QUANTITIES = ("length", "moment arm", "force", "passive force")
UNITS = {"length": "cm", "moment arm": "cm", "force": "N", "passive force": "N"}
MOST = 12
"""Number of muscles that are plotted at most."""


class MuscleCurves:
    """Plots one quantity of the selected muscles over a coordinate's range, from the shown pose and at rest."""

    title = "Muscle curves"
    place = "below"

    def __init__(self) -> None:
        self.open = False
        self.quantity = "moment arm"
        self.activation = 1.0
        self.dof: int | None = None
        """The coordinate that was chosen; None: the first that the selected muscles span."""
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        sweeps = context.insight.sweeps if context.insight else None
        if sweeps is None:
            imgui.text_disabled("no model")
            return
        chosen = list(context.view.selection)[-MOST:]
        dofs = sorted({dof for muscle in chosen for dof in sweeps.spanned(muscle)})
        if not dofs:
            hint("Select muscles in the 3D view or in a panel: their curves are plotted here")
            return
        dof = self.dof if self.dof in dofs else dofs[0]
        self._draw_choices(context, dofs, dof)
        sweep = sweeps.over(
            dof,
            context.frame.positions,
            0.0 if self.quantity == "passive force" else self.activation,
        )
        self._draw_plot(context, send, sweep, chosen, dof)

    def _draw_choices(self, context: Context, dofs: list[int], dof: int) -> None:
        width = imgui.get_content_region_avail().x
        imgui.set_next_item_width(0.3 * width)
        if imgui.begin_combo("##quantity", self.quantity):
            for quantity in QUANTITIES:
                if imgui.selectable(quantity, quantity == self.quantity)[0]:
                    self.quantity = quantity
            imgui.end_combo()
        imgui.same_line()
        imgui.set_next_item_width(0.35 * width)
        names = context.info.dof_names
        if imgui.begin_combo("##coordinate", f"over {names[dof]}"):
            for one in dofs:
                if imgui.selectable(names[one], one == dof)[0]:
                    self.dof = one
            imgui.end_combo()
        if self.quantity == "force":
            imgui.same_line()
            imgui.set_next_item_width(-1)
            _, self.activation = slider(
                "##activation", self.activation, 0.0, 1.0, "activation %.2f"
            )

    def _draw_plot(
        self, context: Context, send: c.Send, sweep: MuscleSweep, chosen: list[int], dof: int
    ) -> None:
        (x, unit), tools = scaled(sweep), self._tools
        label = f"{self.quantity}, {UNITS[self.quantity]}"
        over = f"{context.info.dof_names[dof]}, {unit}"
        if not tools.begin(self.title, ImVec2(-1, -1), label, x_label=over):
            return
        outside = implot.LegendFlags_.outside.value
        implot.setup_legend(implot.Location_.east.value, outside)
        values = self._values(sweep)
        now = float(context.frame.positions[dof]) * (1.0 if sweep.is_way else np.degrees(1.0))
        for place, muscle in enumerate(chosen):
            colour = colours.selection_colour(context.view.selection.index(muscle))
            tools.line(context.info.muscle_names[muscle], x, values[:, muscle], colour, 2.0)
            if x[0] <= now <= x[-1]:
                at = float(np.interp(now, x, values[:, muscle]))
                tools.dot(f"##now{place}", now, at, colour)
        tools.end(context, send)

    def _values(self, sweep: MuscleSweep) -> np.ndarray:
        if self.quantity == "length":
            return 100.0 * sweep.lengths
        if self.quantity == "moment arm":
            return 100.0 * sweep.moment_arms
        return sweep.forces


def scaled(sweep: MuscleSweep) -> tuple[np.ndarray, str]:
    """The coordinate's values as they are shown, and their unit."""
    return (sweep.values, "m") if sweep.is_way else (np.degrees(sweep.values), "deg")
