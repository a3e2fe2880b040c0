"""Reading a character from a file of any kind."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import ModelError
from ..readers.character import Character
from ..readers.character_file import parse_character
from ..readers.file_kind import CHARACTER, START, kind_of_start, refuse_other
from ..readers.files import LARGEST_TEXT, is_there, read_start
from ..readers.text import read_text
from .articulated_yaml import FORMAT, parse_articulated
from .mjcf import read as mjcf
from .mjcf.read import is_mujoco, read_mujoco
from .opensim import read as opensim
from .opensim.read import is_opensim, read_opensim
from .skeleton import Skeleton
from .sources import is_named_model

MODELS = (".xml", ".mjb", ".osim")
"""Endings of other programs' models."""
_ARTICULATED = re.compile(rf"^format: *['\"]?{FORMAT}\b", re.MULTILINE)


def is_model_name(source: str | Path) -> bool:
    """Whether a name, without its file, is that of another program's model."""
    return is_named_model(source) or Path(source).suffix.lower() in MODELS


def is_model(source: str | Path) -> bool:
    """Whether a source is for `read_model`: a model of MuJoCo, of its packages or of OpenSim, or a character YAML."""
    if is_mujoco(source) or is_opensim(source):
        return True
    path = Path(source)
    if path.suffix.lower() not in (".yaml", ".yml") or not is_there(path):
        return False
    return kind_of_start(read_start(path, START, ModelError, LARGEST_TEXT)) is CHARACTER


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


def read_parts(source: str | Path) -> tuple[Character, Skeleton]:
    """A model of another program before its skeleton is divided, for `write_yaml`. ModelError: one line."""
    if is_mujoco(source):
        return mjcf.read_parts(source)
    if is_opensim(source):
        return opensim.read_parts(source)
    raise ModelError(
        f"{source}: is no model of another program; a character's YAML needs no conversion"
    )
