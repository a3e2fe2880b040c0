"""Unit meshes of the instances, made by numpy. Triangles are counter-clockwise when viewed from outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from muscle_viewer.viewer.scene.tessellation import of_equal_area


@dataclass(frozen=True)
class Mesh:
    """Vertices as rows of float32 and the sizes of their attributes; triangles as uint16 or uint32 indices."""

    vertices: np.ndarray
    layout: tuple[int, ...]
    indices: np.ndarray


def _grid(rings: int, sides: int) -> np.ndarray:
    """Triangles over `rings` rings of `sides` + 1 vertices each, outside to the right of the ring's direction."""
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij")
    a = ring * (sides + 1) + side
    b = a + sides + 1
    triangles = np.stack([a, b, a + 1, a + 1, b, b + 1], axis=-1)
    return triangles.reshape(-1).astype(np.uint16)


def _lathe(
    height: np.ndarray,
    radius: np.ndarray,
    shift: np.ndarray,
    normal_y: np.ndarray,
    sides: int,
    inside: bool = False,
) -> Mesh:
    """Turn a profile about y, into polygons of the circles' areas, or `inside` of the circles.

    Attributes: position (3), normal (3), and how much of the half length is added to y (1).
    """
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    cos, sin = np.cos(angle), np.sin(angle)
    normal_r = np.sqrt(np.maximum(0.0, 1.0 - normal_y**2))

    def turn(r: np.ndarray, y: np.ndarray) -> np.ndarray:
        columns = [np.outer(r, cos), np.repeat(y[:, None], sides + 1, 1), np.outer(r, sin)]
        return np.stack(columns, axis=-1)

    position = turn(radius * (1.0 if inside else of_equal_area(sides)), height)
    normal = turn(normal_r, normal_y)
    ends = np.broadcast_to(shift[:, None, None], (*position.shape[:2], 1))
    vertices = np.concatenate([position, normal, ends], axis=-1).reshape(-1, 7)
    return Mesh(vertices.astype(np.float32), (3, 3, 1), _grid(len(height), sides))


def sphere(rings: int, sides: int, inside: bool = False) -> Mesh:
    """The unit sphere; `inside` of it."""
    phi = np.linspace(-0.5 * np.pi, 0.5 * np.pi, rings)
    return _lathe(np.sin(phi), np.cos(phi), np.zeros(rings), np.sin(phi), sides, inside)


def capsule(cap_rings: int, sides: int, inside: bool = False) -> Mesh:
    """Half spheres of radius 1 at the ends of a segment along y, whose length the instance sets; `inside` of them."""
    phi = np.linspace(0.0, 0.5 * np.pi, cap_rings)
    height = np.concatenate([-np.sin(phi[::-1]), np.sin(phi)])
    radius = np.concatenate([np.cos(phi[::-1]), np.cos(phi)])
    shift = np.repeat([-1.0, 1.0], cap_rings)
    return _lathe(height, radius, shift, height, sides, inside)


def cone(sides: int) -> Mesh:
    """A cone of radius 1 from y = -1 to its tip at y = 1, closed below."""
    height = np.array([-1.0, -1.0, -1.0, 1.0])
    radius = np.array([0.0, 1.0, 1.0, 0.0])
    slope = 1.0 / np.sqrt(5.0)
    normal = np.array([-1.0, -1.0, slope, slope])
    return _lathe(height, radius, np.zeros(4), normal, sides)


def rounded_box(divisions: int, roundness: float) -> Mesh:
    """The cube [-1, 1]^3 with rounded edges: the cube's surface, pushed from an inner cube by `roundness`."""
    line = np.linspace(-1.0, 1.0, divisions)
    u, v = (g.reshape(-1) for g in np.meshgrid(line, line, indexing="ij"))
    faces: list[np.ndarray] = []
    triangles: list[np.ndarray] = []
    face_indices = _grid(divisions, divisions - 1).astype(np.uint32)
    for axis in range(3):
        for sign in (1.0, -1.0):
            points = np.empty((u.size, 3))
            points[:, axis] = sign
            points[:, (axis + 1) % 3] = u * sign
            points[:, (axis + 2) % 3] = v
            faces.append(points)
            triangles.append(face_indices + len(triangles) * u.size)
    surface = np.concatenate(faces)
    inner = np.clip(surface, roundness - 1.0, 1.0 - roundness)
    normal = surface - inner
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    position = inner + roundness * normal
    vertices = np.concatenate([position, normal, np.zeros((len(surface), 1))], axis=1)
    indices = np.concatenate(triangles).astype(np.uint16)
    return Mesh(vertices.astype(np.float32), (3, 3, 1), indices)


def smooth(corners: np.ndarray, triangles: np.ndarray) -> Mesh:
    """Triangles (k, 3) over corners (n, 3), their normals averaged by area where they meet."""
    a, b, c = (corners[triangles[:, k]].astype(np.float64) for k in range(3))
    across = np.cross(b - a, c - a)
    normal = np.zeros((len(corners), 3))
    for k in range(3):
        np.add.at(normal, triangles[:, k], across)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    vertices = np.concatenate([corners, normal, np.zeros((len(corners), 1))], axis=1)
    return Mesh(vertices.astype(np.float32), (3, 3, 1), triangles.astype(np.uint32).reshape(-1))


def disc(rings: int, sides: int, radius: float) -> Mesh:
    """A flat disc in the plane of x and z, its rings closer together in the middle. Attribute: position (3)."""
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    reach = radius * np.linspace(0.0, 1.0, rings) ** 2
    columns = [np.outer(reach, np.cos(angle)), np.zeros((rings, sides + 1))]
    position = np.stack([*columns, np.outer(reach, np.sin(angle))], axis=-1)
    return Mesh(position.reshape(-1, 3).astype(np.float32), (3,), _grid(rings, sides))


def tiles(count: int) -> Mesh:
    """The unit square [0, 1]^2 in the plane of x and z, cut into count * count. Attribute: position (3)."""
    line = np.linspace(0.0, 1.0, count + 1)
    corners = [(x, 0.0, z) for x in line for z in line]
    return Mesh(np.array(corners, np.float32), (3,), _grid(count + 1, count))


def screen(rows: int) -> Mesh:
    """A quad over the whole screen in clip space, cut into rows. Attribute: position (3)."""
    corners = [(x, y, 0.0) for y in np.linspace(-1.0, 1.0, rows + 1) for x in (-1.0, 1.0)]
    return Mesh(np.array(corners, np.float32), (3,), _grid(rows + 1, 1))


def tube(rings: int, sides: int, inside: bool = False) -> Mesh:
    """A tube along a path segment, its polygons of the circles' areas, or `inside` of the circles.

    Attributes: cosine and sine of the angle, both times the radius, and the place along the segment in [0, 1].
    """
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    along = np.linspace(0.0, 1.0, rings)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    circle *= 1.0 if inside else of_equal_area(sides)
    vertices = np.concatenate(
        [
            np.broadcast_to(circle, (rings, sides + 1, 2)),
            np.broadcast_to(along[:, None, None], (rings, sides + 1, 1)),
        ],
        axis=-1,
    )
    return Mesh(vertices.reshape(-1, 3).astype(np.float32), (3,), _grid(rings, sides))
