"""Reward panel: the reward and its terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

if TYPE_CHECKING:
    from muscle_viewer.viewer.simulation.history import History

SECONDS = 6.0


class Reward:
    """A bar for each term, before weighting, and a plot of all of them over time."""

    title = "Reward"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = True
        self._tools = PlotTools()

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        frame, em = context.frame, imgui.get_font_size()
        imgui.begin_child("terms", ImVec2(min(14 * em, 0.45 * imgui.get_window_width()), 0))
        _line("reward", frame.reward, theme.GOOD)
        for place, name in enumerate(context.info.reward_names):
            value = float(frame.reward_terms.get(name, 0.0))
            _line(name.replace("_", " "), value, colours.selection_colour(place))
        if context.value is not None:
            imgui.text_disabled(f"value by the critic {context.value:.2f}")
        imgui.text_disabled(
            f"return so far {return_so_far(context.history, context.status.cursor):.2f}"
        )
        imgui.end_child()
        imgui.same_line()
        self._over_time(context, send)

    def _over_time(self, context: Context, send: c.Send) -> None:
        """Plot the last seconds in the colours of the bars."""
        first, last, times = curves.over_time(context, SECONDS)
        history = context.history
        if not self._tools.begin("Rewards", ImVec2(-1, -1), legend=False, x_format="%g s"):
            return
        terms = history.values("reward_terms", first, last)
        for place, name in enumerate(history.rows.terms):
            self._tools.line(name, times, terms[:, place], colours.selection_colour(place), 1.4)
        rewards = history.values("reward", first, last)[:, 0]
        self._tools.line("reward", times, rewards, theme.GOOD, 2.4)
        self._tools.end(context, send)


def return_so_far(history: History, cursor: int) -> float:
    """Sum of the rewards since the episode began, or since the oldest frame that is known."""
    begins = [e.index for e in history.events if e.kind == "begin" and e.index <= cursor]
    first = max([history.oldest, *begins])
    return float(history.values("reward", first, cursor + 1).sum())


def _line(name: str, value: float, colour: str) -> None:
    """Draw a name and a value, with a thin bar below."""
    imgui.push_style_var(
        imgui.StyleVar_.item_spacing.value, ImVec2(theme.pixels(8), theme.pixels(2))
    )
    width = imgui.get_content_region_avail().x
    imgui.text(name)
    figure = f"{value:.2f}"
    imgui.same_line(width - imgui.calc_text_size(figure).x)
    imgui.text_disabled(figure)
    share = min(max(value, 0.0), 1.0) if np.isfinite(value) else 0.0
    imgui.push_style_color(imgui.Col_.plot_histogram.value, theme.paint(colour))
    imgui.progress_bar(share, ImVec2(-1, 0.3 * imgui.get_font_size()), "")
    imgui.pop_style_color()
    imgui.pop_style_var()
