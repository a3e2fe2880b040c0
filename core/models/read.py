"""Reading a character from a file of any kind."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import ModelError
from ..readers.character import Character, parse_character
from ..readers.file_kind import CHARACTER, refuse_other
from ..readers.text import read_text
from .articulated_yaml import FORMAT, parse_articulated
from .mjcf.read import is_mujoco, read_mujoco
from .opensim.read import is_opensim, read_opensim

_ARTICULATED = re.compile(rf"^format: *['\"]?{FORMAT}\b", re.MULTILINE)


def read_model(path: str | Path) -> Character:
    """Read a character: character-1 or character-2 YAML, a model of MuJoCo (see `read_mujoco`) or OpenSim.

    ModelError: one line that names the file, the field and the fix.
    """
    if is_mujoco(path):
        return read_mujoco(path)
    if is_opensim(path):
        return read_opensim(path)
    return parse_model(read_text(Path(path), ModelError), str(path))


def parse_model(text: str, origin: str) -> Character:
    """A character from the text of a YAML of either format; `origin` names it in errors."""
    refuse_other(text, origin, CHARACTER, "a character", ModelError)
    if _ARTICULATED.search(text):
        return parse_articulated(text, origin)
    return parse_character(text, origin)
