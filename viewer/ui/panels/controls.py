"""Controls panel: play, pause, step, reset, speed; camera, muscle colours, layers and background."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.camera import VIEWS
from muscle_viewer.viewer.scene.view_state import BACKDROPS, LAYERS
from muscle_viewer.viewer.simulation.runtime import SPEEDS, State
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.sliders import slider

ROOM = 19.5
"""Lines that the panel needs for a box of every layer."""

TIGHT = 14.5
"""Lines below which the panel has neither headings nor high buttons."""

SHORT_UNIT = 6
"""Number of letters of a unit that has room beside a number."""


class Controls:
    """Buttons and options of the simulation and of the 3D view."""

    title = "Controls"
    place = "left"

    def __init__(self) -> None:
        self.open = True

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        _simulation(context, send)
        _motion(context, send)
        _camera(context, send)
        _layers(context, send)


def _has_lines(count: float) -> bool:
    return imgui.get_window_height() >= count * imgui.get_frame_height_with_spacing()


def _heading(text: str) -> None:
    if _has_lines(TIGHT):
        imgui.separator_text(text)


def _simulation(context: Context, send: c.Send) -> None:
    status = context.status
    playing = status.state is State.PLAYING
    gap = imgui.get_style().item_spacing.x
    third = (imgui.get_content_region_avail().x - 2 * gap) / 3
    size = ImVec2(third, (1.35 if _has_lines(TIGHT) else 1.0) * imgui.get_frame_height())
    play = theme.icon("pause", "Pause") if playing else theme.icon("play", "Play")
    imgui.push_style_color(imgui.Col_.button.value, theme.paint(theme.ACCENT, 0.55))
    if imgui.button(f"{play}###play", size):
        send(c.Pause() if playing else c.Play())
    imgui.pop_style_color()
    imgui.set_item_tooltip("Pause (Space)" if playing else "Play (Space)")
    imgui.same_line()
    if imgui.button(f"{theme.icon('forward_step', 'Step')}###step", size):
        send(c.Step())
    imgui.set_item_tooltip("Step forward by one control step (Right)")
    imgui.same_line()
    if imgui.button(f"{theme.icon('rotate_left', 'Reset')}###reset", size):
        send(c.Reset())
    imgui.set_item_tooltip("Start a new episode (R)")
    imgui.set_next_item_width(-1)
    changed, speed = slider(
        "##speed", status.speed, SPEEDS[0], SPEEDS[-1], "speed %.2f x", logarithmic=True
    )
    if changed:
        send(c.SetSpeed(speed))
    changed, restart = imgui.checkbox("Restart when an episode ends", status.auto_reset)
    if changed:
        send(c.SetAutoReset(restart))


def _motion(context: Context, send: c.Send) -> None:
    """The motion that is followed, of several."""
    names = context.info.clip_names
    if not names:
        return
    imgui.set_next_item_width(-1)
    chosen = context.status.parameters.clip
    if imgui.begin_combo("##clip", f"Motion: {names[context.frame.clip]}"):
        for name in names:
            if imgui.selectable(name, name == chosen)[0]:
                send(c.SetClip(name))
        imgui.separator()
        if imgui.selectable("drawn by each episode", not chosen)[0]:
            send(c.SetClip(""))
        imgui.end_combo()
    imgui.set_item_tooltip("Go on with another motion from where the character is (W: the next)")


def _camera(context: Context, send: c.Send) -> None:
    _heading("Camera")
    if imgui.checkbox("Follow", context.view.follow)[0]:
        send(c.ToggleFollow())
    imgui.same_line()
    imgui.set_next_item_width(-1)
    shown = context.view.view_name
    if imgui.begin_combo("##view", shown or "free view"):
        for name in (*VIEWS, *context.view.views):
            if imgui.selectable(name, name == shown)[0]:
                send(c.LookFrom(name))
        imgui.separator()
        if imgui.selectable("Save the view as ...", False)[0]:
            send(c.NameView())
        imgui.end_combo()


def _layers_in_lists(context: Context, send: c.Send) -> None:
    """Layers and background where there is no room for all of their boxes."""
    _heading("Picture")
    imgui.set_next_item_width(-1)
    count = sum(map(context.view.shows, LAYERS))
    if imgui.begin_combo(
        "##layers", f"Layers: {count} shown", imgui.ComboFlags_.height_largest.value
    ):
        for layer in LAYERS:
            if imgui.checkbox(layer, context.view.shows(layer))[0]:
                send(c.ToggleLayer(layer))
        imgui.end_combo()
    imgui.set_next_item_width(-1)
    if imgui.begin_combo("##backdrop", f"Background: {context.view.backdrop}"):
        for backdrop in BACKDROPS:
            if imgui.selectable(backdrop, context.view.backdrop == backdrop)[0]:
                send(c.SetBackdrop(backdrop))
        imgui.end_combo()
    if imgui.checkbox("Light panels", context.view.light_panels)[0]:
        send(c.ToggleLightPanels())


def _colour_range(context: Context, send: c.Send) -> None:
    """The values at the ends of the colour map."""
    mode, usual = context.mode, context.modes.get(context.view.colour_by)
    if usual is None:
        return
    imgui.set_next_item_width(-1)
    speed = 0.005 * (usual.high - usual.low)
    unit = mode.unit if len(mode.unit) <= SHORT_UNIT else ""  # the legend has it too
    changed, low, high = imgui.drag_float_range2(
        "##range", mode.low, mode.high, speed, 0.0, 0.0, f"%.3g {unit}".rstrip()
    )
    imgui.set_item_tooltip("Range of the colour map: drag; right click for the usual one")
    if changed:
        send(c.SetColourRange((low, high)))
    if imgui.is_item_clicked(1):
        send(c.SetColourRange(None))


def _layers(context: Context, send: c.Send) -> None:
    _heading("Muscles")
    imgui.set_next_item_width(-1)
    if imgui.begin_combo("##colour", f"Colour: {context.view.colour_by}"):
        for name in context.modes:
            if imgui.selectable(name, name == context.view.colour_by)[0]:
                send(c.ColourBy(name))
        imgui.end_combo()
    _colour_range(context, send)
    imgui.set_next_item_width(-1)
    isolated = context.view.isolated
    shown = ", ".join(sorted(g.replace("_", " ") for g in isolated)) or "all groups"
    if imgui.begin_combo("##isolate", f"Show: {shown}"):
        if imgui.selectable("all groups", not isolated)[0]:
            send(c.Isolate(None))
        for group in dict.fromkeys(sorted(context.info.muscle_groups)):
            if imgui.checkbox(group.replace("_", " "), group in isolated)[0]:
                send(c.Isolate(group, extend=True))
        imgui.end_combo()
    if isolated:
        imgui.set_next_item_width(-1)
        changed, opacity = slider(
            "##faint", context.view.faintness, 0.0, 1.0, "opacity of others %.2f"
        )
        if changed:
            send(c.SetFaintness(opacity))
    if not _has_lines(ROOM + bool(context.info.clip_names)):
        _layers_in_lists(context, send)
        return
    _heading("Layers")
    short = ("muscles", "bones", "shadows", "grid", "legend")
    for k, layer in enumerate(LAYERS):
        if layer in short and k % 2:
            imgui.same_line(0.52 * imgui.get_window_width())
        if imgui.checkbox(layer, context.view.shows(layer))[0]:
            send(c.ToggleLayer(layer))
    _heading("Background")
    for k, backdrop in enumerate(BACKDROPS):
        if k:
            imgui.same_line(0.52 * imgui.get_window_width())
        if imgui.radio_button(backdrop, context.view.backdrop == backdrop):
            send(c.SetBackdrop(backdrop))
    if imgui.checkbox("Light panels", context.view.light_panels)[0]:
        send(c.ToggleLightPanels())
