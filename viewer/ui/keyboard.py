"""The keyboard in the panels: one panel has it, or none, and then all keys are hotkeys."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.ui.keymap import KEYMAP

NAVIGATION = imgui.ConfigFlags_.nav_enable_keyboard.value


class Keyboard:
    """Sends the commands of pressed keys. While a panel has the keyboard, keys without Ctrl move in the panel."""

    def __init__(self) -> None:
        self.panel = ""
        """Title of the panel that has the keyboard; empty: none has."""
        self._to_mark = ""
        self._was_busy = False
        """Whether a value was being changed or a list was open in the last picture, in the panel that has the keyboard."""

    def next(self, titles: Sequence[str], way: int) -> str:
        """Give the keyboard to the panel after the one that has it, or before it with way -1; its title."""
        if not titles:
            return ""
        begin = -1 if way > 0 else 0
        at = titles.index(self.panel) if self.panel in titles else begin
        self.panel = titles[(at + way) % len(titles)]
        self._to_mark = self.panel
        imgui.get_io().config_flags |= NAVIGATION
        return self.panel

    def mark(self, title: str) -> None:
        """Let the keyboard begin at the first item of a panel that it was given to, before its items are drawn."""
        if title == self._to_mark and imgui.is_window_focused():
            self._to_mark = ""
            imgui.internal.nav_init_window(imgui.internal.get_current_window(), True)
            imgui.set_nav_cursor_visible(True)

    def release(self) -> None:
        """Let all keys be hotkeys again."""
        if self.panel:
            self.panel = self._to_mark = ""
            imgui.get_io().config_flags &= ~NAVIGATION
            imgui.set_nav_cursor_visible(False)

    def send(self, send: c.Send, is_overlaid: bool) -> None:
        """Send the commands of pressed keys, unless something takes text or a list or menu is open; Esc closes that.

        is_overlaid: something over the panels takes the keys.
        """
        is_open = imgui.is_popup_open("", imgui.PopupFlags_.any_popup.value)
        was_busy, self._was_busy = self._was_busy, is_open or imgui.is_any_item_active()
        if is_open:
            if imgui.is_key_pressed(imgui.Key.escape):
                imgui.internal.close_popup_to_level(0, True)
            return
        if imgui.get_io().want_text_input or imgui.is_any_item_active() or is_overlaid:
            return
        if self.panel:
            if imgui.is_mouse_clicked(0) and not imgui.get_io().want_capture_mouse:
                self.release()
            elif imgui.is_key_pressed(imgui.Key.escape) and not was_busy:
                self.release()
                return
        for binding in KEYMAP:
            for key in binding.keys:
                if not (self.panel and is_of_panels(key)) and _pressed(key, binding.repeats):
                    send(binding.command)
                    break


def is_of_panels(key: str) -> bool:
    """Whether a key of the keymap moves in the panel that has the keyboard: those but F1 to F12 and with Ctrl."""
    name = key.rpartition("+")[2]
    return not ("ctrl+" in key or (name[0] == "f" and name[1:].isdigit()))


def _pressed(name: str, repeats: bool) -> bool:
    """Whether a key of the keymap was pressed in this frame, with exactly its modifiers."""
    *modifiers, key = name.split("+")
    io = imgui.get_io()
    if io.key_ctrl != ("ctrl" in modifiers) or io.key_shift != ("shift" in modifiers) or io.key_alt:
        return False
    return imgui.is_key_pressed(imgui_key(key), repeats)


def imgui_key(name: str) -> imgui.Key:
    """The key of Dear ImGui with a name of the keymap."""
    key: imgui.Key = getattr(imgui.Key, f"_{name}" if name.isdigit() else name)
    return key
