"""The menu of what is under the mouse in the 3D view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.camera import VIEWS
from muscle_viewer.viewer.ui.panels.context import Context

if TYPE_CHECKING:
    from muscle_viewer.viewer.scene.view_state import Pointed

WEAK = 0.3
"""Factor on the maximal force of a muscle that the menu weakens."""


class PictureMenu:
    """Opens where the right mouse button was clicked."""

    def __init__(self) -> None:
        self._of: Pointed | None = None

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the menu while it is open."""
        pointed = context.view.pointed
        if pointed is not self._of:
            self._of = pointed
            if pointed:
                imgui.open_popup("picture")
        if pointed is None or not imgui.begin_popup("picture"):
            return
        if pointed.muscle is not None:
            _muscle(context, pointed.muscle, send)
        if pointed.body is not None:
            _body(context, pointed.body, send)
        if pointed.muscle is not None or pointed.body is not None:
            if imgui.menu_item("Focus here", "Double-click", False)[0]:
                send(c.FocusAt(pointed.across, pointed.up))
            imgui.separator()
        if imgui.begin_menu("View"):
            for name in (*VIEWS, *context.view.views):
                if imgui.menu_item(name, "", name == context.view.view_name)[0]:
                    send(c.LookFrom(name))
            imgui.separator()
            if imgui.menu_item("Save the view as ...", "", False)[0]:
                send(c.NameView())
            imgui.end_menu()
        if context.view.isolated and imgui.menu_item("Show all muscle groups", "I", False)[0]:
            send(c.Isolate(None))
        if context.view.selection and imgui.menu_item("Clear the selection", "Esc", False)[0]:
            send(c.ClearSelection())
        if imgui.menu_item("Save a screenshot", "F12", False)[0]:
            send(c.SaveScreenshot())
        imgui.end_popup()


def _muscle(context: Context, muscle: int, send: c.Send) -> None:
    info = context.info
    group = info.muscle_groups[muscle]
    imgui.text_disabled(info.muscle_names[muscle])
    if imgui.menu_item("Select", "Click", muscle in context.view.selection)[0]:
        send(c.Select(muscle))
    of_group = tuple(m for m, name in enumerate(info.muscle_groups) if name == group)
    words = group.replace("_", " ")
    if imgui.menu_item(f"Select all of {words} ({len(of_group)})", "", False)[0]:
        send(c.SelectGroup(of_group))
    if imgui.menu_item(f"Show only {words}", "", group in context.view.isolated)[0]:
        send(c.Isolate(group))
    parameters = context.status.parameters
    is_weak = parameters.factor("force", muscle) != 1.0
    if context.has_policy:
        name = "Full strength" if is_weak else f"Weaken to {WEAK:.0%}"
        if imgui.menu_item(name, "", False)[0]:
            changed = parameters.scaled("force", [muscle], 1.0 if is_weak else WEAK)
            send(c.SetParameters(changed, context.view.changed_side))
        if imgui.menu_item("Plot its activation", "", False)[0]:
            send(c.Select(muscle))
            send(c.Focus("Activation over time"))
    if imgui.menu_item("Muscle panel", "", False)[0]:
        send(c.Select(muscle))
        send(c.Focus("Muscle"))
    imgui.separator()


def _body(context: Context, body: int, send: c.Send) -> None:
    view, name = context.view, context.info.body_names[body].replace("_", " ")
    imgui.text_disabled(name)
    if context.has_policy:
        if imgui.menu_item(f"Push from behind, {view.push_force:.0f} N", "", False)[0]:
            send(c.PushFrom(0.0, 1.0, body))
        if imgui.menu_item(f"Push from the left, {view.push_force:.0f} N", "", False)[0]:
            send(c.PushFrom(-1.0, 0.0, body))
        if imgui.menu_item("Choose for pushes and length", "", body == view.push_body)[0]:
            send(c.SetPush(body, view.push_force, view.push_seconds))
    imgui.separator()
