"""Errors that the user can fix: one line that names the file, the field and the fix."""

import re

LONGEST_WORD = 400
"""Longest word of the user's input that an error shows in full; paths are shorter."""

LONGEST_LINE = 2000
"""Longest line of an error; of a longer one the middle is left out."""


class UserError(Exception):
    """An error in the user's input; a command prints it and exits with status 2.

    A damaged file may hold words of any length, in any number and with any characters: an error is one
    line that can be read, whatever it quotes. details: further lines, which the program writes itself.
    """

    def __init__(self, *about: object, details: str = "") -> None:
        lines = f"\n{details}" if details else ""
        super().__init__(*(f"{_readable(a)}{lines}" if isinstance(a, str) else a for a in about))


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
    line = "".join(c if c.isprintable() else " " for c in text) if not text.isprintable() else text
    line = re.sub(rf"(\S{{{LONGEST_WORD // 2}}})\S{{{LONGEST_WORD // 2},}}", r"\1...", line)
    half = LONGEST_LINE // 2
    return line if len(line) <= LONGEST_LINE else f"{line[:half]} ... {line[-half:]}"
