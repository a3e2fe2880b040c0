"""The oldest notification, over the upper edge of the 3D view."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context


def draw(context: Context, send: c.Send, view: tuple[float, float, float, float]) -> None:
    """Draw the oldest notification, if there is one; each button sends its command and dismisses the notification."""
    if not context.notifications:
        return
    notification = context.notifications[0]
    em = imgui.get_font_size()
    x, y, width, _ = view
    corner = ImVec2(x + 0.5 * width, y + 0.8 * em)
    imgui.set_next_window_pos(corner, imgui.Cond_.always.value, ImVec2(0.5, 0.0))
    flags = (
        imgui.WindowFlags_.no_decoration
        | imgui.WindowFlags_.always_auto_resize
        | imgui.WindowFlags_.no_docking
        | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_focus_on_appearing
    )
    imgui.push_style_color(imgui.Col_.window_bg.value, theme.paint(theme.RAISED, 0.97))
    imgui.begin("##notification", None, int(flags))
    imgui.push_text_wrap_pos(34 * em)
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
