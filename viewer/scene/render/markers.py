"""Markers in the scene: arrows, rods, balls, trails and footprints."""

from __future__ import annotations

import numpy as np
from muscle_viewer.viewer.scene.render import mesh
from muscle_viewer.viewer.scene.render.bones import STREAMS
from muscle_viewer.viewer.scene.render.buffers import InstancedMesh, Instances

GLOSS = 0.1
Colour = tuple[float, float, float]
"""Linear light."""

NONE = np.empty((0, 20), np.float32)


class Markers:
    """Shapes that are specified again for each picture."""

    def __init__(self) -> None:
        units = {
            "rod": mesh.capsule(4, 14), "trail": mesh.capsule(2, 6),
            "ball": mesh.sphere(12, 20), "cone": mesh.cone(20),
        }  # fmt: skip
        self._instances = {kind: Instances(STREAMS) for kind in units}
        self._meshes = [InstancedMesh(units[kind], self._instances[kind]) for kind in units]
        self._rows: dict[str, list[np.ndarray]] = {kind: [] for kind in units}

    def clear(self) -> None:
        """Remove all shapes."""
        for rows in self._rows.values():
            rows.clear()

    def arrow(self, start: np.ndarray, end: np.ndarray, radius: float, colour: Colour) -> None:
        """Add an arrow; one shorter than its head becomes a cone."""
        along = end - start
        length = float(np.linalg.norm(along))
        if length < 1e-4:
            return
        head = min(6.0 * radius, length)
        neck = end - along * (head / length)
        if length > head:
            self.rod(start, neck, radius, colour)
        self._segments("cone", neck[None], end[None], 2.6 * radius, colour)

    def rod(self, start: np.ndarray, end: np.ndarray, radius: float, colour: Colour) -> None:
        """Add a rod with round ends."""
        self._segments("rod", start[None], end[None], radius, colour)

    def trail(self, points: np.ndarray, radius: float, colour: Colour) -> None:
        """Add thin rods through points, shape (n, 3)."""
        self._segments("trail", points[:-1], points[1:], radius, colour)

    def ball(self, centre: np.ndarray, radius: float, colour: Colour) -> None:
        """Add a ball."""
        self.blob(centre, np.full(3, radius), np.eye(3), colour)

    def blob(
        self, centre: np.ndarray, radii: np.ndarray, rotation: np.ndarray, colour: Colour
    ) -> None:
        """Add an ellipsoid; `rotation` (3, 3) maps its axes to the world."""
        rows = np.zeros((1, 20), np.float32)
        rows[0, :3] = radii
        rows[0, 4:8] = (*colour, GLOSS)
        transform = rows[0, 8:].reshape(3, 4)
        transform[:, :3], transform[:, 3] = rotation, centre
        self._rows["ball"].append(rows)

    def _segments(
        self, kind: str, starts: np.ndarray, ends: np.ndarray, radius: float, colour: Colour
    ) -> None:
        """Add shapes along y from starts to ends, each (n, 3); those of zero length are left out."""
        along = ends - starts
        length = np.sqrt((along * along).sum(1))
        if not (length > 1e-5).all():
            keep = length > 1e-5
            starts, ends, along, length = starts[keep], ends[keep], along[keep], length[keep]
        rows = np.zeros((len(length), 20), np.float32)
        rows[:, :3] = radius
        rows[:, 1 if kind == "cone" else 3] = 0.5 * length
        rows[:, 4:8] = (*colour, GLOSS)
        transforms = rows[:, 8:].reshape(-1, 3, 4)
        transforms[:, :, :3] = turned(along / length[:, None])
        transforms[:, :, 3] = 0.5 * (starts + ends)
        self._rows[kind].append(rows)

    def places(self) -> np.ndarray:
        """Centres of all shapes, shape (n, 3)."""
        rows = [row for kind in self._rows.values() for row in kind]
        return np.concatenate([NONE, *rows])[:, [11, 15, 19]]

    def look(self) -> tuple[bytes, ...]:
        """What a picture shows of them, to be compared."""
        return tuple(np.concatenate([NONE, *rows]).tobytes() for rows in self._rows.values())

    def upload(self) -> None:
        """Upload the shapes."""
        for kind, instances in self._instances.items():
            rows = np.concatenate([NONE, *self._rows[kind]])
            instances.fill(0, rows[:, :8])
            instances.fill(1, rows[:, 8:])

    def draw(self) -> None:
        """Draw all with the bones' program."""
        for unit in self._meshes:
            unit.draw()

    def delete(self) -> None:
        """Free the buffers."""
        for unit in self._meshes:
            unit.delete()
        for instances in self._instances.values():
            instances.delete()


def turned(y: np.ndarray) -> np.ndarray:
    """Rotations (n, 3, 3) whose second columns are the unit vectors y (n, 3).

    The other columns after Duff et al., "Building an Orthonormal Basis, Revisited", JCGT 6(1), 2017.
    """
    sign = np.copysign(1.0, y[:, 2])
    a = -1.0 / (sign + y[:, 2])
    b = y[:, 0] * y[:, 1] * a
    found = np.empty((len(y), 3, 3))
    found[:, 0, 0] = 1.0 + sign * y[:, 0] ** 2 * a
    found[:, 1, 0] = sign * b
    found[:, 2, 0] = -sign * y[:, 0]
    found[:, :, 1] = y
    # the third is x cross y: the negative of Duff's second vector
    found[:, 0, 2] = -b
    found[:, 1, 2] = -(sign + y[:, 1] ** 2 * a)
    found[:, 2, 2] = y[:, 1]
    return found
