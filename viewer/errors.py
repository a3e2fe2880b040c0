"""Texts of exceptions for the window: one line, and details on request."""

from __future__ import annotations

import traceback

LONGEST = 240
"""Largest number of characters of a line."""


def line_of(error: BaseException) -> str:
    """Type and message of an exception on one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}"[:LONGEST]


def details_of(error: BaseException) -> str:
    """The last calls of an exception's traceback."""
    return "".join(traceback.format_exception(error)[-6:]).strip()
