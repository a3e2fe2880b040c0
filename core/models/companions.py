"""The files that a model consists of besides the one that names it."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from .mjcf import read as mjcf
from .mjcf.read import is_mujoco
from .opensim.read import is_opensim, read_mesh_files
from .read import is_model, read_model
from .sources import is_named_model


def companions(source: Path) -> list[Path]:
    """Absolute paths of what a model's file includes, its meshes and the like: those that are there, in order.

    None of a model that a package names. ModelError: one line, for a file that is no model.
    """
    if is_named_model(source):
        return []
    main = source.resolve()
    if is_mujoco(main):
        found = _of_mjcf(main)
    elif is_opensim(main):
        found = read_mesh_files(main)
    elif is_model(main):
        shapes = [shape for body in read_model(main).bodies for shape in body.shapes]
        found = [shape.mesh for shape in shapes if shape.mesh is not None]
    else:
        return []
    files = {path.resolve() for path in found if path.is_file()} - {main}
    return sorted(files)


def _of_mjcf(main: Path) -> list[Path]:
    if main.suffix.lower() == ".mjb":
        return []
    mujoco = mjcf.module("mujoco", "muscle-viewer[mujoco]")
    try:
        return [Path(name) for name in mujoco.mju_getXMLDependencies(str(main))]
    except mujoco.FatalError as error:
        raise ModelError(f"{main}: {' '.join(str(error).split())}") from None
