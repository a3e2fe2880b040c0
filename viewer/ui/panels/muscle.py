"""Muscle panel: state of the selected muscle, its operating point on the muscle curves, and its moment arms."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.insight import (
    active_force_length,
    force_velocity,
    passive_force_length,
)
from muscle_viewer.viewer.scene.colour_modes import power
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import NOT_SIMULATED, Context
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

LENGTHS = np.linspace(0.4, 1.7, 90)


class Muscle:
    """Shows the muscle that was selected last."""

    title = "Muscle"
    place = "right"

    def __init__(self) -> None:
        self.open = True
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        if not context.view.selection:
            imgui.text_wrapped("Select a muscle in the 3D view or in a panel.")
            return
        m = context.view.selection[-1]
        info, frame = context.info, context.frame
        imgui.text(info.muscle_names[m])
        imgui.same_line()
        imgui.text_disabled(info.muscle_groups[m].replace("_", " "))
        strongest = info.max_isometric_force[m]
        watts = power(info, frame.active_forces, frame.fibre_velocities)
        acted = [
            ("activation", f"{frame.activations[m]:.3f}"),
            ("excitation", f"{frame.excitations[m]:.3f}"),
            ("active force", f"{frame.active_forces[m]:.0f} N"),
            ("power", f"{watts[m] + 0.0:+.1f} W"),
        ]
        moving = [("normalised fibre velocity", f"{frame.fibre_velocities[m]:+.2f} 1/s")]
        if not context.is_simulated:
            imgui.text_disabled(f"{NOT_SIMULATED}: no activation, force or velocity")
            acted, moving = [], []
        curves.pairs(
            [
                *acted,
                ("passive force", f"{frame.passive_forces[m]:.0f} N"),
                ("max isometric force", f"{strongest:.0f} N"),
                ("normalised fibre length", f"{frame.fibre_lengths[m]:.3f}"),
                *moving,
                ("optimal fibre length", f"{100 * info.optimal_fibre_length[m]:.1f} cm"),
                ("muscle-tendon length", f"{100 * frame.muscle_lengths[m]:.1f} cm"),
            ]
        )
        self._curves(context, m, send)
        _moment_arms(context, m)

    def _curves(self, context: Context, m: int, send: c.Send) -> None:
        if context.insight is None:
            return
        law, frame, tools = context.insight.law, context.frame, self._tools
        length, velocity = float(frame.fibre_lengths[m]), float(frame.fibre_velocities[m])
        height = max(0.28 * imgui.get_window_height(), 7.5 * imgui.get_font_size())
        size, force = ImVec2(-1, height), "normalised force"
        imgui.separator_text("force-length curve")
        if tools.begin("force-length curve", size, force, x_label="normalised fibre length"):
            tools.line("active", LENGTHS, active_force_length(LENGTHS, law), theme.ACCENT)
            passive = np.minimum(passive_force_length(LENGTHS, law), 1.2)
            tools.line("passive", LENGTHS, passive, theme.WARNING)
            now = float(active_force_length(np.array(length), law))
            tools.dot("##now", length, now, theme.ERROR)
            stretched = float(passive_force_length(np.array(length), law))
            tools.dot("##p", length, stretched, theme.WARNING)
            tools.end(context, send)
        imgui.separator_text("force-velocity curve")
        speed = "normalised fibre velocity, 1/s"
        if tools.begin("force-velocity curve", size, force, legend=False, x_label=speed):
            speeds = np.linspace(-law.max_velocity, 0.6 * law.max_velocity, 120)
            tools.line("force", speeds, force_velocity(speeds, law), theme.ACCENT)
            if context.is_simulated:
                now = float(force_velocity(np.array(velocity), law))
                tools.dot("now", velocity, now, theme.ERROR)
            tools.end(context, send)


def _moment_arms(context: Context, m: int) -> None:
    info, frame = context.info, context.frame
    entries = np.flatnonzero(info.muscle_of == m)
    if not len(entries):
        return
    imgui.separator_text("moment arms")
    force = frame.active_forces[m] + frame.passive_forces[m]
    if imgui.begin_table("##arms", 3):
        for entry in entries:
            arm = frame.moment_arms[entry]
            imgui.table_next_row()
            for column, text in enumerate(
                (
                    info.joint_names[int(info.muscle_dofs[entry])],
                    f"{1000 * arm:+.1f} mm",
                    f"{arm * force:+.1f} N m",
                )
            ):
                imgui.table_set_column_index(column)
                (imgui.text if column else imgui.text_disabled)(text)
        imgui.end_table()
