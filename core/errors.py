"""Errors that are the user's to mend: one line that names the file, the field and the fix."""

import re

LONGEST_WORD = 400
"""Letters that an error shows of a word of the user's; paths are shorter."""


class UserError(Exception):
    """What is wrong with the user's input; a command prints it and exits with status 2.

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
    """A call that comes before one that it needs, or during another."""


def _readable(text: str) -> str:
    return re.sub(rf"(\S{{{LONGEST_WORD // 2}}})\S{{{LONGEST_WORD // 2},}}", r"\1...", text)
