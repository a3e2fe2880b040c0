"""Network panel: observation and action of the policy, layers of the muscle network, and the inputs that drive a muscle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.scene.colormap import DIVERGING
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context

if TYPE_CHECKING:
    from muscle_viewer.viewer.analysis.insight import Attribution

MOST = 7
"""Number of inputs that are shown."""


class Network:
    """Strips of coloured values, and the muscle network's inputs with the largest attribution to the selected muscle."""

    title = "Network"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = True
        self._of: tuple[object, object, int] = (None, None, -1)
        self._reasons: Attribution | None = None
        self._names: dict[str, Sequence[str]] = {}
        """Names of the entries of each strip."""

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        chosen = context.view.selection[-1] if context.view.selection else 0
        reasons = self._attribution(context, chosen)
        half = 0.5 * imgui.get_content_region_avail().x
        imgui.begin_child("strips", ImVec2(half, 0))
        if context.observation is not None:
            self._strip(context, "observation", context.observation, 3.0)
        if context.action is not None:
            self._strip(context, "action", context.action, 1.0)
            if context.action_std is not None:
                spread = "action, standard deviation in training"
                self._strip(context, spread, context.action_std, 1.0)
        if reasons:
            for k, layer in enumerate(reasons.layers):
                scale = max(float(np.abs(layer).max()), 1e-6)
                self._strip(context, f"muscle network, layer {k + 1}", layer, scale)
        imgui.end_child()
        imgui.same_line()
        imgui.begin_child("reasons")
        if reasons is None:
            imgui.text_disabled("the checkpoint has no muscle network")
        else:
            imgui.text(f"inputs that drive {context.info.muscle_names[chosen]}")
            imgui.same_line()
            imgui.text_disabled("gradient x input")
            joints = context.info.joint_names
            named = [
                *((f"{joints[k]} torque", float(v)) for k, v in enumerate(reasons.dofs)),
                *((context.info.muscle_names[k], float(v)) for k, v in enumerate(reasons.muscles)),
            ]
            named.sort(key=lambda pair: -abs(pair[1]))
            largest = max(abs(named[0][1]), 1e-9)
            for name, value in named[:MOST]:
                _bar(name, value, largest)
        imgui.end_child()

    def _attribution(self, context: Context, muscle: int) -> Attribution | None:
        """Attribution at the shown frame; cached, as a frame is shown for several pictures."""
        of = (context.frame, context.insight, muscle)
        if any(a is not b for a, b in zip(of, self._of, strict=True)):
            look = context.insight
            self._of, self._reasons = of, look.attribution(context.frame, muscle) if look else None
        return self._reasons

    def _strip(self, context: Context, name: str, values: np.ndarray, scale: float) -> None:
        """Draw values as a strip of colours; hover for a value, click for a list of all."""
        imgui.text_disabled(f"{name}, {len(values)}")
        size = ImVec2(imgui.get_content_region_avail().x, 0.8 * imgui.get_font_size())
        at = imgui.get_cursor_screen_pos()
        if context.images is not None:
            places = DIVERGING.index(0.5 + 0.5 * np.asarray(values) / scale)
            pixels = DIVERGING.pixels[places].view(np.uint8).reshape(1, -1, 4)
            imgui.image(context.images(name, pixels), size)
        imgui.set_cursor_screen_pos(at)
        if imgui.invisible_button(f"##{name}", size):
            imgui.open_popup(f"all of {name}")
        if imgui.is_item_hovered():
            k = int((imgui.get_io().mouse_pos.x - at.x) / size.x * len(values))
            if 0 <= k < len(values):
                imgui.set_tooltip(f"{self._entry(context, name, k)} = {values[k]:.4g}")
        if imgui.begin_popup(f"all of {name}"):
            self._list(context, name, values)
            imgui.end_popup()

    def _list(self, context: Context, name: str, values: np.ndarray) -> None:
        """Draw the list of all entries: name and value."""
        em = imgui.get_font_size()
        imgui.begin_child("entries", ImVec2(24 * em, 20 * em))
        clipper = imgui.ListClipper()
        clipper.begin(len(values))
        while clipper.step():
            for k in range(clipper.display_start, clipper.display_end):
                imgui.text_disabled(self._entry(context, name, k))
                imgui.same_line(17 * em)
                imgui.text(f"{values[k]:+.4f}")
        clipper.end()
        imgui.end_child()

    def _entry(self, context: Context, name: str, k: int) -> str:
        if name not in self._names:
            self._names[name] = context.entries(name.split(",")[0])
        return f"{name}[{k}] {self._names[name][k]}" if self._names[name] else f"{name}[{k}]"


def _bar(name: str, value: float, largest: float) -> None:
    em, draw = imgui.get_font_size(), imgui.get_window_draw_list()
    origin, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    middle, reach = origin.x + 0.72 * width, 0.26 * width
    end = middle + reach * value / largest
    low = ImVec2(min(middle, end), origin.y + 0.2 * em)
    high = ImVec2(max(middle, end), origin.y + 0.85 * em)
    colour = theme.packed(colours.RIGHT if value > 0 else colours.LEFT)
    draw.add_rect_filled(low, high, colour, theme.pixels(2))
    draw.add_text(origin, theme.packed(theme.INK), theme.fitted(name, 0.45 * width))
    imgui.dummy(ImVec2(width, 1.02 * em))
    imgui.set_item_tooltip(f"{name}: {value:+.3g}")
