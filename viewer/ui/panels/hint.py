"""What a panel that is still empty tells of itself."""

from __future__ import annotations

from imgui_bundle import imgui


def hint(text: str) -> None:
    """Draw a grey text, in as many lines as the panel's width asks for."""
    imgui.push_text_wrap_pos(0.0)
    imgui.text_disabled(text)
    imgui.pop_text_wrap_pos()
