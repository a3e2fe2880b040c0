"""Pose panel: a slider for every dof of a character that is posed by hand; of a model the excitations, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.muscle_sliders import MuscleSliders
from muscle_viewer.viewer.ui.panels.sliders import slider


class Pose:
    """Holds joint coordinates where the user puts them."""

    title = "Pose"
    place = "left"

    def __init__(self) -> None:
        self.open = False
        self.search = ""
        self._excitations = MuscleSliders("Excitations")

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        limits = context.bounds.pose
        if not limits:
            imgui.text_wrapped(
                "A policy moves this character. A model's own file opens with a slider for each dof."
            )
            return
        parameters = context.status.parameters
        if context.bounds.poses:
            _draw_poses(context, send)
            self._excitations.draw(context, send)
        else:
            imgui.begin_disabled(not parameters.pose)
            if imgui.button("Let go of all", ImVec2(-1, 0)):
                send(c.SetParameters(replace(parameters, pose=())))
            imgui.end_disabled()
        imgui.set_next_item_width(-1)
        _, self.search = imgui.input_text_with_hint("##find", "Search", self.search)
        words = self.search.lower().split()
        held = {} if context.bounds.poses else dict(parameters.pose)
        for dof, name in enumerate(context.info.dof_names):
            if all(word in name.lower() for word in words):
                self._row(context, dof, name, held, send)

    def _row(
        self, context: Context, dof: int, name: str, held: dict[int, float], send: c.Send
    ) -> None:
        is_way = dof in context.bounds.ways
        factor, form = (1.0, "%.3f m") if is_way else (float(np.degrees(1.0)), "%+.1f deg")
        low, high = (factor * bound for bound in context.bounds.pose[dof])
        now = factor * held.get(dof, float(context.frame.positions[dof]))
        imgui.set_next_item_width(-1)
        changed, value = slider(f"##dof{dof}", now, low, high, f"{name} {form}")
        if changed:
            send(c.SetParameters(context.status.parameters.posed(dof, value / factor)))


def _draw_poses(context: Context, send: c.Send) -> None:
    imgui.set_next_item_width(-1)
    if imgui.begin_combo("##poses", "Set a pose"):
        for name, pose in context.bounds.poses:
            if imgui.selectable(name, False)[0]:
                send(c.SetParameters(replace(context.status.parameters, pose=pose)))
        imgui.end_combo()
    imgui.text_disabled("Play simulates from the shown pose")
