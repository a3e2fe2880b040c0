"""Reading of OpenSim models (.osim), which the opensim package opens in a process of its own."""

from __future__ import annotations

from pathlib import Path

from ...errors import ModelError
from ...readers.character import Character
from ...readers.files import is_there
from ..assemble import assemble
from ..skeleton import Skeleton
from . import opened
from .apart import call_apart


def is_opensim(source: str | Path) -> bool:
    """Whether a source is for `read_opensim`, by its name."""
    return Path(source).suffix.lower() == ".osim"


def read_opensim(source: str | Path) -> Character:
    """A character from an .osim file. ModelError: one line that names the file and what cannot be simulated or read."""
    return assemble(*read_parts(source))


def read_parts(source: str | Path) -> tuple[Character, Skeleton]:
    """What `read_opensim` makes the character of. ModelError: one line."""
    if not is_there(Path(source)):
        raise ModelError(f"{source}: no such file")
    opened.require()
    parts: tuple[Character, Skeleton] = call_apart(opened.parts, source)
    return parts


def read_mesh_files(source: str | Path) -> list[Path]:
    """The files of all meshes of a model that are there. ModelError: one line."""
    opened.require()
    files: list[Path] = call_apart(opened.mesh_paths, source)
    return files
