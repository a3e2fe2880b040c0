"""Errors as the window shows them: one line, and details for those who want to know more."""

from __future__ import annotations

import traceback

LONGEST = 240
"""Characters of a line."""


def line_of(error: BaseException) -> str:
    """What went wrong, on one line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:LONGEST]


def details_of(error: BaseException) -> str:
    """Where it went wrong: the last calls."""
    return "".join(traceback.format_exception(error)[-6:]).strip()
