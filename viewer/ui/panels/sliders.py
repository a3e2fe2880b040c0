"""Sliders whose text stays legible: the grab runs on a rail below the text."""

from __future__ import annotations

import math

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.ui import theme

RAIL = 0.3
"""Height of the grab, of the font's; that of the rail is a quarter of it."""


def slider(
    name: str, value: float, low: float, high: float, form: str, logarithmic: bool = False
) -> tuple[bool, float]:
    """Dear ImGui's slider: whether it changed, and the value. Ctrl+click or Enter types a value. logarithmic: 0 < low."""
    typing = _is_typed(name)
    flags = imgui.SliderFlags_.logarithmic.value if logarithmic else 0
    _hide(typing)
    changed, value = imgui.slider_float(name, value, low, high, form, flags)
    imgui.pop_style_color(3)
    if not typing:
        _draw(_share(value, low, high, logarithmic), form % value)
    return changed, value


def whole_slider(name: str, value: int, low: int, high: int, form: str) -> tuple[bool, int]:
    """As `slider`, of whole numbers."""
    typing = _is_typed(name)
    _hide(typing)
    changed, value = imgui.slider_int(name, value, low, high, form)
    imgui.pop_style_color(3)
    if not typing:
        _draw(_share(value, low, high, False), form % value if "%d" in form else form)
    return changed, value


def _is_typed(name: str) -> bool:
    return bool(imgui.internal.temp_input_is_active(imgui.get_id(name)))


def _hide(typing: bool) -> None:
    """Make the grab and the text of the slider transparent, but not a value that is being typed."""
    clear = imgui.ImVec4(0.0, 0.0, 0.0, 0.0)
    text = imgui.get_style_color_vec4(imgui.Col_.text.value)
    imgui.push_style_color(imgui.Col_.text.value, text if typing else clear)
    for slot in (imgui.Col_.slider_grab, imgui.Col_.slider_grab_active):
        imgui.push_style_color(slot.value, clear)


def _share(value: float, low: float, high: float, logarithmic: bool) -> float:
    """Place of a value between the bounds, in [0, 1]."""
    if not high > low:
        return 0.0
    if logarithmic:
        value, low, high = (math.log(max(k, low)) for k in (value, low, high))
    share = (value - low) / (high - low)
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0


def _draw(share: float, text: str) -> None:
    """The text in the upper part of the last item, and rail and grab in the lower one."""
    draw, style, em = imgui.get_window_draw_list(), imgui.get_style(), imgui.get_font_size()
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    tall, wide = RAIL * em, style.grab_min_size
    size = imgui.calc_text_size(text)
    x = low.x + max(0.5 * (high.x - low.x - size.x), style.frame_padding.x)
    y = low.y + max(0.5 * (high.y - tall - low.y - size.y), 0.0)
    draw.push_clip_rect(low, high, True)
    draw.add_text(ImVec2(x, y), imgui.get_color_u32(imgui.Col_.text.value), text)
    px = theme.pixels(1)
    middle = high.y - 0.5 * tall - px
    first, last = low.x + 2 * px + 0.5 * wide, high.x - 2 * px - 0.5 * wide
    at = first + share * (last - first)
    thin = 0.125 * tall
    line = imgui.get_color_u32(imgui.Col_.text_disabled.value, 0.35)
    draw.add_rect_filled(ImVec2(first, middle - thin), ImVec2(last, middle + thin), line)
    slot = imgui.Col_.slider_grab_active if imgui.is_item_active() else imgui.Col_.slider_grab
    corners = (
        ImVec2(at - 0.5 * wide, middle - 0.5 * tall),
        ImVec2(at + 0.5 * wide, middle + 0.5 * tall),
    )
    draw.add_rect_filled(*corners, imgui.get_color_u32(slot.value), 0.5 * tall)
    draw.pop_clip_rect()
