"""Kinematics of a character file in plain numpy, for the scripts that make and check assets.

Everything is batched over samples: `q` has shape (N, dofs), rotations (N, 3, 3), points (N, 3).
Conventions are those of the character files: SI units, y up, z forward, x to the character's left;
free joint = rotation vector then translation, ball = rotation vector, revolute = angle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

FloatArray = np.ndarray
Transform = tuple[FloatArray, FloatArray]
"""Body frame in the world: rotations (N, 3, 3) and origins (N, 3)."""

JOINT_DOFS = {"free": 6, "ball": 3, "revolute": 1, "weld": 0}


def rotation_from_vector(vector: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) of rotation vectors (..., 3), by Rodrigues' formula."""
    vector = np.asarray(vector, dtype=float)
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    x, y, z = vector[..., 0], vector[..., 1], vector[..., 2]
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1)
    skew = skew.reshape(*vector.shape[:-1], 3, 3)
    first = np.sinc(angle / np.pi)
    second = 0.5 * np.sinc(angle / (2.0 * np.pi)) ** 2
    return np.eye(3) + first * skew + second * (skew @ skew)


def vector_from_rotation(rotation: FloatArray) -> FloatArray:
    """Rotation vectors (..., 3) of rotation matrices (..., 3, 3), angles below pi."""
    rotation = np.asarray(rotation, dtype=float)
    skew = np.stack(
        [
            rotation[..., 2, 1] - rotation[..., 1, 2],
            rotation[..., 0, 2] - rotation[..., 2, 0],
            rotation[..., 1, 0] - rotation[..., 0, 1],
        ],
        axis=-1,
    )
    sine = 0.5 * np.linalg.norm(skew, axis=-1)
    cosine = 0.5 * (np.trace(rotation, axis1=-2, axis2=-1) - 1.0)
    angle = np.arctan2(sine, cosine)
    scale = np.where(sine > 1e-9, angle / np.where(sine > 1e-9, 2.0 * sine, 1.0), 0.5)
    return skew * scale[..., None]


def rotation_from_quaternion(quaternion: FloatArray) -> FloatArray:
    """Rotation matrix (3, 3) of a quaternion [w, x, y, z]."""
    w, x, y, z = np.asarray(quaternion, dtype=float) / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def rotation_about(axis: FloatArray, angle: FloatArray) -> FloatArray:
    """Rotation matrices (N, 3, 3) about one unit axis (3,) by angles (N,), radians."""
    return rotation_from_vector(np.multiply.outer(np.asarray(angle, dtype=float), axis))


@dataclass(frozen=True)
class Body:
    """A body with the joint that carries it; `dof` is the index of its first coordinate."""

    name: str
    parent: int
    joint: str
    position: FloatArray
    orientation: FloatArray
    axis: FloatArray
    dof: int
    data: dict[str, Any]


@dataclass(frozen=True)
class PathPoint:
    """A via point: weights (K,), bodies (K,), positions (K, 3) in those bodies' frames."""

    bodies: tuple[int, ...]
    weights: FloatArray
    positions: FloatArray


class Character:
    """A character file's bodies and muscle paths, with forward kinematics."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.bodies: list[Body] = []
        self.body_index: dict[str, int] = {}
        self.dof_names: list[str] = []
        for entry in data["bodies"]:
            self._add_body(entry)
        self.dofs = len(self.dof_names)
        self.muscles: dict[str, dict[str, Any]] = {m["name"]: m for m in data.get("muscles", [])}
        self.total_mass = float(sum(b.data["mass"] for b in self.bodies))

    @classmethod
    def load(cls, path: Path | str) -> Character:
        """The character in a YAML file."""
        text = Path(path).read_text(encoding="utf-8")
        return cls(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

    def _add_body(self, entry: dict[str, Any]) -> None:
        joint = entry["joint"]
        kind = joint["type"]
        default = ["root_rx", "root_ry", "root_rz", "root_tx", "root_ty", "root_tz"]
        names = joint.get("names", default if kind == "free" else [])
        if len(names) != JOINT_DOFS[kind]:
            raise ValueError(f"body {entry['name']}: {len(names)} names for a {kind} joint")
        axis = np.asarray(joint.get("axis", [1.0, 0.0, 0.0]), dtype=float)
        orientation = rotation_from_quaternion(joint.get("orientation", [1.0, 0.0, 0.0, 0.0]))
        parent = -1 if entry["parent"] is None else self.body_index[entry["parent"]]
        self.body_index[entry["name"]] = len(self.bodies)
        self.bodies.append(
            Body(
                name=entry["name"],
                parent=parent,
                joint=kind,
                position=np.asarray(joint.get("position", [0.0, 0.0, 0.0]), dtype=float),
                orientation=orientation,
                axis=axis / np.linalg.norm(axis),
                dof=len(self.dof_names),
                data=entry,
            )
        )
        self.dof_names.extend(names)

    def chain(self, body: int) -> list[int]:
        """Bodies from the root to `body`, both included."""
        found = [body]
        while self.bodies[found[-1]].parent >= 0:
            found.append(self.bodies[found[-1]].parent)
        return found[::-1]

    def transforms(self, q: FloatArray, needed: set[int] | None = None) -> dict[int, Transform]:
        """World frames of the needed bodies (all by default) for coordinates q (N, dofs)."""
        q = np.atleast_2d(q)
        if needed is not None:
            needed = {b for body in needed for b in self.chain(body)}
        frames: dict[int, Transform] = {}
        for index, body in enumerate(self.bodies):
            if needed is not None and index not in needed:
                continue
            rotation, origin = self._joint_transform(body, q)
            if body.parent >= 0:
                parent_rotation, parent_origin = frames[body.parent]
                origin = parent_origin + np.einsum("nij,nj->ni", parent_rotation, origin)
                rotation = parent_rotation @ rotation
            frames[index] = (rotation, origin)
        return frames

    @staticmethod
    def _joint_transform(body: Body, q: FloatArray) -> Transform:
        count = len(q)
        origin = np.broadcast_to(body.position, (count, 3))
        if body.joint == "free":
            rotation = rotation_from_vector(q[:, body.dof : body.dof + 3])
            origin = origin + q[:, body.dof + 3 : body.dof + 6]
        elif body.joint == "ball":
            rotation = rotation_from_vector(q[:, body.dof : body.dof + 3])
        elif body.joint == "revolute":
            rotation = rotation_about(body.axis, q[:, body.dof])
        else:
            rotation = np.broadcast_to(np.eye(3), (count, 3, 3))
        return body.orientation @ rotation, origin

    def path(self, muscle: str) -> list[PathPoint]:
        """The via points of a muscle."""
        return [self.path_point(p) for p in self.muscles[muscle]["path"]]

    def path_point(self, entry: dict[str, Any]) -> PathPoint:
        """One via point of a character file's muscle path."""
        if "body" in entry:
            position = np.asarray(entry["position"], dtype=float)[None]
            return PathPoint((self.body_index[entry["body"]],), np.ones(1), position)
        bodies = tuple(self.body_index[name] for name in entry["bodies"])
        weights = np.asarray(entry["weights"], dtype=float)
        return PathPoint(bodies, weights, np.asarray(entry["positions"], dtype=float))

    def path_lengths(self, muscle: str, q: FloatArray) -> FloatArray:
        """Muscle-tendon lengths (N,), metres, at coordinates q (N, dofs)."""
        points = self.path(muscle)
        frames = self.transforms(q, {b for p in points for b in p.bodies})
        return polyline_length(path_positions(points, frames))

    def centre_of_mass(self, q: FloatArray) -> FloatArray:
        """Whole-body centre of mass (N, 3), world."""
        frames = self.transforms(q)
        total = np.zeros((len(np.atleast_2d(q)), 3))
        for index, body in enumerate(self.bodies):
            rotation, origin = frames[index]
            total += body.data["mass"] * (origin + rotation @ np.asarray(body.data["com"]))
        return total / self.total_mass

    def contact_points(self, q: FloatArray) -> tuple[list[str], FloatArray]:
        """Bodies and lowest points (N, C, 3) of the contact spheres, world."""
        frames = self.transforms(q)
        names, points = [], []
        for index, body in enumerate(self.bodies):
            for contact in body.data.get("contacts", []):
                rotation, origin = frames[index]
                centre = origin + rotation @ np.asarray(contact["position"])
                points.append(centre - np.array([0.0, contact["radius"], 0.0]))
                names.append(body.name)
        return names, np.stack(points, axis=1)


def path_positions(points: list[PathPoint], frames: dict[int, Transform]) -> FloatArray:
    """World positions (N, P, 3) of via points, given the body frames."""
    world = []
    for point in points:
        terms = [
            weight * (frames[body][1] + frames[body][0] @ position)
            for body, weight, position in zip(
                point.bodies, point.weights, point.positions, strict=True
            )
        ]
        world.append(np.sum(terms, axis=0))
    return np.stack(world, axis=1)


def polyline_length(world: FloatArray) -> FloatArray:
    """Lengths (N,) of polylines (N, P, 3)."""
    return np.linalg.norm(np.diff(world, axis=1), axis=2).sum(axis=1)


def mirror_signs(character: Character) -> dict[str, float]:
    """Sign of each coordinate under reflection in the plane x = 0, by name."""
    signs: dict[str, float] = {}
    for body in character.bodies:
        names = character.dof_names[body.dof :]
        if body.joint == "free":
            signs |= dict(zip(names, (1.0, -1.0, -1.0, -1.0, 1.0, 1.0), strict=False))
        elif body.joint == "ball":
            signs |= dict(zip(names, (1.0, -1.0, -1.0), strict=False))
        elif body.joint == "revolute":
            signs[names[0]] = 1.0
    return signs


def swap_sides(character: Character, q: np.ndarray) -> np.ndarray:
    """Positions (T, dofs) of the mirror images of poses."""
    signs = mirror_signs(character)
    other = {"_r": "_l", "_l": "_r"}
    result = np.empty_like(q)
    for index, name in enumerate(character.dof_names):
        twin = name[:-2] + other[name[-2:]] if name[-2:] in other else name
        result[:, index] = signs[name] * q[:, character.dof_names.index(twin)]
    return result
