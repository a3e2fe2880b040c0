"""The reward and its terms."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.panels.context import Context


class Reward:
    """A bar each term, before weighting."""

    title = "Reward"
    place = "left bottom"

    def __init__(self) -> None:
        self.open = True

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        frame = context.frame
        imgui.text(f"reward {frame.reward:.3f}")
        for name in context.info.reward_names:
            value = float(frame.reward_terms.get(name, 0.0))
            imgui.progress_bar(value, ImVec2(-1, 0), f"{name.replace('_', ' ')} {value:.2f}")
