"""All muscles over time, coloured by the quantity that the scene shows."""

from __future__ import annotations

import numpy as np
from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.panels import theme
from muscle_viewer.viewer.panels.context import Context

SECONDS = 6.0
FIELDS = {
    "activation": "activations",
    "excitation": "excitations",
    "active force": "active_forces",
    "passive force": "passive_forces",
    "fibre length": "fibre_lengths",
    "fibre velocity": "fibre_velocities",
}
"""Modes that are a field of the frames; the others show activation."""


class HeatMap:
    """A row each muscle, grouped by side and function; hover tells, a click selects."""

    title = "Heat map"
    place = "below"

    def __init__(self) -> None:
        self.open = True
        self._order: np.ndarray | None = None
        self._blocks: list[tuple[str, int, int]] = []

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the panel."""
        self._arrange(context)
        if self._order is None or not len(self._order):
            imgui.text_disabled("the character has no muscles")
            return
        em = imgui.get_font_size()
        label = 9.0 * em
        origin, size = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        width, height = max(size.x - label, 1.0), max(size.y, 1.0)
        x, y = origin.x + label, origin.y
        end = max(context.clock, SECONDS)
        first, last = context.history.between(end - SECONDS, end)
        first = max(first, last - round(SECONDS * context.info.control_hz))
        values, mode_name = self._values(context, first, last)
        if context.images is not None and len(values):
            mode = context.modes[mode_name]
            share = (values[:, self._order].T - mode.low) / (mode.high - mode.low)
            pixels = np.full((*share.shape, 4), 255, np.uint8)
            pixels[..., :3] = (255 * mode.map.srgb[mode.map.index(share)]).astype(np.uint8)
            wide = width * min(len(values) / (SECONDS * context.info.control_hz), 1.0)
            imgui.set_cursor_screen_pos(ImVec2(x, y))
            imgui.image(context.images("heat map", pixels), ImVec2(wide, height))
        imgui.set_cursor_screen_pos(ImVec2(x, y))
        clicked = imgui.invisible_button("##map", ImVec2(width, height))
        hovered = imgui.is_item_hovered()
        self._draw_blocks(origin.x, x, y, width, height)
        self._draw_chosen(context, x, y, width, height)
        if not hovered:
            return
        mouse = imgui.get_io().mouse_pos
        row = min(max(int((mouse.y - y) / height * len(self._order)), 0), len(self._order) - 1)
        column = int((mouse.x - x) / width * SECONDS * context.info.control_hz)
        muscle = int(self._order[row])
        send(c.Hover(muscle))
        if 0 <= column < len(values):
            value, unit = values[column, muscle], context.modes[mode_name].unit
            time = context.history.time(first + column)
            imgui.set_tooltip(
                f"{context.info.muscle_names[muscle]}\n{mode_name} {value:.3g} {unit}\n{time:.2f} s"
            )
        if clicked:
            io = imgui.get_io()
            send(c.Select(muscle, io.key_ctrl or io.key_shift))

    def _values(self, context: Context, first: int, last: int) -> tuple[np.ndarray, str]:
        """(frames, muscles), and the mode that they are coloured by."""
        name = context.view.colour_by if context.view.colour_by in FIELDS else "activation"
        return context.history.values(FIELDS[name], first, last), name

    def _arrange(self, context: Context) -> None:
        if self._order is not None:
            return
        info = context.info
        sides = {"_r": 0, "_l": 1}
        keys = [
            (sides.get(name[-2:], 2), group, name)
            for name, group in zip(info.muscle_names, info.muscle_groups, strict=True)
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
        """Names of the functions where there is room, lines between them."""
        draw, count = imgui.get_window_draw_list(), sum(b - a for _, a, b in self._blocks)
        em, ink, line = imgui.get_font_size(), theme.packed(theme.DIM), theme.packed(theme.SURFACE)
        below = y - 1.0
        for name, begin, end in self._blocks:
            top, bottom = y + height * begin / count, y + height * end / count
            draw.add_line(ImVec2(x, top), ImVec2(x + width, top), line, 1.0)
            middle = 0.5 * (top + bottom) - 0.5 * em
            if middle >= below and middle + em <= y + height + 2:
                shown = _fitted(name, x - left - 6)
                draw.add_text(ImVec2(x - 6 - imgui.calc_text_size(shown).x, middle), ink, shown)
                below = middle + 0.95 * em

    def _draw_chosen(
        self, context: Context, x: float, y: float, width: float, height: float
    ) -> None:
        assert self._order is not None
        draw, step = imgui.get_window_draw_list(), height / len(self._order)
        for place, muscle in enumerate(context.view.selection):
            row = int(np.flatnonzero(self._order == muscle)[0])
            low = ImVec2(x, y + row * step - 1)
            high = ImVec2(x + width, y + (row + 1) * step + 1)
            draw.add_rect(low, high, theme.packed(theme.selection_colour(place)), 0.0, 1.5)


def _fitted(text: str, width: float) -> str:
    """A text cut to a width, in pixels."""
    while text and imgui.calc_text_size(text).x > width:
        text = text[:-1]
    return text
