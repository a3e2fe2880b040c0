"""Rajagopal's wrapped muscles against OpenSim's paths: which surfaces are touched, and two at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")

from opensim_twin import Twin  # noqa: E402 (needs opensim)

pytestmark = pytest.mark.slow
POSES = 120
GASTROCNEMII = [f"gas{part}_{side}" for part in ("med", "lat") for side in ("r", "l")]


def path_of(muscle: Any) -> Any:
    return opensim.GeometryPath.safeDownCast(muscle.getPath())


def test_one_cylinder_is_touched_in_the_same_poses(rajagopal_osim: Path) -> None:
    twin, rng = Twin(rajagopal_osim), np.random.default_rng(3)
    ours, wrapped = twin.simulation(False), np.flatnonzero(twin.wraps() == 1)
    assert len(wrapped) > 25
    agreed = []
    for _ in range(POSES):
        pose = twin.random_pose(rng, within=0.9)
        length = twin.see(ours, pose)["length"]
        twin.place(pose)
        for k in wrapped:
            straight = chord(twin, twin.muscles[k])
            seen = twin.touched(k) > 0
            agreed.append((length[k] > straight + 1e-9) == seen)
    assert np.mean(agreed) > 0.995


def chord(twin: Twin, muscle: Any) -> float:
    """Length of a path without its surfaces, m."""
    points = path_of(muscle).getPathPointSet()
    places = [points.get(k).getLocationInGround(twin.state) for k in range(points.getSize())]
    array = np.array([[p.get(i) for i in range(3)] for p in places])
    return float(np.linalg.norm(np.diff(array, axis=0), axis=1).sum())


class ExactPath:
    """A muscle's path by Scholz2015GeometryPath, OpenSim's exact algorithm, in the model of its own copy."""

    def __init__(self, twin: Twin, name: str, hints: dict[str, np.ndarray]) -> None:
        geometry = path_of(twin.theirs.getMuscles().get(name))
        points, used = geometry.getPathPointSet(), geometry.getWrapSet()
        objects = {
            used.get(k).getWrapObjectName(): used.get(k).getWrapObject()
            for k in range(used.getSize())
        }
        self._path = opensim.Scholz2015GeometryPath()
        self._path.setName(f"exact_{name}")
        self._kept = []
        self._append(points.get(0))
        for wrap in twin.character.muscles[twin.names_of_muscles.index(name)].wraps:
            cylinder = opensim.WrapCylinder.safeDownCast(objects[wrap.wrap])
            contact = opensim.ContactCylinder(
                cylinder.get_radius(), cylinder.get_translation(), cylinder.get_xyz_body_rotation(),
                cylinder.getFrame(), f"exact_{name}_{wrap.wrap}",
            )  # fmt: skip
            hint = hints[wrap.wrap] * cylinder.get_radius()
            twin.theirs.addContactGeometry(contact)
            self._path.appendObstacle(contact, opensim.Vec3(*map(float, hint)))
            self._kept.append(contact)
        self._append(points.get(points.getSize() - 1))
        twin.theirs.addComponent(self._path)

    def _append(self, point: Any) -> None:
        fixed = opensim.PathPoint.safeDownCast(point)
        self._path.appendPathPoint(fixed.getParentFrame(), fixed.get_location())

    def length(self, state: Any) -> float:
        return float(self._path.getLength(state))


def behind(twin: Twin, cylinder: Any) -> np.ndarray:
    """The unit vector across a cylinder that points most to the rear in the default pose, in its frame."""
    turn = opensim.Rotation()
    turn.setRotationToBodyFixedXYZ(cylinder.get_xyz_body_rotation())
    ground = cylinder.getFrame().getTransformInGround(twin.state).R()
    local = matrix(turn).T @ matrix(ground).T @ np.array([-1.0, 0.0, 0.0])
    local[2] = 0.0
    return local / np.linalg.norm(local)


def matrix(rotation: Any) -> np.ndarray:
    entries = rotation.asMat33()
    return np.array([[entries.get(i, j) for j in range(3)] for i in range(3)])


def test_two_cylinders_at_once_are_those_of_the_exact_algorithm_of_opensim(
    rajagopal_osim: Path,
) -> None:
    twin = Twin(rajagopal_osim)
    twin.theirs.realizePosition(twin.state)
    numbers = [twin.names_of_muscles.index(name) for name in GASTROCNEMII]
    assert (twin.wraps()[numbers] == 2).all()
    hints = {
        wrap.getName(): behind(twin, opensim.WrapCylinder.safeDownCast(wrap))
        for body in twin.theirs.getBodyList()
        for wrap in body.getWrapObjectSet()
    }
    exact = [ExactPath(twin, name, hints) for name in GASTROCNEMII]
    twin.state = twin.theirs.initSystem()
    both, errors, rng, ours = 0, [], np.random.default_rng(4), twin.simulation(False)
    for _ in range(POSES):
        pose = twin.random_pose(rng)
        found = twin.see(ours, pose)["length"][numbers]
        try:
            default = twin.lengths(pose)[numbers]
        except RuntimeError:  # the exact algorithm wants all points outside the surfaces
            twin.state = twin.theirs.initSystem()  # it goes on from the last pose
            continue
        expected = np.array([path.length(twin.state) for path in exact])
        # Where the exact algorithm has found another way round than OpenSim's default one, it is not asked.
        errors += list(np.abs(found - expected)[np.abs(expected - default) < 1e-2])
        both += sum(twin.touched(k) == 2 for k in numbers)
    assert both > 20 and len(errors) > 100
    # Where a cylinder is barely touched, two shortest paths can exist: with it and without it.
    assert np.max(errors) < 2e-5 and np.mean(np.array(errors) < 1e-6) > 0.99
