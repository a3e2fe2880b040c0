"""Timeline: scrub, step, loop and resume in the history; heel strikes, falls and perturbations are marked."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.simulation.events import Event
from muscle_viewer.viewer.simulation.runtime import State
from muscle_viewer.viewer.ui import theme
from muscle_viewer.viewer.ui.panels.context import Context

SHORTEST = 10.0
"""Least number of seconds that the track shows."""

COLOURS = {
    "strike right": colours.RIGHT,
    "strike left": colours.LEFT,
    "fall": theme.ERROR,
    "end": theme.DIM,
    "begin": theme.DIM,
    "perturbation": theme.WARNING,
    "change": theme.ACCENT,
}

Span = tuple[float, float, float, float]
"""x and clock time of the left end, x of the right end, pixels per second."""


class Timeline:
    """A strip along the bottom: buttons, the time of the shown frame, and the track."""

    title = "Timeline"
    place = "strip"

    def __init__(self) -> None:
        self.open = True
        self._looping_from: int | None = None

    def draw(self, context: Context, send: c.Send) -> None:
        """Draw the strip."""
        _buttons(context, send)
        imgui.same_line(0.0, theme.pixels(14))
        self._track(context, send)

    def _track(self, context: Context, send: c.Send) -> None:
        history, em = context.history, imgui.get_font_size()
        origin, size = imgui.get_cursor_screen_pos(), imgui.get_content_region_avail()
        height = imgui.get_frame_height()
        imgui.invisible_button("##track", ImVec2(max(size.x, 1.0), height))
        hovered, active = imgui.is_item_hovered(), imgui.is_item_active()
        left, right = origin.x, origin.x + size.x
        begin = history.time(history.oldest)
        rate = size.x / max(history.now - begin, SHORTEST)
        span = (left, begin, right, rate)
        top, bottom = origin.y + 0.1 * em, origin.y + height - 0.1 * em
        _draw_ground(context, span, top, bottom)
        for event in history.events:
            _draw_event(event, span, top, bottom)
        _draw_cursor(context, span, origin.y - 0.12 * em, origin.y + height + 0.12 * em)
        if not (hovered or active):
            self._looping_from = None
            return
        index = _index_at(context, span, imgui.get_io().mouse_pos.x)
        if active and imgui.is_item_activated():
            self._looping_from = index if imgui.get_io().key_shift else None
        if active and self._looping_from is not None:
            if index != self._looping_from:
                send(c.Loop((self._looping_from, index)))
        elif active and index != context.status.cursor:
            send(c.Seek(index))
        elif hovered and not active:
            _show_tooltip(context, span, index)


def _buttons(context: Context, send: c.Send) -> None:
    status, history = context.status, context.history
    playing = status.state is State.PLAYING
    buttons = (
        (
            "back",
            theme.icon("backward_step", "<"),
            "Step back by one control step (Left)",
            c.Step(-1),
        ),
        (
            "playing",
            theme.icon("pause", "Pause") if playing else theme.icon("play", "Play"),
            "Pause (Space)" if playing else "Play (Space)",
            c.TogglePlay(),
        ),
        (
            "forward",
            theme.icon("forward_step", ">"),
            "Step forward by one control step (Right)",
            c.Step(),
        ),
        (
            "newest",
            theme.icon("forward_fast", ">>"),
            "Go to the newest frame (End)",
            c.Seek(history.newest),
        ),
    )
    side = ImVec2(1.9 * imgui.get_font_size(), 0)
    for name, label, tip, command in buttons:
        if imgui.button(f"{label}###{name}", side):
            send(command)
        imgui.set_item_tooltip(tip)
        imgui.same_line(0.0, theme.pixels(3))
    looping = status.loop is not None
    if looping:
        imgui.push_style_color(imgui.Col_.button.value, theme.paint(theme.ACCENT, 0.55))
    if imgui.button(f"{theme.icon('repeat', 'Loop')}###loop", side):
        last = max(history.oldest, status.cursor - round(2.0 * context.info.control_hz))
        send(c.Loop(None if looping else (last, status.cursor)))
    if looping:
        imgui.pop_style_color()
    imgui.set_item_tooltip(
        "End the loop"
        if looping
        else "Loop over the last 2 s (Shift+drag on the track for another range)"
    )
    imgui.same_line(0.0, theme.pixels(3))
    imgui.begin_disabled(status.live)
    if imgui.button(f"{theme.icon('code_branch', 'Resume')}###resume", side):
        send(c.Resume())
    imgui.end_disabled()
    imgui.set_item_tooltip("Resume simulating from here; later frames are discarded (Enter)")
    imgui.same_line(0.0, theme.pixels(10))
    imgui.align_text_to_frame_padding()
    behind = context.clock - history.now
    at = imgui.get_cursor_pos_x()
    text = f"total {context.clock:.2f} s" if status.live else f"{-behind:.2f} s ago"
    imgui.text_colored(theme.paint(theme.INK if status.live else theme.WARNING), text)
    imgui.set_item_tooltip(
        "Simulated time since the viewer started, over all episodes"
        if status.live
        else "Shown time, before the newest frame"
    )
    imgui.same_line(at + 6.0 * imgui.get_font_size())
    imgui.dummy(ImVec2(0, 0))


def _draw_ground(context: Context, span: Span, top: float, bottom: float) -> None:
    left, begin, right, rate = span
    draw, status, history = imgui.get_window_draw_list(), context.status, context.history
    low, round_by = ImVec2(left, top), theme.pixels(4)
    draw.add_rect_filled(low, ImVec2(right, bottom), theme.packed(theme.FIELD, 0.55), round_by)
    end = left + rate * (history.now - begin)
    draw.add_rect_filled(low, ImVec2(end, bottom), theme.packed(theme.HOVERED), round_by)
    if status.loop:
        a, b = (left + rate * (history.time(k) - begin) for k in status.loop)
        draw.add_rect_filled(ImVec2(a, top), ImVec2(b, bottom), theme.packed(theme.ACCENT, 0.4))
        ink, wide = theme.packed(theme.ACCENT), theme.pixels(2)
        for x in (a, b):
            draw.add_line(ImVec2(x, top), ImVec2(x, bottom), ink, wide)


def _draw_event(event: Event, span: Span, top: float, bottom: float) -> None:
    left, begin, _, rate = span
    draw, x = imgui.get_window_draw_list(), left + rate * (event.clock - begin)
    colour, middle, px = theme.packed(COLOURS[event.kind]), 0.5 * (top + bottom), theme.pixels(1)
    if event.kind == "strike left":
        draw.add_line(ImVec2(x, top + 2 * px), ImVec2(x, middle - px), colour, 2 * px)
    elif event.kind == "strike right":
        draw.add_line(ImVec2(x, middle + px), ImVec2(x, bottom - 2 * px), colour, 2 * px)
    elif event.kind in ("fall", "perturbation", "change"):
        draw.add_line(ImVec2(x, top), ImVec2(x, bottom), colour, 1.5 * px)
        draw.add_circle_filled(ImVec2(x, middle), 3.5 * px, colour)
    else:
        draw.add_line(ImVec2(x, top), ImVec2(x, bottom), colour, px)


def _draw_cursor(context: Context, span: Span, top: float, bottom: float) -> None:
    origin, begin, _, rate = span
    x = origin + rate * (context.clock - begin)
    draw, ink, px = imgui.get_window_draw_list(), theme.packed(theme.INK), theme.pixels(1)
    draw.add_line(ImVec2(x, top), ImVec2(x, bottom), ink, 2 * px)
    left, right = ImVec2(x - 5 * px, top - px), ImVec2(x + 5 * px, top - px)
    draw.add_triangle_filled(left, right, ImVec2(x, top + 6 * px), ink)


def _index_at(context: Context, span: Span, x: float) -> int:
    left, begin, _, rate = span
    history = context.history
    clock = begin + (x - left) / rate
    first, last = history.between(clock - 0.5 / context.info.control_hz, history.now + 1.0)
    return min(max(first, history.oldest), last - 1, history.newest)


def _show_tooltip(context: Context, span: Span, index: int) -> None:
    """Show the time under the mouse and the events near it."""
    history, rate = context.history, span[3]
    clock = history.time(index)
    near = [e for e in history.events if abs(e.clock - clock) * rate < 6.0]
    lines = [f"{clock:.2f} s", *dict.fromkeys(e.label for e in near[-4:])]
    imgui.set_tooltip("\n".join(lines))
