"""The oldest notification, in the upper left corner of the 3D view, beside the head of the character."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context

WIDEST = 34.0
"""Largest width of a notification's text, in font heights."""
SHARE = 0.4
"""Largest share of the view's width that notifications cover: the character stands in the middle."""


def place(view: tuple[float, float, float, float], em: float) -> tuple[float, float, float]:
    """The window's left and upper edge, and the width of its text, in layout coordinates."""
    x, y, width, _ = view
    margin = 0.8 * em
    return x + margin, y + margin, max(min(WIDEST * em, SHARE * width - 3 * margin), 8 * em)


def draw(context: Context, send: c.Send, view: tuple[float, float, float, float]) -> None:
    """Draw the oldest notification, if there is one; each button sends its command and dismisses the notification."""
    if not context.notifications:
        return
    notification = context.notifications[0]
    em = imgui.get_font_size()
    left, top, width = place(view, em)
    imgui.set_next_window_pos(ImVec2(left, top), imgui.Cond_.always.value)
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.always_auto_resize
        | imgui.WindowFlags_.no_docking
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_focus_on_appearing
    )
    imgui.push_style_color(imgui.Col_.window_bg.value, theme.paint(theme.RAISED, 0.97))
    imgui.begin("##notification", None, int(flags))
    imgui.push_text_wrap_pos(imgui.get_cursor_pos_x() + width)
    imgui.text_colored(
        theme.paint(theme.ERROR if notification.is_error else theme.INK), notification.text
    )
    if notification.details and imgui.tree_node("Details"):
        imgui.text_unformatted(notification.details)
        imgui.tree_pop()
    imgui.pop_text_wrap_pos()
    for label, command in notification.actions:
        if imgui.button(label):
            send(c.Dismiss())
            if not isinstance(command, c.Dismiss):
                send(command)
        imgui.same_line()
    if not notification.actions and imgui.button("Dismiss"):
        send(c.Dismiss())
    if notification.is_error:
        imgui.same_line()
        if imgui.button("Copy"):
            imgui.set_clipboard_text(f"{notification.text}\n{notification.details}".strip())
    imgui.end()
    imgui.pop_style_color()
