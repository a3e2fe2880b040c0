"""News and errors that are shown until they are dismissed."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from muscle_viewer.viewer.commands import Command

LONGEST = 240
"""Characters of a line."""


@dataclass(frozen=True)
class Notice:
    """A toast: a line or two, and buttons that each send a command."""

    text: str
    is_error: bool = False
    actions: Sequence[tuple[str, Command]] = ()
    """Buttons' labels and commands; each dismisses the notice too."""
    seconds: float = 0.0
    """After which it goes by itself; 0 stays."""
    details: str = ""
    """For those who want to know more, and for reports."""


def line_of(error: BaseException) -> str:
    """What went wrong, on one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:LONGEST]


def details_of(error: BaseException) -> str:
    """Where it went wrong: the last calls."""
    return "".join(traceback.format_exception(error)[-6:]).strip()
