"""Rods, cones and balls that point things out in the scene: arrows, trails, footprints."""

from __future__ import annotations

import numpy as np
from muscle_viewer.viewer.render import mesh
from muscle_viewer.viewer.render.bones import STREAMS
from muscle_viewer.viewer.render.buffers import InstancedMesh

GLOSS = 0.1
Colour = tuple[float, float, float]
"""Linear light."""


class Markers:
    """Shapes that are told anew for every picture."""

    def __init__(self) -> None:
        self._meshes = {
            "rod": InstancedMesh(mesh.capsule(4, 14), STREAMS),
            "ball": InstancedMesh(mesh.sphere(12, 20), STREAMS),
            "cone": InstancedMesh(mesh.cone(20), STREAMS),
        }
        self._rows: dict[str, list[np.ndarray]] = {kind: [] for kind in self._meshes}

    def clear(self) -> None:
        """Forget the last picture's."""
        for rows in self._rows.values():
            rows.clear()

    def arrow(self, start: np.ndarray, end: np.ndarray, radius: float, colour: Colour) -> None:
        """An arrow; one too short for its head is a cone alone."""
        along = end - start
        length = float(np.linalg.norm(along))
        if length < 1e-4:
            return
        head = min(6.0 * radius, length)
        neck = end - along * (head / length)
        if length > head:
            self.rod(start, neck, radius, colour)
        self._add("cone", neck, end, 2.6 * radius, head, colour)

    def rod(self, start: np.ndarray, end: np.ndarray, radius: float, colour: Colour) -> None:
        """A round rod."""
        length = float(np.linalg.norm(end - start))
        if length > 1e-5:
            self._add("rod", start, end, radius, length, colour)

    def trail(self, points: np.ndarray, radius: float, colour: Colour) -> None:
        """Rods through points, shape (n, 3)."""
        for a, b in zip(points[:-1], points[1:], strict=True):
            self.rod(a, b, radius, colour)

    def ball(self, centre: np.ndarray, radius: float, colour: Colour) -> None:
        """A ball."""
        self.blob(centre, np.full(3, radius), np.eye(3), colour)

    def blob(
        self, centre: np.ndarray, radii: np.ndarray, rotation: np.ndarray, colour: Colour
    ) -> None:
        """An ellipsoid; rotation (3, 3) turns its axes into the world."""
        row = np.zeros(20, np.float32)
        row[:3] = radii
        row[4:7] = colour
        row[7] = GLOSS
        rows = np.zeros((3, 4), np.float32)
        rows[:, :3], rows[:, 3] = rotation, centre
        row[8:] = rows.reshape(-1)
        self._rows["ball"].append(row)

    def _add(
        self,
        kind: str,
        start: np.ndarray,
        end: np.ndarray,
        radius: float,
        length: float,
        colour: Colour,
    ) -> None:
        y = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
        aside = np.array([1.0, 0.0, 0.0]) if abs(y[0]) < 0.8 else np.array([0.0, 0.0, 1.0])
        x = np.cross(y, aside)
        x /= np.linalg.norm(x)
        row = np.zeros(20, np.float32)
        row[:4] = (radius, radius, radius, 0.5 * length)
        if kind == "cone":
            row[:4] = (radius, 0.5 * length, radius, 0.0)
        row[4:7] = colour
        row[7] = GLOSS
        rows = np.empty((3, 4), np.float32)
        rows[:, 0], rows[:, 1], rows[:, 2] = x, y, np.cross(x, y)
        rows[:, 3] = 0.5 * (start + end)
        row[8:] = rows.reshape(-1)
        self._rows[kind].append(row)

    def places(self) -> np.ndarray:
        """Of all shapes' middles, shape (n, 3)."""
        rows = [row for kind in self._rows.values() for row in kind]
        return np.array(rows, np.float32).reshape(-1, 20)[:, [11, 15, 19]]

    def upload(self) -> None:
        """Hand over what was told."""
        for kind, unit in self._meshes.items():
            rows = np.array(self._rows[kind], np.float32).reshape(-1, 20)
            unit.fill(0, rows[:, :8])
            unit.fill(1, rows[:, 8:])

    def draw(self) -> None:
        """Draw all with the bones' program."""
        for unit in self._meshes.values():
            unit.draw()

    def delete(self) -> None:
        """Free the buffers."""
        for unit in self._meshes.values():
            unit.delete()
