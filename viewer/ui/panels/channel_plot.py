"""Channels panel: search, plot and export any quantity of the simulation over time."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.channels import DERIVED, Channel, channels, found, series
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.ui.panels import curves
from muscle_viewer.viewer.ui.panels.context import NOT_SIMULATED, POSED, Context
from muscle_viewer.viewer.ui.panels.hint import hint
from muscle_viewer.viewer.ui.panels.plot_tools import PlotTools

SECONDS = 6.0


class ChannelPlot:
    """A searchable list of channels on the left, a plot of the pinned ones on the right."""

    title = "Channels"
    place = "below"

    def __init__(self) -> None:
        self.open = True
        self.search = ""
        self.pinned: list[Channel] = []
        self._tools = PlotTools()
        self._all: list[Channel] | None = None
        self._shown: list[Channel] = []
        self._shown_for: tuple[str, tuple[Channel, ...]] | None = None
        """The search and the pinned channels that the list was made for."""

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        if self._all is None:
            listed = channels(context.info, context.history.rows)
            self._all = [k for k in listed if context.has_activations or _follows_from_pose(k)]
        em = imgui.get_font_size()
        imgui.begin_child("list", ImVec2(min(17 * em, 0.4 * imgui.get_window_width()), 0))
        self._list(context, send)
        imgui.end_child()
        imgui.same_line()
        self._plot(context, send)

    def _list(self, context: Context, send: c.Send) -> None:
        width = imgui.get_content_region_avail().x
        imgui.set_next_item_width(0.62 * width)
        _, self.search = imgui.input_text_with_hint("##search", "Search: knee power", self.search)
        imgui.same_line()
        imgui.begin_disabled(not self.pinned)
        if imgui.button("Export", ImVec2(-1, 0)):
            send(c.ExportChannels(tuple((k.name, k.field, k.column) for k in self.pinned)))
        imgui.end_disabled()
        imgui.set_item_tooltip("Write the pinned channels to a .csv file")
        if not context.has_activations:
            imgui.text_disabled(f"{NOT_SIMULATED}: only what a pose has")
        shown = self._listed()
        imgui.begin_child("channels")
        clipper = imgui.ListClipper()
        clipper.begin(len(shown))
        while clipper.step():
            for channel in shown[clipper.display_start : clipper.display_end]:
                pinned = channel in self.pinned
                if imgui.selectable(channel.name, pinned)[0]:
                    self.toggle(channel)
                if imgui.is_item_hovered():
                    imgui.set_tooltip(f"{channel.name}, {channel.unit}".rstrip(", "))
        clipper.end()
        imgui.end_child()

    def _listed(self) -> list[Channel]:
        """The pinned channels, then the matches of the search; cached, as there are thousands of channels."""
        query = self.search, tuple(self.pinned)
        if query != self._shown_for:
            others = [k for k in found(self._all or [], self.search) if k not in self.pinned]
            self._shown, self._shown_for = [*self.pinned, *others], query
        return self._shown

    def toggle(self, channel: Channel) -> None:
        """Pin a channel, or unpin it."""
        if channel in self.pinned:
            self.pinned.remove(channel)
        else:
            self.pinned.append(channel)

    def _plot(self, context: Context, send: c.Send) -> None:
        if not self.pinned:
            hint("Select channels in the list to plot them")
            return
        first, last, times = curves.over_time(context, SECONDS)
        units = {k.unit for k in self.pinned}
        one = units.pop() if len(units) == 1 else None
        names = [k.name if one is not None else f"{k.name}, {k.unit or '1'}" for k in self.pinned]
        drawn = [colours.selection_colour(place) for place in range(len(names))]
        imgui.begin_child("plot")
        curves.key(list(zip(names, drawn, strict=True)))
        size = ImVec2(-curves.EDGE * imgui.get_font_size(), -1)
        if self._tools.begin("Channels", size, one or "", legend=False, x_format="%g s"):
            for channel, name, colour in zip(self.pinned, names, drawn, strict=True):
                where = channel.field, channel.column, first, last
                values = series(context.info, context.history, *where)
                self._tools.line(name, times, values, colour)
            self._tools.end(context, send)
        imgui.end_child()


def _follows_from_pose(channel: Channel) -> bool:
    """Whether a channel has values in a frame that was not simulated: of the derived quantities the angles."""
    return channel.field in POSED or (channel.field == DERIVED and channel.unit == "deg")
