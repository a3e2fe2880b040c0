"""The meshes of an OpenSim model (.vtp and .obj), as OBJ files in the user's cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import ModelError
from ...readers.character import Shape
from ...readers.text import vector
from ..mesh_files import obj_file
from .frames import Bodies, pose_in_body, triple
from .vtp import read_vtp


def mesh_files(model: Any, folder: Path) -> list[Path]:
    """The files of all meshes of an opensim.Model, beside its file in `folder`, that are there."""
    opensim = __import__("opensim")
    meshes = [
        opensim.Mesh.safeDownCast(component)
        for component in model.getComponentsList()
        if component.getConcreteClassName() == "Mesh"
    ]
    found = [_found(str(mesh.get_mesh_file()), folder) for mesh in meshes]
    return [path for path in found if path is not None]


def _found(name: str, folder: Path) -> Path | None:
    """The file of a mesh: beside the model's, or in the folder Geometry there."""
    places = (folder / name, folder / "Geometry" / name)
    return next((path for path in places if path.is_file()), None)


class Meshes:
    """The shapes to draw, and why some are not, a line each."""

    def __init__(self, model: Any, folder: Path, bodies: Bodies, opensim: Any) -> None:
        self._folder = folder
        self._on: dict[int, list[Shape]] = {}
        self.left_out: list[str] = []
        self._missing: list[str] = []
        for component in model.getComponentsList():
            if component.getConcreteClassName() == "Mesh":
                self._add(opensim.Mesh.safeDownCast(component), bodies)
        if self._missing:
            shown = ", ".join(self._missing[:3]) + (", ..." if len(self._missing) > 3 else "")
            self.left_out.append(
                f"meshes: {len(self._missing)} files are not there ({shown}); put them into "
                f"{folder / 'Geometry'}"
            )

    def on(self, segment: int) -> list[Shape]:
        """Those of a segment."""
        return self._on.get(segment, [])

    def _add(self, mesh: Any, bodies: Bodies) -> None:
        body, frame = pose_in_body(mesh.getFrame(), bodies)
        name = str(mesh.get_mesh_file())
        path = _found(name, self._folder)
        if body < 0:
            return
        if path is None:
            self._missing.append(name)
            return
        try:
            file = self._obj(path)
        except (ModelError, OSError) as error:
            self.left_out.append(f"mesh '{name}': {error}")
            return
        size = vector(triple(mesh.get_scale_factors()))
        shape = Shape("mesh", size, vector(frame.position), vector(frame.quaternion), file)
        self._on.setdefault(body, []).append(shape)

    def _obj(self, path: Path) -> Path:
        if path.suffix.lower() == ".obj":
            return path
        if path.suffix.lower() != ".vtp":
            raise ModelError(f"a {path.suffix} file, which is not drawn; .vtp and .obj are")
        return obj_file(path.read_bytes(), lambda: read_vtp(path))
