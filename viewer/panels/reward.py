"""The reward and its terms."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.panels import theme
from muscle_viewer.viewer.panels.context import Context


class Reward:
    """A bar each term, before weighting."""

    title = "Reward"
    place = "left"

    def __init__(self) -> None:
        self.open = True

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        frame = context.frame
        _line("reward", frame.reward, theme.GOOD)
        imgui.spacing()
        for name in context.info.reward_names:
            value = float(frame.reward_terms.get(name, 0.0))
            _line(name.replace("_", " "), value, theme.ACCENT)


def _line(name: str, value: float, colour: str) -> None:
    """A name, a value and a thin bar below."""
    width = imgui.get_content_region_avail().x
    imgui.text(name)
    figure = f"{value:.2f}"
    imgui.same_line(width - imgui.calc_text_size(figure).x + imgui.get_style().window_padding.x)
    imgui.text_disabled(figure)
    share = min(max(value, 0.0), 1.0) if np.isfinite(value) else 0.0
    imgui.push_style_color(imgui.Col_.plot_histogram.value, theme.paint(colour))
    imgui.progress_bar(share, ImVec2(-1, 0.3 * imgui.get_font_size()), "")
    imgui.pop_style_color()
