"""A browser's input as Dear ImGui's: pointer, wheel, keys, text and clipboard."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from imgui_bundle import imgui

NAMED = {
    "Space": "space", "Enter": "enter", "Escape": "escape", "Tab": "tab", "Backspace": "backspace",
    "Delete": "delete", "Insert": "insert", "Home": "home", "End": "end", "PageUp": "page_up",
    "PageDown": "page_down", "ArrowLeft": "left_arrow", "ArrowRight": "right_arrow",
    "ArrowUp": "up_arrow", "ArrowDown": "down_arrow", "Minus": "minus", "Equal": "equal",
    "BracketLeft": "left_bracket", "BracketRight": "right_bracket", "Semicolon": "semicolon",
    "Quote": "apostrophe", "Comma": "comma", "Period": "period", "Slash": "slash",
    "Backslash": "backslash", "Backquote": "grave_accent", "NumpadAdd": "keypad_add",
    "NumpadSubtract": "keypad_subtract", "NumpadMultiply": "keypad_multiply",
    "NumpadDivide": "keypad_divide", "NumpadDecimal": "keypad_decimal", "NumpadEnter": "keypad_enter",
}  # fmt: skip
"""Dear ImGui's names of keys by KeyboardEvent.code."""
MODIFIERS = ("ctrl", "shift", "alt", "super")
BUTTONS = {0: 0, 1: 2, 2: 1}
"""Dear ImGui's mouse buttons (left, right, middle) by a browser's (left, middle, right)."""
LARGEST = 100_000
"""Bound of positions and turns of the wheel."""
LONGEST_TEXT = 100_000


def key_named(code: str) -> Any:
    """Dear ImGui's key of a KeyboardEvent.code, or None."""
    name = NAMED.get(code)
    if name is None and code.startswith("Key") and len(code) == 4:
        name = code[3].lower()
    elif name is None and code.startswith("Digit") and len(code) == 6:
        name = f"_{code[5]}"
    elif name is None and code.startswith("Numpad") and len(code) == 7:
        name = f"keypad{code[6]}"
    elif name is None and code[:1] == "F" and code[1:].isdigit():
        name = code.lower()
    return getattr(imgui.Key, name, None) if name else None


class BrowserInput:
    """Passes a browser's events to Dear ImGui, whose context must be current.

    Events are what the page sends, untrusted: numbers that are not finite and unknown names are passed over.
    """

    def __init__(self, copied: Callable[[str], None]) -> None:
        """`copied` is called with the text that the user copies."""
        self._io = imgui.get_io()
        self._clipboard = ""
        self._copied = copied
        platform = imgui.get_platform_io()
        platform.platform_set_clipboard_text_fn = self._set_clipboard
        platform.platform_get_clipboard_text_fn = lambda _: self._clipboard

    def _set_clipboard(self, _: Any, text: str) -> None:
        self._clipboard = text
        self._copied(text)

    def take(self, event: Mapping[str, Any]) -> None:
        """Pass an event on."""
        match event.get("type"):
            case "move":
                x, y = _number(event.get("x")), _number(event.get("y"))
                if x is not None and y is not None:
                    self._io.add_mouse_pos_event(x, y)
            case "leave":
                self.release()
            case "button":
                self._take_modifiers(event)
                number = event.get("button")
                button = BUTTONS.get(number) if isinstance(number, int) else None
                if button is not None:
                    self._io.add_mouse_button_event(button, bool(event.get("down")))
            case "wheel":
                x, y = _number(event.get("x")) or 0.0, _number(event.get("y")) or 0.0
                self._io.add_mouse_wheel_event(x, y)
            case "key":
                self._take_modifiers(event)
                key = key_named(str(event.get("code", ""))[:20])
                if key is not None:
                    self._io.add_key_event(key, bool(event.get("down")))
            case "text":
                self._io.add_input_characters_utf8(_text(event.get("text", "")))
            case "paste":
                self._clipboard = _text(event.get("text", ""))
                for down in (True, False):
                    self._io.add_key_event(imgui.Key.mod_ctrl, down)
                    self._io.add_key_event(imgui.Key.v, down)

    def release(self) -> None:
        """Let go of all keys and buttons, and leave the window: the page has lost the focus."""
        self._io.add_focus_event(False)
        self._io.add_focus_event(True)
        self._io.clear_input_mouse()
        self._io.add_mouse_pos_event(-math.inf, -math.inf)

    def _take_modifiers(self, event: Mapping[str, Any]) -> None:
        for name in MODIFIERS:
            self._io.add_key_event(getattr(imgui.Key, f"mod_{name}"), bool(event.get(name)))


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, int):  # of any size
        value = min(max(value, -LARGEST), LARGEST)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return min(max(float(value), -LARGEST), LARGEST)


def _text(value: Any) -> str:
    """A text of at most LONGEST_TEXT characters, without halves of surrogate pairs."""
    return str(value)[:LONGEST_TEXT].encode(errors="ignore").decode()
