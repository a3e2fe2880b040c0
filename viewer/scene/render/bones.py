"""The bodies' shapes as instanced meshes."""

from __future__ import annotations

import bisect
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.rotation import rotations
from muscle_viewer.viewer.scene.render import mesh
from muscle_viewer.viewer.scene.render.buffers import InstancedMesh, Instances
from muscle_viewer.viewer.scene.tessellation import sides

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Shape
    from muscle_viewer.viewer.scene.render.quality import Quality

STREAMS = ((4, 4), (4, 4, 4))
"""Attributes of the instances: size and colour, which are static, and the transform's rows, which are dynamic."""

GLOSS = 0.16

THIN, THICK = 0.008, 0.02
"""Radii that separate thin, medium and thick shapes, m."""

SIZES = (0.005, THIN, 0.013, THICK, 0.035)
"""Radii that separate shapes that are tessellated alike, m."""


class Alike:
    """The instances of shapes of one kind and similar radii, with a mesh for each fineness that was needed so far."""

    def __init__(
        self, kind: str | Path, shapes: list[Shape], instances: Instances, part: slice
    ) -> None:
        """`part` is that of the shapes among the instances."""
        self.radius = max(radius(shape) for shape in shapes)
        self.level = thickness(shapes[0])
        self.part = part
        self._kind, self._instances = kind, instances
        self._has_sides = kind != "box" and not isinstance(kind, Path)
        self._meshes: dict[tuple[int, bool], InstancedMesh] = {}
        self._fixed = None if self._has_sides else _unit_mesh(kind, 0)

    def tessellated(self, sides: int, casts: bool = False) -> InstancedMesh:
        """The mesh with so many sides; one that casts shadows lies inside of the shape, so that it casts none on it."""
        key = (sides, casts) if self._has_sides else (0, False)
        known = self._meshes.get(key)
        if known is None:
            known = InstancedMesh(self.unit(*key), self._instances, self.part)
            self._meshes[key] = known
        return known

    def unit(self, sides: int, casts: bool = False) -> mesh.Mesh:
        """The vertices and triangles of that mesh."""
        return self._fixed or _unit_mesh(self._kind, sides, casts, casts and self.level == 0)

    def delete(self) -> None:
        """Free the meshes."""
        for known in self._meshes.values():
            known.delete()


class Bones:
    """Instanced meshes for each kind of shape and size, over the instances of all shapes."""

    def __init__(self, shapes: list[Shape], colour: np.ndarray, quality: Quality) -> None:
        """Create the instances of shapes with one colour, linear light, shape (3,)."""
        kinds: dict[tuple[str | Path, int], list[Shape]] = {}
        for shape in shapes:
            size = bisect.bisect_left(SIZES, radius(shape))
            kinds.setdefault((shape.mesh or shape.type, size), []).append(shape)
        ordered = [shape for alike in kinds.values() for shape in alike]
        self._bodies = np.array([s.body for s in ordered], np.intp)
        self._positions = np.array([s.position for s in ordered], np.float32).reshape(-1, 3, 1)
        self._rotations = rotations(
            np.array([s.orientation for s in ordered], float).reshape(-1, 4)
        )
        self._instances = Instances(STREAMS)
        static = np.empty((len(ordered), 8), np.float32)
        static[:, :4] = np.reshape([instance_size(s.type, s.size) for s in ordered], (-1, 4))
        static[:, 4:7] = colour
        static[:, 7] = GLOSS
        self._instances.fill(0, static, dynamic=False)
        self._corners = np.zeros((len(ordered), 8, 3), np.float32)  # of the shapes' boxes
        self._rows = np.zeros((len(ordered), 3, 4), np.float32)
        self._quality = quality
        self._kinds: list[Alike] = []
        first = 0
        for (kind, _), alike in kinds.items():
            part = slice(first, first := first + len(alike))
            found = Alike(kind, alike, self._instances, part)
            self._corners[part] = _corners(found.unit(20).vertices, static[part, :4])
            self._kinds.append(found)

    def update(self, rotations: np.ndarray, positions: np.ndarray) -> None:
        """Update the bodies' rotations (bodies, 3, 3) and positions (bodies, 3)."""
        body = rotations[self._bodies]
        rows = np.empty((len(self._bodies), 3, 4), np.float32)
        rows[:, :, :3] = body @ self._rotations
        rows[:, :, 3] = (body @ self._positions)[:, :, 0] + positions[self._bodies]
        self._rows = rows
        self._instances.fill(1, rows.reshape(-1, 12))

    def places(self) -> np.ndarray:
        """World positions between which all shapes lie, (n, 3)."""
        turn, at = self._rows[:, :, :3], self._rows[:, None, :, 3]
        return (self._corners @ turn.transpose(0, 2, 1) + at).reshape(-1, 3)

    def draw(self, scale: float) -> None:
        """Draw all shapes with the current program, where a metre has `scale` pixels."""
        quality = self._quality
        for alike in self._kinds:
            most = quality.detail.bone_sides[alike.level]
            alike.tessellated(sides(scale * alike.radius, quality.error, most)).draw()

    def draw_coarse(self) -> None:
        """Draw all shapes with the coarse tessellation of shadows."""
        for alike in self._kinds:
            most = self._quality.shadow_detail.bone_sides[alike.level]
            alike.tessellated(most, casts=True).draw()

    def delete(self) -> None:
        """Free the buffers."""
        for alike in self._kinds:
            alike.delete()
        self._instances.delete()


def radius(shape: Shape) -> float:
    """The largest radius of a shape, m; of a mesh or a box, half its largest side."""
    return float(shape.size[0] if shape.type in ("capsule", "sphere") else 0.5 * np.max(shape.size))


def thickness(shape: Shape) -> int:
    """0 for a thin shape, 1 for a medium one, 2 for a thick one."""
    return int(radius(shape) > THIN) + int(radius(shape) > THICK)


def _corners(vertices: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Corners, shape (n, 8, 3), of the boxes about a unit mesh's instances of sizes (n, 4)."""
    low, high = vertices[:, :3].min(0), vertices[:, :3].max(0)
    unit = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, 8).T
    corners = unit * sizes[:, None, :3]
    corners[:, :, 1] += np.sign(unit[:, 1]) * sizes[:, 3:]
    return np.asarray(corners)


def _unit_mesh(kind: str | Path, sides: int, inside: bool = False, flat: bool = False) -> mesh.Mesh:
    """The unit mesh of a kind of shape, or that of a file; of a capsule that is `flat`, without its round ends."""
    if isinstance(kind, Path):
        from muscle_viewer.core.gaitnet.characters.obj import read_obj

        return mesh.smooth(*read_obj(kind))
    if kind == "box":
        return mesh.rounded_box(4, 0.35)
    if kind == "capsule":
        return mesh.capsule(1 if flat else max(2, sides // 4 + 1), sides, inside)
    return mesh.sphere(sides // 2 + 2, sides, inside)


def instance_size(kind: str, size: np.ndarray) -> tuple[float, float, float, float]:
    """The scale of the unit mesh along x, y, z, and the half length that moves its ends apart along y."""
    if kind == "capsule":
        return (size[0], size[0], size[0], 0.5 * size[1])
    if kind == "sphere":
        return (size[0], size[0], size[0], 0.0)
    if kind == "mesh":
        return (size[0], size[1], size[2], 0.0)
    return (0.5 * size[0], 0.5 * size[1], 0.5 * size[2], 0.0)
