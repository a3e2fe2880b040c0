"""Activations panel: a bar for each muscle, left and right side by side."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.core.sides import split
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.scene.colormap import ACTIVATION, MAPS
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import NOT_SIMULATED, Context

ORDERS = ("function", "name", "activation")
ORDER_SECONDS = 0.5
"""Simulated seconds between two sorts by activation, so that rows can be read."""


@dataclass(frozen=True)
class Row:
    """A pair of muscles: the name without its side, and the indices; None if a side does not have the muscle."""

    name: str
    group: str
    left: int | None
    right: int | None

    @property
    def muscles(self) -> list[int]:
        return [m for m in (self.left, self.right) if m is not None]

    @property
    def words(self) -> str:
        """The text that the filter searches."""
        return f"{self.name} {self.group}".replace("_", " ").lower()


def rows_of(names: list[str], groups: list[str]) -> list[Row]:
    """Muscles paired by their names' sides; a muscle without a side is listed on the right."""
    pairs: dict[str, dict[str, int]] = {}
    for index, (base, side) in enumerate(split(names)):
        pairs.setdefault(base, {})[side or "right"] = index
    return [
        Row(base, groups[next(iter(found.values()))], found.get("left"), found.get("right"))
        for base, found in pairs.items()
    ]


class Activations:
    """Lists, filters and sorts the muscles; a click selects one, a click on the name both sides."""

    title = "Activations"
    place = "right"

    def __init__(self) -> None:
        self.open = True
        self.filter = ""
        self.order = "function"
        self._rows: list[Row] | None = None
        self._visible: list[Row] = []
        self._visible_of: tuple[object, ...] = ()
        """Filter and order of the visible rows."""
        self._revealed = 0
        self._order: dict[str, int] = {}
        self._ordered_at = -np.inf

    def visible_rows(self, context: Context) -> list[Row]:
        """The rows whose name or functional group contains all words of the filter, sorted."""
        if self._rows is None:
            self._rows = rows_of(context.info.muscle_names, context.info.muscle_groups)
        places = self._by_activation(context) if self.order == "activation" else None
        of = (self.filter, self.order, places)
        if of != self._visible_of:
            self._visible_of, self._visible = of, self._arranged(places)
        return self._visible

    def _arranged(self, places: dict[str, int] | None) -> list[Row]:
        words = self.filter.lower().replace("_", " ").split()
        rows = [r for r in self._rows or [] if all(w in r.words for w in words)]
        if places is not None:
            rows.sort(key=lambda r: places[r.name])
        elif self.order == "name":
            rows.sort(key=lambda r: r.name)
        else:
            rows.sort(key=lambda r: (r.group, r.name))
        return rows

    def _by_activation(self, context: Context) -> dict[str, int]:
        now = context.clock
        if not self._order or abs(now - self._ordered_at) > ORDER_SECONDS:
            values = context.frame.activations
            rows = sorted(self._rows or [], key=lambda r: -max(values[m] for m in r.muscles))
            self._order = {row.name: place for place, row in enumerate(rows)}
            self._ordered_at = now
        return self._order

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        self._draw_choices()
        rows = self.visible_rows(context)
        items: list[Row | str] = list(rows)
        if self.order == "function":
            groups = groupby(rows, lambda r: r.group)
            items = [item for group, members in groups for item in (group, *members)]
        if not rows:
            imgui.text_disabled("no match")
            return
        if not context.is_simulated:
            imgui.text_disabled(f"{NOT_SIMULATED}: no activations")
        _draw_sides()
        imgui.begin_child("muscles")
        reveal = self._item_to_reveal(context, items)
        height = imgui.get_frame_height() - imgui.get_style().frame_padding.y
        clipper = imgui.ListClipper()
        clipper.begin(len(items), height)
        if reveal is not None:
            clipper.include_item_by_index(reveal)
        imgui.push_style_var(imgui.StyleVar_.item_spacing.value, ImVec2(0, 0))
        while clipper.step():
            for k in range(clipper.display_start, clipper.display_end):
                item = items[k]
                if isinstance(item, str):
                    _draw_heading(item, height)
                else:
                    _draw_row(item, context, send, height)
                if k == reveal:
                    imgui.set_scroll_here_y(0.5)
        clipper.end()
        imgui.pop_style_var()
        imgui.end_child()

    def _draw_choices(self) -> None:
        width = imgui.get_content_region_avail().x
        imgui.set_next_item_width(0.5 * width)
        _, self.filter = imgui.input_text_with_hint("##filter", "Name or group", self.filter)
        imgui.same_line()
        imgui.set_next_item_width(-1)
        if imgui.begin_combo("##order", f"Sort: {self.order}"):
            for order in ORDERS:
                if imgui.selectable(order, order == self.order)[0]:
                    self.order = order
            imgui.end_combo()

    def _item_to_reveal(self, context: Context, items: list[Row | str]) -> int | None:
        view = context.view
        if view.revealed == self._revealed:
            return None
        self._revealed = view.revealed
        if not view.selection:
            return None
        last = view.selection[-1]
        return next(
            (k for k, i in enumerate(items) if isinstance(i, Row) and last in i.muscles), None
        )


def _draw_sides() -> None:
    """Headings of the two columns of bars, at their outer ends."""
    width = imgui.get_content_region_avail().x - imgui.get_style().scrollbar_size
    imgui.text_disabled("left")
    imgui.same_line(imgui.get_style().window_padding.x + width - imgui.calc_text_size("right").x)
    imgui.text_disabled("right")


def _draw_heading(group: str, height: float) -> None:
    origin, width = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail().x
    draw = imgui.get_window_draw_list()
    text = group.replace("_", " ")
    size = imgui.calc_text_size(text)
    x, y = origin.x + 0.5 * (width - size.x), origin.y + height - size.y - theme.pixels(1)
    ink, line = theme.packed(theme.DIM), theme.packed(theme.FIELD)
    middle, gap, thin = y + 0.5 * size.y, theme.pixels(8), theme.pixels(1)
    draw.add_line(ImVec2(origin.x, middle), ImVec2(x - gap, middle), line, thin)
    right = ImVec2(origin.x + width, middle)
    draw.add_line(ImVec2(x + size.x + gap, middle), right, line, thin)
    draw.add_text(ImVec2(x, y), ink, text)
    imgui.dummy(ImVec2(width, height))


def _draw_row(row: Row, context: Context, send: c.Send, height: float) -> None:
    """The left bar grows from the name to the left, the right one to the right."""
    width = imgui.get_content_region_avail().x
    name_width = _name_width(width)
    bar = ImVec2(0.5 * (width - name_width), height)
    if row.left is not None:
        _draw_bar(row.left, context, send, bar, towards=-1)
    else:
        imgui.dummy(bar)
    imgui.same_line()
    _draw_name(row, context, send, ImVec2(name_width, height))
    imgui.same_line()
    if row.right is not None:
        _draw_bar(row.right, context, send, bar, towards=1)
    else:
        imgui.dummy(bar)


def _name_width(width: float) -> float:
    return max(5.2 * imgui.get_font_size(), 0.36 * width)


def _draw_name(row: Row, context: Context, send: c.Send, size: ImVec2) -> None:
    origin = imgui.get_cursor_screen_pos()
    if imgui.invisible_button(f"name {row.name}", size):
        _select(row.muscles, send)
    hovered = imgui.is_item_hovered()
    if hovered:
        imgui.set_tooltip(f"{row.name}, {row.group.replace('_', ' ')}: click to select both sides")
    bright = hovered or any(m in context.view.selection for m in row.muscles)
    name = theme.fitted(row.name, size.x)
    text = imgui.calc_text_size(name)
    place = ImVec2(origin.x + 0.5 * (size.x - text.x), origin.y + 0.5 * (size.y - text.y))
    colour = imgui.get_color_u32(imgui.Col_.text.value, 1.0 if bright else 0.75)
    imgui.get_window_draw_list().add_text(place, colour, name)


def _draw_bar(muscle: int, context: Context, send: c.Send, size: ImVec2, towards: int) -> None:
    value = float(context.frame.activations[muscle])
    share = min(max(value, 0.0), 1.0) if np.isfinite(value) else 0.0
    origin = imgui.get_cursor_screen_pos()
    if imgui.invisible_button(f"##{context.info.muscle_names[muscle]}", size):
        _select([muscle], send)
    if imgui.is_item_hovered():
        send(c.Hover(muscle))
    draw = imgui.get_window_draw_list()
    px = theme.pixels(2)
    low, high = ImVec2(origin.x, origin.y + px), ImVec2(origin.x + size.x, origin.y + size.y - px)
    draw.add_rect_filled(low, high, theme.packed(theme.FIELD, 0.55), px)
    colours_of = MAPS.get(context.view.colour_map, ACTIVATION).packed
    colour = colours_of[int(share * (len(colours_of) - 1))]
    length = share * size.x
    start = ImVec2(high.x - length, low.y) if towards < 0 else low
    end = high if towards < 0 else ImVec2(low.x + length, high.y)
    draw.add_rect_filled(start, end, colour, px)
    view = context.view
    if muscle in view.selection:
        ring = theme.packed(colours.selection_colour(view.selection.index(muscle)))
        draw.add_rect(low, high, ring, px, px)
    elif muscle == view.hovered:
        draw.add_rect(low, high, theme.packed(theme.INK), px, 0.5 * px)


def _select(muscles: list[int], send: c.Send) -> None:
    io = imgui.get_io()
    for k, muscle in enumerate(muscles):
        send(c.Select(muscle, extend=k > 0 or io.key_ctrl or io.key_shift))
