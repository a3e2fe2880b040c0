"""Joints panel: angle, velocity and torques of one joint coordinate, and the contribution of each muscle."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import NOT_SIMULATED, Context
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

SECONDS = 4.0
MOST = 6
"""Number of muscles that are shown by name; the others are summed up."""

TORQUES = (
    ("applied", "applied_torques", theme.ACCENT, 5.0, 0.4),
    ("muscles", "muscle_torques", theme.GOOD, 2.0, 1.0),
    ("desired", "desired_torques", theme.INK, 1.0, 1.0),
    ("passive", "passive_torques", theme.WARNING, 1.4, 1.0),
)
"""Name, field, colour, line width and opacity of each torque; widths differ, so that coinciding curves stay visible."""

ANGLES = (
    ("reference", "reference_positions", theme.DIM, 1.4, 1.0),
    ("target", "target_positions", theme.WARNING, 1.4, 1.0),
    ("angle", "positions", theme.ACCENT, 2.0, 1.0),
)

OF_POLICY = ("target angle", "target", "desired")
"""Names of what a policy asks for, which is left out where none acts."""


class Joints:
    """Plots one joint coordinate."""

    title = "Joints"
    place = "right"

    def __init__(self) -> None:
        self.open = True
        self.dof: int | None = None
        """Index of the coordinate among the joints' dofs."""
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        names = context.info.joint_names
        if not names:
            imgui.text_disabled("the character has no joints")
            return
        if self.dof is None:
            driven = np.flatnonzero(context.info.muscle_driven_dofs)
            named = [k for k, name in enumerate(names) if name.startswith("knee_angle")]
            self.dof = named[0] if named else int(driven[0]) if len(driven) else 0
        imgui.set_next_item_width(-1)
        if imgui.begin_combo("##dof", names[self.dof]):
            for k, name in enumerate(names):
                if imgui.selectable(name, k == self.dof)[0]:
                    self.dof = k
            imgui.end_combo()
        d, frame = self.dof, context.frame
        column = context.info.root_dofs + d
        rows = [
            ("angle", f"{np.degrees(frame.positions[column]):+.1f} deg"),
            ("target angle", f"{np.degrees(frame.target_positions[column]):+.1f} deg"),
            ("velocity", f"{np.degrees(frame.velocities[column]):+.0f} deg/s"),
        ]
        rows += [(name, f"{getattr(frame, field)[d]:+.1f} N m") for name, field, *_ in TORQUES]
        if not context.has_policy:
            rows = [(name, value) for name, value in rows if name not in OF_POLICY]
        curves.pairs(rows if context.is_simulated else rows[:1])
        if not context.is_simulated:
            imgui.text_disabled(f"{NOT_SIMULATED}: no velocity or torque")
        height = max(0.18 * imgui.get_window_height(), 6.5 * imgui.get_font_size())
        self._over_time(context, send, "angle", "deg", ANGLES, column, height)
        if context.has_activations:
            self._over_time(context, send, "torque", "N m", TORQUES, d, height)
            self._contributions(context, send, d, height)

    def _over_time(
        self,
        context: Context,
        send: c.Send,
        quantity: str,
        unit: str,
        curves_of: tuple[tuple[str, str, str, float, float], ...],
        column: int,
        height: float,
    ) -> None:
        """Plot a column of fields over time; angles in degrees."""
        imgui.separator_text(f"{quantity} ({unit}) over time (s)")
        if not context.has_policy:
            curves_of = tuple(curve for curve in curves_of if curve[0] not in OF_POLICY)
        first, last, times = curves.over_time(context, SECONDS)
        factor = float(np.degrees(1.0)) if unit == "deg" else 1.0
        if self._tools.begin(quantity, ImVec2(-1, height), legend=False):
            for name, field, colour, weight, alpha in curves_of:
                values = context.history.values(field, first, last, [column])[:, 0]
                self._tools.line(name, times, factor * values, colour, weight, alpha)
            self._tools.end(context, send, unit)
        curves.key([(name, colour) for name, _, colour, *_ in curves_of])

    def _contributions(self, context: Context, send: c.Send, d: int, height: float) -> None:
        """Plot the torque of each muscle, stacked: positive contributions above zero, negative ones below."""
        imgui.separator_text("torque of each muscle (N m)")
        first, last, times = curves.over_time(context, SECONDS)
        muscles, parts = contributions(context, d, first, last)
        if not len(muscles):
            imgui.text_disabled("no muscle crosses this coordinate")
            return
        order = np.argsort(-np.abs(parts).max(axis=0, initial=0.0))
        if not self._tools.begin("torque of each muscle", ImVec2(-1, height), legend=False):
            return
        names = [context.info.muscle_names[int(muscles[k])] for k in order]
        for name, k in zip(names, order, strict=True):
            self._tools.keep(name, times, parts[:, k])
        named = [(name, colours.selection_colour(k)) for k, name in enumerate(names[:MOST])]
        shown = [parts[:, k] for k in order[:MOST]]
        rest = parts[:, order[MOST:]]
        stacked = [(np.maximum(part, 0.0), np.minimum(part, 0.0)) for part in shown]
        if rest.shape[1]:
            named.append(("others", theme.DIM))
            stacked.append((np.maximum(rest, 0.0).sum(1), np.minimum(rest, 0.0).sum(1)))
        for side in (0, 1):
            base = np.zeros(len(times))
            for (name, colour), part in zip(named, stacked, strict=True):
                top = base + part[side]
                self._tools.shade(name, times, base, top, colour, 0.75)
                base = top
        self._tools.end(context, send, "N m")
        curves.key(named)


def contributions(context: Context, d: int, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Muscles that cross a joint coordinate, and their torques over frames first to last - 1, N m, (frames, muscles).

    Means over each frame's step, as the frame's torques are.
    """
    info, history = context.info, context.history
    entries = np.flatnonzero(info.muscle_dofs == d)
    muscles = info.muscle_of[entries]
    before = int(first > history.oldest)
    arms = history.values("moment_arms", first - before, last, entries)
    arms = (0.5 * (arms + np.concatenate([arms[:1], arms[:-1]])))[before:]
    return muscles, arms * history.values("muscle_forces", first, last, muscles)
