"""Perturb panel: pushes, held muscles, muscle weakness and contracture, gravity, friction, slope, joint gains."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.muscle_sliders import MuscleSliders
from muscle_viewer.viewer.ui.panels.sliders import slider

WORLD = (
    ("gravity", "gravity", 0.0, 2.0),
    ("friction", "ground friction", 0.05, 2.0),
    ("stiffness", "PD stiffness", 0.2, 3.0),
    ("damping", "PD damping", 0.2, 3.0),
)
"""Parameters with a slider, their labels, and the sliders' bounds."""

STEEPEST = 15.0
"""Bound of the slope's slider, degrees."""

GAIT = (
    ("cadence", "cadence and speed", "Playback speed of the reference motion"),
    (
        "stride",
        "stride length",
        "Distance per cycle of the reference motion, and the target of reward and policy",
    ),
)
"""Parameters with a slider, their labels and tips."""

DIRECTIONS = (
    ("arrow_left", "Push from the left", (-1.0, 0.0)),
    ("arrow_right", "Push from the right", (1.0, 0.0)),
    ("arrow_up", "Push from behind", (0.0, 1.0)),
    ("arrow_down", "Push from the front", (0.0, -1.0)),
)
"""Icon, tooltip, and direction of the push: to the character's left and forward."""


class Perturb:
    """Perturbations and parameters, all of which are recorded with the run."""

    title = "Perturb"
    place = "left"

    def __init__(self) -> None:
        self.open = True
        self._edited: Parameters | None = None
        self._sliders = MuscleSliders()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        _push(context, send)
        _side(context, send)
        self._world(context, send)
        self._own_parameters(context, send)
        self._muscles(context, send)
        self._sliders.draw(context, send)
        changed = _shown(context) != Parameters() or context.status.perturbation.overrides
        imgui.spacing()
        imgui.begin_disabled(not changed)
        if imgui.button("Reset all to checkpoint", ImVec2(-1, 0)):
            send(c.ClearOverrides())
            send(c.SetParameters(Parameters(), context.view.changed_side))
        imgui.end_disabled()

    def _world(self, context: Context, send: c.Send) -> None:
        imgui.separator_text("World and joints")
        edited = self._edited or _shown(context)
        for name, label, low, high in WORLD:
            imgui.set_next_item_width(-1)
            changed, value = slider(
                f"##{name}", getattr(edited, name), low, high, f"{label} x %.2f"
            )
            if changed:
                edited = self._edited = replace(edited, **{name: value})  # type: ignore[arg-type]
            self._send_when_done(context, send)
        imgui.set_next_item_width(-1)
        changed, value = slider("##slope", edited.slope, -STEEPEST, STEEPEST, "slope %+.1f deg")
        imgui.set_item_tooltip("Slope of the ground ahead; in the simulation gravity is tilted")
        if changed:
            edited = self._edited = replace(edited, slope=value)
        self._send_when_done(context, send)
        own = {info.acts_on for info in context.bounds.drawn}
        for name, label, tip in GAIT:
            if name in own:
                continue  # the environment has its own slider below
            imgui.set_next_item_width(-1)
            low, high = getattr(context.bounds, name)
            changed, value = slider(
                f"##{name}", getattr(edited, name), low, high, f"{label} x %.2f"
            )
            imgui.set_item_tooltip(tip)
            if changed:
                edited = self._edited = replace(edited, **{name: value})  # type: ignore[arg-type]
            self._send_when_done(context, send)
        bone = context.view.push_body
        imgui.set_next_item_width(-1)
        name = context.info.body_names[bone].replace("_", " ")
        changed, value = slider(
            "##bone", edited.factor("bones", bone), *context.bounds.bones, f"{name} length x %.2f"
        )
        imgui.set_item_tooltip("Length of the body that is chosen under Push")
        if changed:
            self._edited = edited.scaled("bones", [bone], value)
        self._send_when_done(context, send)

    def _own_parameters(self, context: Context, send: c.Send) -> None:
        """Sliders of the parameters that each episode draws; the policy may observe them."""
        if not context.bounds.drawn:
            return
        imgui.separator_text("Parameters of the environment")
        edited = self._edited or _shown(context)
        _presets(context, send)
        values = dict(edited.drawn)
        for info in context.bounds.drawn:
            imgui.set_next_item_width(-1)
            unit = f" {info.unit}" if info.unit else ""
            shown = f"{info.name.replace('_', ' ').replace('%', '%%')} %.2f{unit}"
            value = values.get(info.name, info.default)
            changed, value = slider(f"##drawn {info.name}", value, info.low, info.high, shown)
            imgui.set_item_tooltip(f"{info.acts_on.replace('_', ' ')}; default {info.default:g}")
            if changed:
                edited = self._edited = edited.setting(info.name, value)
            self._send_when_done(context, send)

    def _muscles(self, context: Context, send: c.Send) -> None:
        imgui.separator_text("Selected muscles")
        chosen = context.view.selection
        if not chosen:
            imgui.text_disabled("none; click a muscle")
            return
        edited = self._edited or _shown(context)
        last = chosen[-1]
        for what, tip in (("force", "Weakness: below 1"), ("length", "Contracture: below 1")):
            imgui.set_next_item_width(-1)
            low, high = getattr(context.bounds, what)
            factor = edited.factor(what, last)
            label = "max force" if what == "force" else "optimal fibre length"
            changed, value = slider(f"##{what}", factor, low, high, f"{label} x %.2f")
            imgui.set_item_tooltip(tip)
            if changed:
                edited = self._edited = edited.scaled(what, list(chosen), value)
            self._send_when_done(context, send)
        held = dict(context.status.perturbation.overrides)
        now = held.get(last, float(context.frame.excitations[last]))
        if imgui.checkbox("##held", last in held)[0]:
            for muscle in chosen:
                send(c.Override(muscle, None if last in held else now))
        imgui.set_item_tooltip("Hold the excitation at this value in place of the network's output")
        imgui.same_line()
        imgui.set_next_item_width(-1)
        imgui.begin_disabled(last not in held)
        changed, value = slider("##activation", now, 0.0, 1.0, "excitation %.2f")
        imgui.end_disabled()
        if changed:
            for muscle in chosen:
                send(c.Override(muscle, value))

    def _send_when_done(self, context: Context, send: c.Send) -> None:
        """Send the edited parameters once a slider is released: the model is rebuilt once, not in every picture."""
        if imgui.is_item_deactivated_after_edit() and self._edited is not None:
            send(c.SetParameters(self._edited, context.view.changed_side))
            self._edited = None


def _presets(context: Context, send: c.Send) -> None:
    """The list of presets, if the environment has some; one of them sets all of its parameters."""
    if not context.bounds.presets:
        return
    parameters = _shown(context)
    default = {info.name: info.default for info in context.bounds.drawn}
    now = default | dict(parameters.drawn)
    choices = (("default", ()), *context.bounds.presets)
    present = next(
        (name for name, values in choices if default | dict(values) == now), "own values"
    )
    imgui.set_next_item_width(-1)
    if imgui.begin_combo("##preset", f"preset: {present}"):
        for name, values in choices:
            if imgui.selectable(name, name == present)[0]:
                changed = replace(parameters, drawn=values)
                send(c.SetParameters(changed, context.view.changed_side))
        imgui.end_combo()
    imgui.set_item_tooltip(
        "Sets all parameters of the environment; those that it does not name to their defaults"
    )


def _shown(context: Context) -> Parameters:
    """Parameters of the simulation that the sliders change."""
    if context.second and context.view.changed_side == "second":
        return context.second.session.parameters
    return context.status.parameters


def _side(context: Context, send: c.Send) -> None:
    """Which simulations of a comparison the sliders change."""
    if context.second is None:
        return
    imgui.separator_text("Changes act on")
    for k, side in enumerate(c.SIDES):
        if k:
            imgui.same_line()
        if imgui.radio_button(side, context.view.changed_side == side):
            send(c.SetChangedSide(side))


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
    changed, force = slider("##push force", view.push_force, 10.0, 500.0, "%.0f N")
    if changed:
        send(c.SetPush(view.push_body, force, view.push_seconds))
    imgui.set_next_item_width(-1)
    changed, seconds = slider("##push seconds", view.push_seconds, 0.05, 1.0, "for %.2f s")
    if changed:
        send(c.SetPush(view.push_body, view.push_force, seconds))
    gap = imgui.get_style().item_spacing.x
    size = ImVec2((imgui.get_content_region_avail().x - 3 * gap) / 4, 0)
    for k, (icon, tip, direction) in enumerate(DIRECTIONS):
        if k:
            imgui.same_line()
        if imgui.button(f"{theme.icon(icon, tip)}###push{k}", size):
            send(c.PushFrom(*direction))
        imgui.set_item_tooltip(f"{tip} (Shift+arrow)")
    imgui.text_disabled("Ctrl+drag: pull a body")
