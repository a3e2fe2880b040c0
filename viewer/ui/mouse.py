"""The mouse in the 3D view: clicks, and drags that turn the camera, pull a body or select by a rectangle."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.labels import Rect
from muscle_viewer.viewer.ui import theme

CLICK_PIXELS = 4.0
"""Largest movement of the mouse between press and release of a click, pixels."""

DOUBLE_CLICK = 0.3
"""Longest time between the clicks of a double-click, s."""


class Mouse:
    """Turns presses, drags and the wheel into commands."""

    def __init__(self) -> None:
        self._gesture = ""
        """What the button that was pressed in the view began: `camera`, `spring` or `box`; empty: it is not down."""
        self._is_drag = False
        self._pressed_at = (0.0, 0.0)

    def draw(self, view: Rect, send: c.Send) -> None:
        """Send the commands of the mouse in a rectangle of the window, and draw the rectangle that it selects by."""
        io = imgui.get_io()
        # presses arrive in pictures of their own, which may be slow
        io.mouse_double_click_time = max(DOUBLE_CLICK, 5.0 * io.delta_time)
        io.mouse_single_click_delay = io.mouse_double_click_time + 0.2
        x, y, width, height = view
        inside = x <= io.mouse_pos.x < x + width and y <= io.mouse_pos.y < y + height
        free = inside and not io.want_capture_mouse
        at = io.mouse_pos.x, io.mouse_pos.y
        if free and io.mouse_wheel:
            send(c.ZoomAt(io.mouse_wheel, *_place(at, view)))
        if free and imgui.is_mouse_double_clicked(0):
            send(c.FocusAt(*_place(at, view)))
        if free and not self._gesture and any(imgui.is_mouse_clicked(k) for k in range(3)):
            self._gesture, self._is_drag, self._pressed_at = "camera", False, at
            if imgui.is_mouse_clicked(0) and (io.key_shift or io.key_ctrl):
                self._gesture = "box" if io.key_shift else "spring"
        # From the press on: with few pictures a second, the mouse came a long way in the press's own picture.
        way = abs(at[0] - self._pressed_at[0]) + abs(at[1] - self._pressed_at[1])
        begins = bool(self._gesture) and not self._is_drag and way > CLICK_PIXELS
        self._is_drag = self._is_drag or begins
        if self._gesture == "camera" and height > 0:
            self._turn(at, view, send)
        elif self._gesture == "spring":
            self._pull(at, view, send, begins)
        elif self._gesture == "box":
            self._box(at, view, send)
        elif free:
            send(c.HoverAt(*_place(at, view)))
        if not any(io.mouse_down[k] for k in range(3)):
            self._gesture = ""

    def _turn(self, at: tuple[float, float], view: Rect, send: c.Send) -> None:
        """A drag turns or pans the camera; a click selects, or opens the menu."""
        io, height = imgui.get_io(), view[3]
        dx, dy = at[0] - self._pressed_at[0], at[1] - self._pressed_at[1]
        if self._is_drag and (dx or dy):
            self._pressed_at = at
            if io.mouse_down[0]:
                send(c.Orbit(-3.5 * dx / height, 2.5 * dy / height))
            elif io.mouse_down[1] or io.mouse_down[2]:
                send(c.Pan(-dx / height, dy / height))
        if imgui.is_mouse_released(0) and not self._is_drag:
            send(c.PickAt(*_place(at, view), extend=io.key_ctrl or io.key_shift))
        if imgui.is_mouse_released(1) and not self._is_drag:
            send(c.MenuAt(*_place(at, view)))

    def _pull(self, at: tuple[float, float], view: Rect, send: c.Send, begins: bool) -> None:
        """Ctrl+drag pulls a body with the mouse spring; Ctrl+click adds a muscle to the selection."""
        if begins:
            send(c.AttachSpring(*_place(self._pressed_at, view)))
        if self._is_drag:
            send(c.DragSpring(*_place(at, view)))
        if not imgui.get_io().mouse_down[0]:
            click = c.PickAt(*_place(at, view), extend=True)
            send(c.ReleaseSpring() if self._is_drag else click)

    def _box(self, at: tuple[float, float], view: Rect, send: c.Send) -> None:
        """Shift+drag selects the muscles in a rectangle, with Ctrl in addition; Shift+click adds a muscle."""
        io, (x, y, width, height) = imgui.get_io(), view
        at = min(max(at[0], x), x + width), min(max(at[1], y), y + height)
        if self._is_drag:
            draw, one, other = imgui.get_background_draw_list(), self._pressed_at, at
            low = ImVec2(min(one[0], other[0]), min(one[1], other[1]))
            high = ImVec2(max(one[0], other[0]), max(one[1], other[1]))
            draw.add_rect_filled(low, high, theme.packed(theme.ACCENT, 0.18))
            draw.add_rect(low, high, theme.packed(theme.ACCENT, 0.9), 0.0, theme.pixels(1))
        if io.mouse_down[0]:
            return
        if self._is_drag:
            ends = _place(self._pressed_at, view), _place(at, view)
            send(c.PickBox(*ends, extend=io.key_ctrl))
        else:
            send(c.PickAt(*_place(at, view), extend=True))


def _place(at: tuple[float, float], view: Rect) -> tuple[float, float]:
    """A point of the window in the view, across and up in [-1, 1]."""
    x, y, width, height = view
    return 2 * (at[0] - x) / width - 1, 1 - 2 * (at[1] - y) / height
