"""Opening of OpenSim models (.osim) by the opensim package, which upgrades files of every version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ...errors import ModelError
from ...readers.character import Character, MuscleLaw
from ...readers.files import is_there
from ..assemble import assemble
from ..skeleton import Skeleton
from .contacts import Contacts
from .forces import with_forces
from .meshes import Meshes
from .muscles import muscles_of
from .paths import Paths
from .skeleton import skeleton_of


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
    opensim, model = module(), open_model(source)
    try:
        return parts_of(model, Path(source), opensim)
    except ModelError as error:
        raise ModelError(f"{source}: {error}") from None


def open_model(source: str | Path) -> Any:
    """An opensim.Model with its system. ModelError: one line."""
    opensim = module()
    opensim.Logger.setLevelString("Off")
    defaults = _defaults(opensim)
    try:
        model = opensim.Model(str(source))
        model.initSystem()
    except (RuntimeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise ModelError(f"{source}: OpenSim cannot open it: {said}") from None
    finally:
        # A file's <defaults> would stay those of the process, and of every model that it opens afterwards.
        for default in defaults:
            opensim.OpenSimObject.registerType(default)
    return model


def _defaults(opensim: ModuleType) -> list[Any]:
    """Copies of the objects that give each type of OpenSim its default properties."""
    names = opensim.ArrayStr()
    opensim.OpenSimObject.getRegisteredTypenames(names)
    kinds = (names.get(i) for i in range(names.getSize()))
    return [opensim.OpenSimObject.getDefaultInstanceOfType(kind).clone() for kind in kinds]


def character_of(model: Any, file: Path, opensim: ModuleType) -> Character:
    """A character from an opensim.Model whose system is there; beside its file are meshes. ModelError: one line."""
    return assemble(*parts_of(model, file, opensim))


def parts_of(model: Any, file: Path, opensim: ModuleType) -> tuple[Character, Skeleton]:
    """What `assemble` makes the character of. ModelError: one line."""
    skeleton = skeleton_of(model, opensim)
    table, left_out = with_forces(model, {c.name: c for c in skeleton.coordinates}, opensim)
    bodies = {segment.name: i for i, segment in enumerate(skeleton.segments)}
    paths = Paths(model, model.getWorkingState(), bodies, table, opensim)
    muscles, switched_off = muscles_of(model, paths, opensim)
    contacts, meshes = Contacts(model, bodies, opensim), Meshes(model, file.parent, bodies, opensim)
    segments = [
        replace(segment, contacts=contacts.on(i), shapes=meshes.on(i))
        for i, segment in enumerate(skeleton.segments)
    ]
    left_out += [*switched_off, *paths.left_out, *contacts.left_out, *meshes.left_out]
    character = Character(
        file.stem, [], muscles, contacts.parameters, MuscleLaw(), None, wraps=paths.wraps,
        left_out=left_out,
    )  # fmt: skip
    return character, replace(skeleton, segments=segments, coordinates=list(table.values()))


def module() -> ModuleType:
    """The opensim package. ModelError: one line that says how to install it."""
    try:
        return __import__("opensim")
    except ImportError:
        raise ModelError("needs the package opensim: pip install muscle-viewer[opensim]") from None
