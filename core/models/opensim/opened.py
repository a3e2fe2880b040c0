"""OpenSim models (.osim) opened in this process by the opensim package, which upgrades files of every version."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.character import Character, MuscleLaw
from ..assemble import assemble
from ..gravity import other_gravity
from ..skeleton import Skeleton
from .contacts import Contacts
from .forces import with_forces
from .frames import triple
from .meshes import Meshes, mesh_files
from .muscles import muscles_of
from .paths import Paths
from .skeleton import prescribed, skeleton_of

DOWN = np.array([0.0, -1.0, 0.0])


def parts(source: str | Path) -> tuple[Character, Skeleton]:
    """What a character is made of, from a file. ModelError: one line."""
    opensim, model = module(), open_model(source)
    try:
        return parts_of(model, Path(source), opensim)
    except ModelError as error:
        raise ModelError(f"{source}: {error}") from None
    except (TypeError, UnicodeError):  # of the bindings, for a text that they cannot hand over
        raise ModelError(f"{source}: has names that are not UTF-8; save it as UTF-8") from None


def mesh_paths(source: str | Path) -> list[Path]:
    """The files of all meshes of a model that are there. ModelError: one line."""
    return mesh_files(open_model(source), Path(source).parent)


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
    left_out += [*prescribed(model), *other_gravity(triple(model.getGravity()), DOWN)]
    character = Character(
        file.stem, [], muscles, contacts.parameters, MuscleLaw(), None, wraps=paths.wraps,
        left_out=left_out,
    )  # fmt: skip
    return character, replace(skeleton, segments=segments, coordinates=list(table.values()))


def module() -> ModuleType:
    """The opensim package. ModelError: one line that says how to install it."""
    require()
    return importlib.import_module("opensim")


def require() -> None:
    """ModelError: one line that says how to install the opensim package, where it is not."""
    if importlib.util.find_spec("opensim") is None:
        raise ModelError("needs the package opensim: pip install muscle-viewer[opensim]")
