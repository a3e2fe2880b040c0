"""Errors that the user can fix: one line that names the file, the field and the fix."""

import re

LONGEST_WORD = 400
"""Longest word of the user's input that an error shows in full; paths are shorter."""


class UserError(Exception):
    """An error in the user's input; a command prints it and exits with status 2.

    A damaged file may hold words of any length: they are shortened, so that the line can be read.
    """

    def __init__(self, *about: object) -> None:
        super().__init__(*(_readable(a) if isinstance(a, str) else a for a in about))


class ConfigError(UserError):
    """An environment configuration, or an option, that cannot be used."""


class ModelError(UserError):
    """A character or motion that cannot be used."""


class CheckpointError(UserError):
    """A checkpoint, or weights, that cannot be used."""


class ShapeError(UserError, ValueError):
    """An array of the wrong shape or dtype."""


class StateError(UserError, RuntimeError):
    """A call before the call that must precede it, or during another call."""


def _readable(text: str) -> str:
    return re.sub(rf"(\S{{{LONGEST_WORD // 2}}})\S{{{LONGEST_WORD // 2},}}", r"\1...", text)
