"""News and errors that are shown until they are dismissed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from muscle_viewer.viewer.commands import Command


@dataclass(frozen=True)
class Notice:
    """A toast: a line or two, and buttons that each send a command."""

    text: str
    is_error: bool = False
    actions: Sequence[tuple[str, Command]] = ()
    """Buttons' labels and commands; each dismisses the notice too."""
    seconds: float = 0.0
    """After which it goes by itself; 0 stays."""
