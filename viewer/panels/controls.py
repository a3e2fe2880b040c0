"""Play, pause, step, reset, speed."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.camera import VIEWS
from muscle_viewer.viewer.panels.context import Context
from muscle_viewer.viewer.runtime import SPEEDS, State
from muscle_viewer.viewer.view_state import LAYERS


class Controls:
    """The simulation's and the camera's buttons."""

    title = "Controls"
    place = "left"

    def __init__(self) -> None:
        self.open = True

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        playing = context.status.state is State.PLAYING
        third = (imgui.get_content_region_avail().x - 2 * imgui.get_style().item_spacing.x) / 3
        size = ImVec2(third, 0)
        if imgui.button("Pause###play" if playing else "Play###play", size):
            send(c.Pause() if playing else c.Play())
        imgui.same_line()
        if imgui.button("Step", size):
            send(c.Step())
        imgui.same_line()
        if imgui.button("Reset", size):
            send(c.Reset())
        imgui.set_next_item_width(-1)
        changed, speed = imgui.slider_float(
            "##speed", context.status.speed, SPEEDS[0], SPEEDS[-1], "speed %.2fx",
            imgui.SliderFlags_.logarithmic.value,
        )  # fmt: skip
        if changed:
            send(c.SetSpeed(speed))
        changed, again = imgui.checkbox("begin again after an end", context.status.auto_reset)
        if changed:
            send(c.SetAutoReset(again))
        imgui.separator_text("Camera")
        if imgui.checkbox("follow", context.view.follow)[0]:
            send(c.ToggleFollow())
        imgui.same_line()
        imgui.set_next_item_width(-1)
        if imgui.begin_combo("##view", "look from"):
            for name in VIEWS:
                if imgui.selectable(name, False)[0]:
                    send(c.LookFrom(name))
            imgui.end_combo()
        imgui.separator_text("Show")
        for k, layer in enumerate(LAYERS):
            if k % 2:
                imgui.same_line(0.5 * imgui.get_window_width())
            if imgui.checkbox(layer, context.view.shows(layer))[0]:
                send(c.ToggleLayer(layer))
