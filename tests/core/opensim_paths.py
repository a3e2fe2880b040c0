"""The muscles of an .osim as a character whose paths are evaluated in transforms that OpenSim gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import opensim
import small_models as models
from muscle_viewer.core.readers.character import Character, Muscle
from muscle_viewer.core.readers.muscle_path import PathAttachment, PathWrap, Wrap

QUADRANTS = {
    "all": None,
    **{
        f"{s}{a}": np.eye(3)[k] * v
        for k, a in enumerate("xyz")
        for s, v in (("", 1), ("+", 1), ("-", -1))
    },
}


def numbers(vector: Any, count: int = 3) -> np.ndarray:
    return np.array([vector.get(k) for k in range(count)])


def matrix(rotation: Any) -> np.ndarray:
    entries = rotation.asMat33()
    return np.array([[entries.get(i, j) for j in range(3)] for i in range(3)])


def rotation_of(quaternion: np.ndarray) -> np.ndarray:
    return models.exponential(
        2 * np.arccos(quaternion[0]) * quaternion[1:] / max(np.linalg.norm(quaternion[1:]), 1e-12)
    )


class OsimPaths:
    """All muscles with fixed points and at most cylinders; bodies are placed as OpenSim places them."""

    def __init__(self, file: str) -> None:
        self.model = opensim.Model(file)
        self.state = self.model.initSystem()
        self.bodies = list(self.model.getBodyList())
        self._index = {b.getName(): k + 1 for k, b in enumerate(self.bodies)} | {"ground": 0}
        self.coordinates = [c for c in self.model.getCoordinateSet() if c.getDefaultClamped()]
        self._wraps: dict[str, Wrap] = {}
        self.model.realizePosition(self.state)
        self.rear = {
            c.getName(): self._behind(opensim.WrapCylinder.safeDownCast(c))
            for body in self.bodies
            for c in body.getWrapObjectSet()
        }

    def random_pose(self, rng: np.random.Generator, within: float = 1.0) -> None:
        """Draw every clamped coordinate from the middle share of its range."""
        for c in self.coordinates:
            if c.isConstrained(self.state) or c.getLocked(self.state):
                continue
            low, high = c.getRangeMin(), c.getRangeMax()
            middle, half = (low + high) / 2, within * (high - low) / 2
            c.setValue(self.state, float(rng.uniform(middle - half, middle + half)), False)
        self.model.assemble(self.state)
        self.model.realizePosition(self.state)

    def path(self, muscle: Any) -> Any:
        return opensim.GeometryPath.safeDownCast(muscle.getPath())

    def engaged(self, muscle: Any) -> list[tuple[int, str]]:
        """The wraps that OpenSim's path bends round now, in order, each after the index of a fixed point."""
        current, after, found = self.path(muscle).getCurrentPath(self.state), -1, []
        for k in range(current.getSize()):
            wrapped = opensim.PathWrapPoint.safeDownCast(current.get(k))
            if wrapped is None:
                after += 1
            elif not found or found[-1] != (after, wrapped.getWrapObject().getName()):
                found.append((after, wrapped.getWrapObject().getName()))
        return found

    def character(self, uses: dict[str, list[tuple[int, str]]]) -> Character:
        """A character of the muscles named in `uses`, with the wraps that each one bends round."""
        root = models.body("ground", -1, models.joint("weld"))
        bodies = [models.body(b.getName(), 0, models.joint("weld")) for b in self.bodies]
        muscles = [self._muscle(self.model.getMuscles().get(n), use) for n, use in uses.items()]
        return replace(models.character([root, *bodies], muscles), wraps=list(self._wraps.values()))

    def _muscle(self, muscle: Any, use: Iterable[tuple[int, str]]) -> Muscle:
        points, wraps = self.path(muscle).getPathPointSet(), self.path(muscle).getWrapSet()
        path = []
        for k in range(points.getSize()):
            point = opensim.PathPoint.safeDownCast(points.get(k))
            body = self._index[point.getParentFrame().getName()]
            path.append([PathAttachment(body, 1.0, numbers(point.get_location()))])
        objects = {
            w.getWrapObjectName(): w.getWrapObject()
            for w in (wraps.get(k) for k in range(wraps.getSize()))
        }
        bends = []
        for after, name in use:
            wrap = self._wrap(opensim.WrapCylinder.safeDownCast(objects[name]))
            bends.append(PathWrap(after, wrap.name, wrap.side))
        return Muscle(muscle.getName(), 1000.0, 0.1, 0.2, 0.0, "other", path, bends)

    def _behind(self, cylinder: Any) -> np.ndarray:
        """The unit vector across the cylinder that points most to the rear in the default pose, in its frame."""
        wrap = self._wrap(cylinder)
        transform = self.bodies[wrap.body - 1].getTransformInGround(self.state)
        local = (
            rotation_of(wrap.orientation).T @ matrix(transform.R()).T @ np.array([-1.0, 0.0, 0.0])
        )
        local[2] = 0.0
        return local / np.linalg.norm(local)

    def _wrap(self, cylinder: Any) -> Wrap:
        name = cylinder.getName()
        if name not in self._wraps:
            turn = opensim.Rotation()
            turn.setRotationToBodyFixedXYZ(cylinder.get_xyz_body_rotation())
            q = turn.convertRotationToQuaternion()
            self._wraps[name] = Wrap(
                name, "cylinder", self._index[cylinder.getFrame().getName()],
                numbers(cylinder.get_translation()), numbers(q, 4), cylinder.get_radius(),
                QUADRANTS[cylinder.get_quadrant()],
            )  # fmt: skip
        return self._wraps[name]

    def start(self) -> None:
        """Initialise the model again, after components have been added."""
        self.state = self.model.initSystem()

    def transforms(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (bodies + 1, 3, 3) and origins (bodies + 1, 3), the ground first, relative to the first body."""
        found = [body.getTransformInGround(self.state) for body in self.bodies]
        origins = np.array([numbers(t.p()) for t in found])
        rotations = [np.eye(3), *(matrix(t.R()) for t in found)]
        return np.array(rotations), np.concatenate([np.zeros((1, 3)), origins - origins[0]])

    def without_wraps(self, character: Character) -> Character:
        return replace(character, muscles=[replace(m, wraps=[]) for m in character.muscles])

    def lengths(self, simulation: Any, transforms: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """The core's lengths (muscles,) with the bodies in these transforms."""
        simulation.field("body_rotation")[:, 0] = transforms[0].reshape(-1)
        simulation.field("body_position")[:, 0] = transforms[1].reshape(-1)
        simulation.muscles()
        return simulation.field("muscle_length")[:, 0].astype(float)


class ExactPath:
    """A muscle's path by Scholz2015GeometryPath, OpenSim's exact algorithm, in the model of its own copy."""

    def __init__(self, osim: OsimPaths, name: str, wraps: list[str]) -> None:
        muscle = osim.model.getMuscles().get(name)
        points = osim.path(muscle).getPathPointSet()
        used = osim.path(muscle).getWrapSet()
        objects = {
            used.get(k).getWrapObjectName(): used.get(k).getWrapObject()
            for k in range(used.getSize())
        }
        self._path = opensim.Scholz2015GeometryPath()
        self._path.setName(f"exact_{name}")
        self._kept = []
        self._append(points.get(0))
        for wrap in wraps:
            cylinder = opensim.WrapCylinder.safeDownCast(objects[wrap])
            contact = opensim.ContactCylinder(
                cylinder.get_radius(), cylinder.get_translation(), cylinder.get_xyz_body_rotation(),
                cylinder.getFrame(), f"exact_{name}_{wrap}",
            )  # fmt: skip
            hint = osim.rear[wrap] * cylinder.get_radius()
            osim.model.addContactGeometry(contact)
            self._path.appendObstacle(contact, opensim.Vec3(*map(float, hint)))
            self._kept.append(contact)
        self._append(points.get(points.getSize() - 1))
        osim.model.addComponent(self._path)

    def _append(self, point: Any) -> None:
        fixed = opensim.PathPoint.safeDownCast(point)
        self._path.appendPathPoint(fixed.getParentFrame(), fixed.get_location())

    def length(self, state: Any) -> float:
        return float(self._path.getLength(state))
