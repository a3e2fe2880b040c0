"""The colour map's legend over the 3D view."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.colormap import ACTIVATION, SIZE

WIDTH, HEIGHT, MARGIN = 200.0, 12.0, 18.0


def draw(corner: tuple[float, float]) -> None:
    """Draw it with its lower left corner near `corner`, in the coordinates of the layout."""
    scale = imgui.get_font_size() / 13.0
    width, height, margin = WIDTH * scale, HEIGHT * scale, MARGIN * scale
    x, y = corner[0] + margin, corner[1] - margin - height - imgui.get_text_line_height()
    out = imgui.get_background_draw_list()
    steps = 64
    for k in range(steps):
        a, b = (
            ACTIVATION.packed[k * SIZE // steps],
            ACTIVATION.packed[min((k + 1) * SIZE // steps, SIZE - 1)],
        )
        left, right = x + width * k / steps, x + width * (k + 1) / steps
        out.add_rect_filled_multi_color(ImVec2(left, y), ImVec2(right, y + height), a, b, b, a)
    ink = 0xFF40332A
    for value in (0.0, 0.5, 1.0):
        label = f"{value:g}"
        place = x + width * value - 0.5 * imgui.calc_text_size(label).x
        out.add_text(ImVec2(place, y + height + 2), ink, label)
    out.add_text(ImVec2(x, y - imgui.get_text_line_height() - 3), ink, "activation")
