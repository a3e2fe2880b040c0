"""Fonts, colours and spacing of the panels."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import imgui_bundle
from imgui_bundle import ImVec2, ImVec4, imgui, implot
from muscle_viewer.viewer.scene import colours

FONT_SIZE = 15.0
FONTS = Path(imgui_bundle.__file__).parent / "assets" / "fonts"
"""Roboto (Apache-2.0) and Font Awesome (OFL-1.1), as imgui-bundle brings them."""

INK, DIM = "@ink", "@dim"
SURFACE, RAISED, FIELD, HOVERED = "@surface", "@raised", "@field", "@hovered"
"""Colour roles, whose colours differ between light and dark panels; the current context's style holds them."""

ACCENT, WARNING, ERROR, GOOD = "#3f96d8", "#e0a11b", "#f0604f", "#46b87a"

DARK = {
    INK: "#dde3ea", DIM: "#8d99a8", SURFACE: "#1a1f26", RAISED: "#222932",
    FIELD: "#2c3540", HOVERED: "#3a4654", "@edge": "#0f1318", "@well": "#12161b",
}  # fmt: skip
LIGHT = {
    INK: "#1d242c", DIM: "#66717e", SURFACE: "#eef1f4", RAISED: "#fbfcfd",
    FIELD: "#d9dfe5", HOVERED: "#c3ccd5", "@edge": "#c4ccd4", "@well": "#ffffff",
}  # fmt: skip
SLOTS = {
    INK: imgui.Col_.text, DIM: imgui.Col_.text_disabled, SURFACE: imgui.Col_.title_bg_collapsed,
    RAISED: imgui.Col_.popup_bg, FIELD: imgui.Col_.frame_bg, HOVERED: imgui.Col_.frame_bg_hovered,
}  # fmt: skip


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of a role, or of a colour written as `#rrggbb`."""
    if colour in SLOTS:
        held = imgui.get_style().color_(SLOTS[colour].value)
        return held.x, held.y, held.z
    return colours.rgb(colour)


def paint(colour: str, alpha: float = 1.0) -> ImVec4:
    """A role or colour as Dear ImGui and ImPlot take it."""
    return ImVec4(*rgb(colour), alpha)


def drawn(colour: str, alpha: float = 1.0) -> ImVec4:
    """The colour of a curve for a role or colour: darker on a light background, for contrast."""
    shade = 0.72 if colour not in SLOTS and sum(rgb(SURFACE)) > 1.5 else 1.0
    red, green, blue = rgb(colour)
    return ImVec4(shade * red, shade * green, shade * blue, alpha)


def packed(colour: str, alpha: float = 1.0) -> int:
    """A role or colour as draw lists take it."""
    red, green, blue = (round(255 * part) for part in rgb(colour))
    return round(255 * alpha) << 24 | blue << 16 | green << 8 | red


def fitted(text: str, width: float) -> str:
    """A text shortened to a width in pixels by dots before its last letters, which tell similar names apart."""
    if imgui.calc_text_size(text).x <= width:
        return text
    kept = len(text) - 4
    while kept > 0 and imgui.calc_text_size(f"{text[:kept]}..{text[-4:]}").x > width:
        kept -= 1
    return f"{text[:kept]}..{text[-4:]}"


def apply(scale: float) -> None:
    """Set the current context's fonts, sizes and colours for a display with `scale` pixels per layout unit."""
    _load_fonts()
    imgui.style_colors_dark()
    implot.style_colors_dark()
    resize(scale)
    colour(light=False)


def resize(scale: float) -> None:
    """Set the current context's sizes for a display with `scale` pixels per layout unit."""
    style, unscaled = imgui.get_style(), imgui.Style()
    for name in dir(unscaled):  # lengths, and numbers that nothing here changes
        value = getattr(unscaled, name)
        if isinstance(value, float | ImVec2) and not name.startswith("font"):
            setattr(style, name, value)
    style.font_size_base = FONT_SIZE
    style.window_rounding = style.popup_rounding = 6.0
    style.frame_rounding = style.grab_rounding = style.tab_rounding = 4.0
    style.scrollbar_rounding, style.scrollbar_size = 6.0, 10.0
    style.window_border_size = style.popup_border_size = style.child_border_size = 0.0
    style.tab_min_width_shrink = 160.0
    style.tab_bar_border_size = style.tab_bar_overline_size = 0.0
    style.docking_separator_size = 3.0
    style.window_padding, style.frame_padding = ImVec2(10, 6), ImVec2(8, 4)
    style.item_spacing, style.item_inner_spacing = ImVec2(8, 6), ImVec2(6, 4)
    style.cell_padding = ImVec2(4, 1)
    style.window_menu_button_position = imgui.Dir.left  # see docking.list_hidden_tabs
    style.scale_all_sizes(scale)
    style.font_scale_dpi = scale
    _set_plot_style(scale)


def pixels(length: float) -> float:
    """Pixels of a length in layout units on the current context's display, for what the style has no size of."""
    return length * float(imgui.get_style().font_scale_dpi)


def colour(light: bool) -> None:
    """Set the current context's colours, light or dark."""
    palette = LIGHT if light else DARK
    _set_colours(imgui.get_style(), palette)
    _set_plot_colours(palette)


def _load_fonts() -> None:
    fonts = imgui.get_io().fonts
    text, icons = FONTS / "Roboto" / "Roboto-Regular.ttf", _icon_font()
    if not text.exists() or icons is None:
        return
    fonts.add_font_from_file_ttf(str(text), FONT_SIZE)
    merged = imgui.ImFontConfig()
    merged.merge_mode = True
    merged.glyph_min_advance_x = FONT_SIZE
    merged.glyph_offset = ImVec2(0.0, 1.0)
    fonts.add_font_from_file_ttf(str(icons), 0.85 * FONT_SIZE, merged)


def _icon_font() -> Path | None:
    return next(iter(FONTS.glob("Font_Awesome_6*Solid*")), None)


@cache
def icon(name: str, instead: str) -> str:
    """An icon of Font Awesome (`play`, `rotate_left`), or a word if the font is missing."""
    from imgui_bundle import icons_fontawesome_6

    found = getattr(icons_fontawesome_6, f"ICON_FA_{name.upper()}", None)
    return str(found) if found and _icon_font() else instead


def _set_colours(style: imgui.Style, palette: dict[str, str]) -> None:
    """Set the style's colours. Docked windows have no background: the renderer has cleared to SURFACE, which is cheaper."""
    col = imgui.Col_
    for slots, colour, alpha in (
        ((col.text,), INK, 1.0),
        ((col.text_disabled,), DIM, 1.0),
        ((col.window_bg, col.title_bg, col.title_bg_active, col.menu_bar_bg), SURFACE, 0.0),
        ((col.title_bg_collapsed, col.docking_empty_bg), SURFACE, 0.0),
        ((col.popup_bg,), RAISED, 0.98),
        ((col.child_bg,), SURFACE, 0.0),
        ((col.frame_bg, col.button, col.header), FIELD, 1.0),
        ((col.frame_bg_hovered, col.button_hovered, col.header_hovered), HOVERED, 1.0),
        ((col.frame_bg_active, col.button_active, col.header_active), ACCENT, 0.65),
        ((col.tab, col.tab_dimmed), SURFACE, 0.0),
        ((col.tab_selected, col.tab_dimmed_selected), RAISED, 1.0),
        ((col.tab_hovered,), HOVERED, 1.0),
        ((col.check_mark, col.slider_grab, col.plot_histogram), ACCENT, 1.0),
        ((col.checkbox_selected_bg,), FIELD, 1.0),
        ((col.input_text_cursor, col.nav_cursor), INK, 1.0),
        ((col.slider_grab_active,), INK, 1.0),
        ((col.separator, col.border), "@edge", 1.0),
        ((col.separator_hovered, col.separator_active), ACCENT, 0.7),
        ((col.resize_grip,), FIELD, 0.0),
        ((col.scrollbar_bg,), SURFACE, 0.0),
        ((col.scrollbar_grab,), HOVERED, 1.0),
        ((col.table_header_bg,), RAISED, 1.0),
        ((col.table_row_bg_alt,), INK, 0.02),
        ((col.text_selected_bg, col.docking_preview), ACCENT, 0.4),
    ):
        for slot in slots:
            style.set_color_(slot.value, ImVec4(*colours.rgb(palette.get(colour, colour)), alpha))


def _set_plot_style(scale: float) -> None:
    style = implot.get_style()
    style.plot_padding = ImVec2(4 * scale, 6 * scale)
    style.plot_border_size = 0.0
    style.plot_min_size = ImVec2(80 * scale, 50 * scale)
    style.legend_padding = ImVec2(6 * scale, 4 * scale)


def _set_plot_colours(palette: dict[str, str]) -> None:
    style, col = implot.get_style(), implot.Col_
    for slot, colour, alpha in (
        (col.frame_bg, SURFACE, 0.0),
        (col.plot_bg, "@well", 1.0),
        (col.plot_border, SURFACE, 0.0),
        (col.legend_bg, SURFACE, 0.75),
        (col.legend_border, SURFACE, 0.0),
        (col.axis_text, DIM, 1.0),
        (col.axis_grid, INK, 0.12),
        (col.inlay_text, DIM, 1.0),
        (col.legend_text, INK, 1.0),
        (col.title_text, DIM, 1.0),
    ):
        style.set_color_(slot.value, ImVec4(*colours.rgb(palette.get(colour, colour)), alpha))
