"""The status bar: state, time, real-time factor, frame rate, checkpoint, and the last message."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.simulation.runtime import State
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context

STATE_COLOURS = {
    State.PLAYING: theme.GOOD,
    State.PAUSED: theme.DIM,
    State.ENDED: theme.WARNING,
    State.FAILED: theme.ERROR,
}


def parts(context: Context) -> list[tuple[str, str]]:
    """The texts of the bar and their colours."""
    status = context.status
    pace = f"{status.real_time_factor:.2f} x real time"
    said = [
        (status.state.value, STATE_COLOURS[status.state]),
        (f"episode {status.episode}: {status.time:.2f} s", theme.INK),
        (pace, theme.INK),
        (f"{context.frame_rate:.0f} frames/s", theme.INK),
        (status.name, theme.INK),
        (f"{len(context.info.muscle_names)} muscles", theme.DIM),
    ]
    if status.behind:
        said[2] = (f"{pace}: cannot keep up", theme.WARNING)
    if context.film_seconds is not None:
        said.append((f"recording {context.film_seconds:.1f} s", theme.ERROR))
    if status.message:
        failed = status.state is State.FAILED
        said.append((status.message, theme.ERROR if failed else theme.WARNING))
    return said


def line(context: Context) -> str:
    """The text of the bar."""
    return " | ".join(text for text, _ in parts(context))


def draw(context: Context) -> None:
    """Draw the bar along the bottom of the main viewport."""
    viewport = imgui.get_main_viewport()
    flags = (
        imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.menu_bar
        | imgui.WindowFlags_.no_scrollbar
    )
    height, side = imgui.get_frame_height(), imgui.Dir.down
    if imgui.internal.begin_viewport_side_bar("##status", viewport, side, height, int(flags)):
        if imgui.begin_menu_bar():
            _draw_parts(context)
            imgui.end_menu_bar()
    imgui.end()


def _draw_parts(context: Context) -> None:
    em = imgui.get_font_size()
    draw = imgui.get_window_draw_list()
    at = imgui.get_cursor_screen_pos()
    dot = theme.packed(STATE_COLOURS[context.status.state])
    draw.add_circle_filled(
        ImVec2(at.x + 0.4 * em, at.y + 0.5 * imgui.get_frame_height()), 0.28 * em, dot
    )
    columns = (1.1, 5.6, 14.6, 22.6, 28.0)
    """Positions of the parts whose width changes, in font heights, so that the text does not jump."""
    start = at.x
    for k, (text, colour) in enumerate(parts(context)):
        if k < len(columns):
            x = start + columns[k] * em
            if k and context.status.behind and k > 2:
                x += 6.5 * em
            imgui.set_cursor_screen_pos(ImVec2(x, imgui.get_cursor_screen_pos().y))
        else:
            imgui.same_line(0.0, 1.4 * em)
        imgui.text_colored(theme.paint(colour), text)
