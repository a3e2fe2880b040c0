"""The line at the bottom: time, pace, frame rate, checkpoint, state."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer.panels.context import Context


def line(context: Context) -> str:
    """What the status bar says."""
    status = context.status
    pace = f"{status.real_time_factor:.2f}x real time" + (
        " (cannot keep up)" if status.behind else ""
    )
    parts = [
        status.name,
        status.state.value,
        f"{status.time:6.2f} s",
        pace,
        f"{context.frame_rate:.0f} frames/s",
    ]
    if status.message:
        parts.append(status.message)
    return "   |   ".join(parts)


def draw(context: Context) -> None:
    """Draw the bar along the bottom of the main viewport."""
    viewport = imgui.get_main_viewport()
    flags = imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.menu_bar
    height = imgui.get_frame_height()
    side = imgui.Dir.down
    if imgui.internal.begin_viewport_side_bar(
        "##status", viewport, side, height, int(flags | imgui.WindowFlags_.no_scrollbar)
    ):
        if imgui.begin_menu_bar():
            imgui.text(line(context))
            imgui.end_menu_bar()
    imgui.end()


def draw_notices(context: Context) -> bool:
    """A toast with the oldest notice; whether it was dismissed."""
    if not context.notices:
        return False
    viewport = imgui.get_main_viewport()
    corner = ImVec2(
        viewport.work_pos.x + 0.5 * viewport.work_size.x,
        viewport.work_pos.y + viewport.work_size.y - 16,
    )
    imgui.set_next_window_pos(corner, imgui.Cond_.always.value, ImVec2(0.5, 1.0))
    imgui.set_next_window_bg_alpha(0.92)
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.always_auto_resize
        | imgui.WindowFlags_.no_docking
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_focus_on_appearing
    )
    imgui.begin("##notice", None, int(flags))
    imgui.push_text_wrap_pos(520)
    imgui.text(context.notices[0])
    imgui.pop_text_wrap_pos()
    dismissed = imgui.button("dismiss")
    imgui.end()
    return dismissed
