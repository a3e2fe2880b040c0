"""Heat map panel: all muscles over time, in the quantity that the 3D view's colours show."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.core.sides import split
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.channels import table
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context
from muscle_viewer.viewer.ui.panels.plot_tools import data_menu

SECONDS = 6.0

SMALL = 0.85
"""Size of the groups' names, of the font's."""

Block = tuple[str, int, int]
"""A name, and its first row and the one past its last."""

Box = tuple[float, float, float, float]
"""x and y of the upper left corner, width, height."""


class HeatMap:
    """A row for each muscle, grouped by function and side; hover for values, click to select."""

    title = "Heat map"
    place = "below"
    needs_policy = True

    def __init__(self) -> None:
        self.open = True
        self._order: np.ndarray | None = None
        self._blocks: list[tuple[str, int, int]] = []
        self._image: imgui.ImTextureRef | None = None
        self._image_of: tuple[object, ...] = ()
        """The frames and quantity of the image."""

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        self._arrange(context)
        if self._order is None or not len(self._order):
            imgui.text_disabled("the character has no muscles")
            return
        em = imgui.get_font_size()
        origin, size = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        label = min(9.0 * em, 0.3 * size.x)
        width, height = max(size.x - label, 1.0), max(size.y - 1.1 * em, 1.0)
        box = origin.x + label, origin.y, width, height
        end = max(context.clock, SECONDS)
        first, last = context.history.between(end - SECONDS, end)
        first = max(first, last - round(SECONDS * context.info.control_hz))
        self._show(context, first, last)
        imgui.set_cursor_screen_pos(ImVec2(*box[:2]))
        if self._image is not None:
            wide = width * min((last - first) / (SECONDS * context.info.control_hz), 1.0)
            imgui.image(self._image, ImVec2(wide, height))
            imgui.set_cursor_screen_pos(ImVec2(*box[:2]))
        clicked = imgui.invisible_button("##map", ImVec2(width, height))
        hovered = imgui.is_item_hovered()
        self._menu(context, send, first, last)
        self._draw_blocks(origin.x, *box)
        self._draw_chosen(context, *box)
        _draw_times(box, end)
        if hovered:
            self._point_at(context, send, box, first, last, clicked)

    def _menu(self, context: Context, send: c.Send, first: int, last: int) -> None:
        """The data menu of the map, by right click: the values of all muscles over the shown time."""
        data_menu("data of the map", lambda separator: _text(context, first, last, separator), send)

    def _show(self, context: Context, first: int, last: int) -> None:
        """Fill the image unless it shows these frames already."""
        history, mode = context.history, context.mode
        colours = (mode.name, mode.low, mode.high, context.view.colour_map)
        of = (history, history.cuts, first, last, colours)
        if context.images is None or last <= first or of == self._image_of:
            return
        entries = mode.map.index(mode.share(mode.over(history, first, last)[:, self._order].T))
        pixels = mode.map.pixels[entries].view(np.uint8).reshape(*entries.shape, 4)
        self._image, self._image_of = context.images("heat map", pixels), of

    def _point_at(
        self, context: Context, send: c.Send, box: Box, first: int, last: int, clicked: bool
    ) -> None:
        """Show the muscle, value and time under the mouse; select the muscle on a click."""
        assert self._order is not None
        x, y, width, height = box
        io, info, mode = imgui.get_io(), context.info, context.mode
        row = min(
            max(int((io.mouse_pos.y - y) / height * len(self._order)), 0), len(self._order) - 1
        )
        index = first + int((io.mouse_pos.x - x) / width * SECONDS * info.control_hz)
        muscle = int(self._order[row])
        send(c.Hover(muscle))
        if first <= index < last:
            value = mode.over(context.history, index, index + 1)[0, muscle]
            imgui.set_tooltip(
                f"{info.muscle_names[muscle]}, {info.muscle_groups[muscle].replace('_', ' ')}\n"
                f"{mode.name} {value:.3g} {mode.unit}\n{context.history.time(index):.2f} s"
            )
        if clicked:
            send(c.Select(muscle, io.key_ctrl or io.key_shift))

    def _arrange(self, context: Context) -> None:
        if self._order is not None:
            return
        info = context.info
        sides = {"right": 0, "left": 1, "": 2}
        keys = [
            (sides[side], group, base)
            for (base, side), group in zip(
                split(info.muscle_names), info.muscle_groups, strict=True
            )
        ]
        order = sorted(range(len(keys)), key=lambda k: keys[k])
        self._order = np.array(order, np.intp)
        words = ("R", "L", "")
        for place, muscle in enumerate(order):
            side, group, _ = keys[muscle]
            name = f"{group.replace('_', ' ')} {words[side]}".strip()
            if self._blocks and self._blocks[-1][0] == name:
                self._blocks[-1] = (name, self._blocks[-1][1], place + 1)
            else:
                self._blocks.append((name, place, place + 1))

    def _draw_blocks(self, left: float, x: float, y: float, width: float, height: float) -> None:
        """Names of the groups where they fit, and lines between the groups."""
        draw, count = imgui.get_window_draw_list(), sum(b - a for _, a, b in self._blocks)
        em, ink, line = imgui.get_font_size(), theme.packed(theme.DIM), theme.packed(theme.SURFACE)
        for _, begin, _ in self._blocks:
            top = y + height * begin / count
            draw.add_line(ImVec2(x, top), ImVec2(x + width, top), line, theme.pixels(1))
        blocks = self._blocks
        if len(blocks) * 0.95 * SMALL * em > height:
            blocks = coarser(blocks)
        if len(blocks) * 0.95 * SMALL * em > height:  # the sides alone
            blocks = coarser([(name.split()[-1], a, b) for name, a, b in self._blocks])
        imgui.push_font(None, SMALL * imgui.get_style().font_size_base)
        em = imgui.get_font_size()
        middles = [y + 0.5 * height * (begin + end) / count for _, begin, end in blocks]
        gap = theme.pixels(6)
        for (name, _, _), middle in zip(
            blocks, spaced(middles, 0.95 * em, y, y + height), strict=True
        ):
            shown = theme.fitted(name, x - left - gap)
            place = ImVec2(x - gap - imgui.calc_text_size(shown).x, middle - 0.5 * em)
            draw.add_text(place, ink, shown)
        imgui.pop_font()

    def _draw_chosen(
        self, context: Context, x: float, y: float, width: float, height: float
    ) -> None:
        assert self._order is not None
        draw, step = imgui.get_window_draw_list(), height / len(self._order)
        px = theme.pixels(1)
        for place, muscle in enumerate(context.view.selection):
            row = int(np.flatnonzero(self._order == muscle)[0])
            low = ImVec2(x, y + row * step - px)
            high = ImVec2(x + width, y + (row + 1) * step + px)
            draw.add_rect(low, high, theme.packed(colours.selection_colour(place)), 0.0, 1.5 * px)


def _text(context: Context, first: int, last: int, separator: str) -> str:
    """The quantity of all muscles over frames first to last - 1, a line a frame."""
    history, mode = context.history, context.mode
    unit = f" ({mode.unit})" if mode.unit else ""
    names = [f"{name} {mode.name}{unit}" for name in context.info.muscle_names]
    values = mode.over(history, first, last).T
    return table(history.times(first, last), names, list(values), "time (s)", separator)


def coarser(blocks: list[Block]) -> list[Block]:
    """The blocks of one joint and side as one: of `hip flexor R` and `hip rotator R`, `hip R`."""
    found: list[Block] = []
    for name, begin, end in blocks:
        words = name.split()
        joint = " ".join([words[0], *(words[-1:] if words[-1] in ("R", "L") else ())])
        if found and found[-1][0] == joint:
            found[-1] = (joint, found[-1][1], end)
        else:
            found.append((joint, begin, end))
    return found


def spaced(middles: list[float], gap: float, top: float, bottom: float) -> list[float]:
    """Ascending places moved as little as makes them a gap apart between two bounds; closer where there is no room."""
    count = len(middles)
    gap = min(gap, (bottom - top) / max(count, 1))
    places = list(middles)
    for k in range(count):
        places[k] = max(places[k], places[k - 1] + gap if k else top + 0.5 * gap)
    for k in reversed(range(count)):
        places[k] = min(places[k], places[k + 1] - gap if k + 1 < count else bottom - 0.5 * gap)
    return places


def _draw_times(box: Box, end: float) -> None:
    """Whole seconds below the map, the last of them with the unit."""
    x, y, width, height = box
    draw, px = imgui.get_window_draw_list(), theme.pixels(1)
    ink, line = theme.packed(theme.DIM), theme.packed(theme.FIELD)
    for second in range(int(np.ceil(end - SECONDS)), int(end) + 1):
        at = x + width * (second - end + SECONDS) / SECONDS
        text = f"{second} s"
        wide = imgui.calc_text_size(text).x
        draw.add_line(ImVec2(at, y + height), ImVec2(at, y + height + 3 * px), line, px)
        left = min(max(at - 0.5 * wide, x), x + width - wide)
        draw.add_text(ImVec2(left, y + height + 2 * px), ink, text)
