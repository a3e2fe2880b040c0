"""The geoms of an MjModel: primitives that touch the ground and that are drawn."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.character import Contact, ContactBox, ContactParameters, Shape
from ...readers.text import vector
from ..pose import Pose, about, placed
from .contact_balls import cylinder_balls, ellipsoid_balls, hull_balls
from .meshes import Meshes

PLANE, SPHERE, CAPSULE, ELLIPSOID, CYLINDER, BOX, MESH = 0, 2, 3, 4, 5, 6, 7  # mjtGeom
NAMES = {1: "height field", 7: "mesh without vertices", 8: "signed distance field"}

SHOWN = 2
"""The last group of geoms that MuJoCo's viewer shows at first."""

# Our capsules lie along y, MuJoCo's along z.
_ALONG_Z = Pose(about(np.array([1.0, 0.0, 0.0]), np.pi / 2), np.zeros(3))


def geoms_on(model: Any, body: int) -> range:
    """The numbers of a body's geoms."""
    first = int(model.body_geomadr[body])
    return range(first, first + int(model.body_geomnum[body])) if first >= 0 else range(0)


def shapes_on(model: Any, body: int, meshes: Meshes) -> list[Shape]:
    """What is drawn of a body: its meshes or, without any, the primitives that MuJoCo shows."""
    shown = [g for g in geoms_on(model, body) if int(model.geom_group[g]) <= SHOWN]
    drawn = [_mesh_of(model, g, meshes) for g in shown if int(model.geom_type[g]) == MESH]
    return [s for s in drawn if s] or [s for s in (shape_of(model, g) for g in shown) if s]


def _mesh_of(model: Any, geom: int, meshes: Meshes) -> Shape | None:
    file = meshes.file(int(model.geom_dataid[geom]))
    return (
        None if file is None else replace(_shape("mesh", [1, 1, 1], _pose(model, geom)), mesh=file)
    )


def shape_of(model: Any, geom: int) -> Shape | None:
    """A primitive to draw, None for another geom."""
    kind, size, at = int(model.geom_type[geom]), model.geom_size[geom], _pose(model, geom)
    if kind == SPHERE:
        return _shape("sphere", [size[0], 0, 0], at)
    if kind == CAPSULE:
        return _shape("capsule", [size[0], 2 * size[1], 0], at @ _ALONG_Z)
    if kind == ELLIPSOID:
        return _shape("ellipsoid", 2 * size, at)
    return _shape("box", 2 * size, at) if kind == BOX else None


def ground_of(model: Any) -> int | None:
    """The plane of the world, None without one."""
    planes = [g for g in geoms_on(model, 0) if int(model.geom_type[g]) == PLANE]
    return planes[0] if planes else None


def touches(model: Any, geom: int, ground: int) -> bool:
    """Whether a geom collides with the ground (contype and conaffinity)."""
    kinds, affinities = model.geom_contype, model.geom_conaffinity
    return bool(kinds[geom] & affinities[ground] or kinds[ground] & affinities[geom])


def contacts_of(
    model: Any, geom: int, meshes: Meshes
) -> tuple[list[Contact], list[ContactBox], str | None]:
    """Spheres and boxes that touch the ground; else why the geom is left out.

    A capsule has two spheres; ellipsoids, cylinders and the hulls of meshes are approximated by some (contact_balls.py).
    """
    kind, size, at = int(model.geom_type[geom]), model.geom_size[geom], _pose(model, geom)
    if kind == BOX:
        return [], [ContactBox(vector(2 * size), vector(at.position), vector(at.quaternion))], None
    if kind == SPHERE:
        balls = np.zeros((1, 3)), size[:1]
    elif kind == CAPSULE:
        balls = np.array([[0.0, 0.0, -size[1]], [0.0, 0.0, size[1]]]), np.repeat(size[:1], 2)
    elif kind == ELLIPSOID:
        balls = ellipsoid_balls(size)
    elif kind == CYLINDER:
        balls = cylinder_balls(float(size[0]), float(size[1]))
    elif kind == MESH and len(points := meshes.vertices(int(model.geom_dataid[geom]))):
        balls = hull_balls(points)
    else:
        name = model.geom(geom).name or f"number {geom}"
        return [], [], f"geom '{name}': the ground does not touch a {NAMES.get(kind, 'shape')}"
    spheres = [Contact(vector(at.point(c)), float(r)) for c, r in zip(*balls, strict=True)]
    return spheres, [], None


def contact_parameters(model: Any, ground: int | None) -> ContactParameters:
    """The default compliant ground with the friction of MuJoCo's."""
    friction = 0.9 if ground is None else float(model.geom_friction[ground, 0])
    if not 0 <= friction < inf:
        raise ModelError(f"the ground's friction is {friction}; a number from 0 on is expected")
    return ContactParameters(
        stiffness=5e4, damping=1000.0, friction=friction, tangential_damping=1e5
    )


def _pose(model: Any, geom: int) -> Pose:
    return placed(model.geom_pos[geom], model.geom_quat[geom])


def _shape(kind: str, size: Any, at: Pose) -> Shape:
    return Shape(kind, vector(size), vector(at.position), vector(at.quaternion))
