"""Legend of the muscles' colour map over the 3D view."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.scene.colormap import SIZE
from muscle_viewer.viewer.scene.colour_modes import ColourMode
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import NOT_SIMULATED

WIDTH, HEIGHT, MARGIN, PADDING = 13.0, 0.65, 1.1, 0.7
"""Dimensions in font heights."""

SHARE = 0.3
"""Largest share of the view's width."""


def draw(corner: tuple[float, float], room: float, mode: ColourMode, measured: bool = True) -> None:
    """Draw the legend with its lower left corner near `corner` in a view of width `room`, in layout coordinates.

    measured: whether there are values, else it says that there are none.
    """
    em = imgui.get_font_size()
    width, height, pad = min(WIDTH * em, SHARE * room), HEIGHT * em, PADDING * em
    x, y = corner[0] + (MARGIN + PADDING) * em, corner[1] - (MARGIN + 1.7 + PADDING) * em
    out = imgui.get_background_draw_list()
    out.add_rect_filled(
        ImVec2(x - pad, y - 1.45 * em - pad), ImVec2(x + width + pad, y + height + 1.2 * em + pad),
        theme.packed(theme.SURFACE, 0.78), 6.0,
    )  # fmt: skip
    out.add_text(ImVec2(x, y - 1.4 * em), theme.packed(theme.INK), mode.name)
    beside = mode.unit if measured else NOT_SIMULATED
    if beside:
        right = x + width - imgui.calc_text_size(beside).x
        out.add_text(ImVec2(right, y - 1.4 * em), theme.packed(theme.DIM), beside)
    steps, colours = 64, mode.map.packed
    for k in range(steps):
        a, b = (colours[min(j * SIZE // steps, SIZE - 1)] for j in (k, k + 1))
        left, end = x + width * k / steps, x + width * (k + 1) / steps
        out.add_rect_filled_multi_color(ImVec2(left, y), ImVec2(end, y + height), a, b, b, a)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0) if width > 11 * em else (0.0, 0.5, 1.0):
        label = f"{mode.low + share * (mode.high - mode.low):.4g}"
        shift = share * imgui.calc_text_size(label).x
        place = ImVec2(x + width * share - shift, y + height + 0.2 * em)
        out.add_text(place, theme.packed(theme.DIM), label)
