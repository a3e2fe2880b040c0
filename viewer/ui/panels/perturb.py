"""Perturbation on the character and its world: pushes, held muscles, weakness, contracture, gravity, friction, gains."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.muscle_sliders import MuscleSliders

WORLD = (
    ("gravity", 0.0, 2.0),
    ("friction", 0.05, 2.0),
    ("stiffness", 0.2, 3.0),
    ("damping", 0.2, 3.0),
)
"""Parameters with a slider, and its bounds."""

STEEPEST = 15.0
"""Degrees of the slope's slider."""

GAIT = (
    ("cadence", "cadence and speed", "how fast the reference motion is played"),
    ("stride", "stride", "how far the reference goes in a cycle, and the gait that is asked for"),
)
"""Parameters with a slider, their labels and tips."""

DIRECTIONS = (
    ("arrow_left", "from its left", (-1.0, 0.0)),
    ("arrow_right", "from its right", (1.0, 0.0)),
    ("arrow_up", "from behind", (0.0, 1.0)),
    ("arrow_down", "from the front", (0.0, -1.0)),
)
"""Icon, tip, and the way that the push goes: to the character's left and forward."""


class Perturb:
    """Everything here is part of the run, and recorded."""

    title = "Perturb"
    place = "left"

    def __init__(self) -> None:
        self.open = True
        self._edited: Parameters | None = None
        self._sliders = MuscleSliders()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        _push(context, send)
        self._world(context, send)
        self._muscles(context, send)
        self._sliders.draw(context, send)
        changed = context.status.parameters != Parameters() or context.status.perturbation.overrides
        imgui.spacing()
        imgui.begin_disabled(not changed)
        if imgui.button("as the checkpoint says", ImVec2(-1, 0)):
            send(c.ClearOverrides())
            send(c.SetParameters(Parameters()))
        imgui.end_disabled()

    def _world(self, context: Context, send: c.Send) -> None:
        imgui.separator_text("World and joints")
        edited = self._edited or context.status.parameters
        for name, low, high in WORLD:
            imgui.set_next_item_width(-1)
            changed, value = imgui.slider_float(
                f"##{name}", getattr(edited, name), low, high, f"{name} x %.2f"
            )
            if changed:
                edited = self._edited = replace(edited, **{name: value})  # type: ignore[arg-type]
            self._send_when_done(send)
        imgui.set_next_item_width(-1)
        changed, value = imgui.slider_float(
            "##slope", edited.slope, -STEEPEST, STEEPEST, "slope %+.1f deg"
        )
        imgui.set_item_tooltip(
            "the ground rises ahead, or falls; gravity leans, and the picture with it"
        )
        if changed:
            edited = self._edited = replace(edited, slope=value)
        self._send_when_done(send)
        for name, label, tip in GAIT:
            imgui.set_next_item_width(-1)
            low, high = getattr(context.bounds, name)
            changed, value = imgui.slider_float(
                f"##{name}", getattr(edited, name), low, high, f"{label} x %.2f"
            )
            imgui.set_item_tooltip(tip)
            if changed:
                edited = self._edited = replace(edited, **{name: value})  # type: ignore[arg-type]
            self._send_when_done(send)
        bone = context.view.push_body
        imgui.set_next_item_width(-1)
        name = context.info.body_names[bone].replace("_", " ")
        changed, value = imgui.slider_float(
            "##bone", edited.factor("bones", bone), *context.bounds.bones, f"{name} length x %.2f"
        )
        imgui.set_item_tooltip("the body that is chosen for pushes, longer or shorter")
        if changed:
            self._edited = edited.scaled("bones", [bone], value)
        self._send_when_done(send)

    def _muscles(self, context: Context, send: c.Send) -> None:
        imgui.separator_text("Chosen muscles")
        chosen = context.view.selection
        if not chosen:
            imgui.text_disabled("none: click a muscle")
            return
        edited = self._edited or context.status.parameters
        last = chosen[-1]
        for what, tip in (("force", "weakness"), ("length", "contracture, below 1")):
            imgui.set_next_item_width(-1)
            low, high = getattr(context.bounds, what)
            factor = edited.factor(what, last)
            label = "strength" if what == "force" else "fibre length"
            changed, value = imgui.slider_float(f"##{what}", factor, low, high, f"{label} x %.2f")
            imgui.set_item_tooltip(tip)
            if changed:
                edited = self._edited = edited.scaled(what, list(chosen), value)
            self._send_when_done(send)
        held = dict(context.status.perturbation.overrides)
        now = held.get(last, float(context.frame.excitations[last]))
        if imgui.checkbox("##held", last in held)[0]:
            for muscle in chosen:
                send(c.Override(muscle, None if last in held else now))
        imgui.set_item_tooltip("hold the activation, whatever the network says")
        imgui.same_line()
        imgui.set_next_item_width(-1)
        imgui.begin_disabled(last not in held)
        changed, value = imgui.slider_float("##activation", now, 0.0, 1.0, "activation %.2f")
        imgui.end_disabled()
        if changed:
            for muscle in chosen:
                send(c.Override(muscle, value))

    def _send_when_done(self, send: c.Send) -> None:
        """A slider that is let go: the model is built anew once, not in every picture."""
        if imgui.is_item_deactivated_after_edit() and self._edited is not None:
            send(c.SetParameters(self._edited))
            self._edited = None


def _push(context: Context, send: c.Send) -> None:
    view = context.view
    imgui.separator_text("Push")
    imgui.set_next_item_width(-1)
    body = context.info.body_names[view.push_body]
    if imgui.begin_combo("##body", body.replace("_", " ")):
        for k, name in enumerate(context.info.body_names):
            if imgui.selectable(name.replace("_", " "), k == view.push_body)[0]:
                send(c.SetPush(k, view.push_force, view.push_seconds))
        imgui.end_combo()
    imgui.set_next_item_width(-1)
    changed, force = imgui.slider_float("##push force", view.push_force, 10.0, 500.0, "%.0f N")
    if changed:
        send(c.SetPush(view.push_body, force, view.push_seconds))
    imgui.set_next_item_width(-1)
    changed, seconds = imgui.slider_float(
        "##push seconds", view.push_seconds, 0.05, 1.0, "for %.2f s"
    )
    if changed:
        send(c.SetPush(view.push_body, view.push_force, seconds))
    gap = imgui.get_style().item_spacing.x
    size = ImVec2((imgui.get_content_region_avail().x - 3 * gap) / 4, 0)
    for k, (icon, tip, way) in enumerate(DIRECTIONS):
        if k:
            imgui.same_line()
        if imgui.button(f"{theme.icon(icon, tip)}###push{k}", size):
            send(c.PushFrom(*way))
        imgui.set_item_tooltip(f"{tip} (Shift+arrow)")
    imgui.text_disabled("Ctrl+drag pulls a body")
