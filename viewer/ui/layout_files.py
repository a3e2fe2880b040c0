"""Files with the panels' places, in Dear ImGui's format, whose lengths are those on a display of scale 1."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from imgui_bundle import imgui

RENAMED = {"Touch": "Perturb"}
"""Titles of panels in older files, and their present titles."""

_PLACES = re.compile(r"\b(Pos|Size|SizeRef)=(-?\d+),(-?\d+)")


def is_layout(file: Path) -> bool:
    """Whether a file has places of panels; one that was written before the first picture has none."""
    return "[Window][" in _text(file)


def read(file: Path, scale: float) -> None:
    """Give the current context the places in a file, on a display of `scale`; none of a file that cannot be read."""
    text = _text(file)
    for old, new in RENAMED.items():
        text = text.replace(f"[Window][{old}]", f"[Window][{new}]")
    imgui.load_ini_settings_from_memory(scaled(text, scale))


def write(file: Path, scale: float) -> None:
    """Write the current context's places on a display of `scale`, if the file can be written."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(scaled(imgui.save_ini_settings_to_memory(), 1 / scale), encoding="utf-8")


def rescale(factor: float) -> None:
    """Multiply the places of the current context's panels."""
    imgui.load_ini_settings_from_memory(scaled(imgui.save_ini_settings_to_memory(), factor))


def scaled(text: str, factor: float) -> str:
    """Dear ImGui's settings with other lengths."""

    def multiplied(found: re.Match[str]) -> str:
        across, down = (round(factor * int(found[k])) for k in (2, 3))
        return f"{found[1]}={across},{down}"

    return _PLACES.sub(multiplied, text)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
