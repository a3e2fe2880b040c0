"""Reading Rajagopal2015.osim through the `opensim` package, in this project's axes.

OpenSim: x forward, y up, z right. Here: x left, y up, z forward; `to_ours` turns vectors.
Where the model comes from: `--help` of the scripts, or MODEL_SOURCE below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from muscle_viewer.core.rajagopal import AXES, MTP_SIGN

MODEL_SOURCE = (
    "Rajagopal2015.osim (Rajagopal et al. 2016, MIT licence): inside the wheel of the PyPI package "
    "nimblephysics 0.10.52.1, nimblephysics/models/rajagopal_data/Rajagopal2015.osim "
    "(pip download --no-deps nimblephysics; unzip)"
)

LEG_COORDINATES = (
    "hip_flexion_r",
    "hip_adduction_r",
    "hip_rotation_r",
    "knee_angle_r",
    "ankle_angle_r",
    "subtalar_angle_r",
    "mtp_angle_r",
)
"""The right leg's coordinates; signs as in OpenSim except the toe joint, see `MTP_SIGN`."""

GAIT_RANGE_DEGREES = {
    "hip_flexion_r": (-30.0, 60.0),
    "hip_adduction_r": (-15.0, 15.0),
    "hip_rotation_r": (-15.0, 15.0),
    "knee_angle_r": (0.0, 80.0),
    "ankle_angle_r": (-25.0, 25.0),
    "subtalar_angle_r": (-12.0, 12.0),
    "mtp_angle_r": (-10.0, 40.0),
}
"""Range of gait (walking and running); toe extension positive."""


def to_ours(vector: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) in OpenSim's axes, in ours."""
    return np.asarray(vector, dtype=float) @ AXES.T


@dataclass(frozen=True)
class OsimPoint:
    """A path point: body name and position in that body's OpenSim frame, our axes."""

    body: str
    position: np.ndarray
    wrapped: bool


class OsimModel:
    """The OpenSim model with the state the scripts vary."""

    def __init__(self, path: Path | str) -> None:
        import opensim

        self._osim = opensim
        opensim.Logger.setLevelString("Off")
        self.model = opensim.Model(str(path))
        self.state = self.model.initSystem()
        for name in ("subtalar_angle", "mtp_angle"):
            for side in "rl":
                self.model.getCoordinateSet().get(f"{name}_{side}").setLocked(self.state, False)
        for index in range(self.model.getCoordinateSet().getSize()):
            self.model.getCoordinateSet().get(index).setClamped(self.state, False)

    def body(self, name: str) -> tuple[float, np.ndarray, np.ndarray]:
        """Mass (kg), centre of mass (3,) and inertia (3, 3) about it, our axes."""
        body = self.model.getBodySet().get(name)
        moments, products = body.getInertia().getMoments(), body.getInertia().getProducts()
        xx, yy, zz = (moments.get(i) for i in range(3))
        xy, xz, yz = (products.get(i) for i in range(3))
        inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        com = to_ours(_vector(body.getMassCenter()))
        return body.getMass(), com, AXES @ inertia @ AXES.T

    def joint(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Joint centre in the parent's and in the child's frame, and the joint frame's rotation
        (3, 3) whose columns are the joint's x, y and z axes; all in our axes."""
        joint = self.model.getJointSet().get(name)
        parent = joint.getParentFrame().findTransformInBaseFrame()
        child = joint.getChildFrame().findTransformInBaseFrame()
        rotation = AXES @ _matrix(parent.R())
        return to_ours(_vector(parent.p())), to_ours(_vector(child.p())), rotation

    def coordinate_range(self, name: str) -> tuple[float, float]:
        """Published range of a coordinate, radians."""
        coordinate = self.model.getCoordinateSet().get(name)
        return coordinate.getRangeMin(), coordinate.getRangeMax()

    def set_pose(self, values: dict[str, float]) -> None:
        """Set coordinates (radians, OpenSim's names, our sign for the toes), the rest neutral;
        the patella's coordinate follows the knee as its coupler demands."""
        coordinates = self.model.getCoordinateSet()
        pose = {"pelvis_ty": 0.94}
        for name, value in values.items():
            pose[name] = MTP_SIGN * value if name.startswith("mtp") else value
            if name.startswith("knee_angle"):
                pose[f"{name}_beta"] = value
        for index in range(coordinates.getSize()):
            coordinate = coordinates.get(index)
            coordinate.setValue(self.state, pose.get(coordinate.getName(), 0.0), False)
        self.model.realizePosition(self.state)

    def point_in_body(self, body: str, reference: str, point: np.ndarray) -> np.ndarray:
        """A point of `body` (OpenSim frame, our axes) in the frame of `reference`, our axes."""
        bodies = self.model.getBodySet()
        station = self._osim.Vec3(*(AXES.T @ point))
        found = bodies.get(body).findStationLocationInAnotherFrame(
            self.state, station, bodies.get(reference)
        )
        return to_ours(_vector(found))

    def frame(self, body: str) -> tuple[np.ndarray, np.ndarray]:
        """Rotation and origin of a body in the ground, our axes, at the pose set last."""
        transform = self.model.getBodySet().get(body).getTransformInGround(self.state)
        return AXES @ _matrix(transform.R()) @ AXES.T, to_ours(_vector(transform.p()))

    def muscle_names(self) -> list[str]:
        """Names of all muscles in the file's order."""
        muscles = self.model.getMuscles()
        return [muscles.get(i).getName() for i in range(muscles.getSize())]

    def muscle(self, name: str) -> Any:
        """The OpenSim muscle."""
        return self.model.getMuscles().get(name)

    def parameters(self, name: str) -> dict[str, float]:
        """Force (N), optimal fibre and tendon slack length (m), pennation (rad)."""
        muscle = self.muscle(name)
        return {
            "max_isometric_force": muscle.getMaxIsometricForce(),
            "optimal_fibre_length": muscle.getOptimalFiberLength(),
            "tendon_slack_length": muscle.getTendonSlackLength(),
            "pennation": muscle.getPennationAngleAtOptimalFiberLength(),
        }

    def path_points(self, name: str) -> list[OsimPoint]:
        """The file's path points, without wrapping."""
        points = self.muscle(name).getGeometryPath().getPathPointSet()
        found = []
        for index in range(points.getSize()):
            point = points.get(index)
            position = to_ours(_vector(point.getLocation(self.state)))
            found.append(OsimPoint(point.getParentFrame().getName(), position, False))
        return found

    def current_path(self, name: str) -> list[OsimPoint]:
        """The path at the pose set last, with the points where it enters and leaves wraps."""
        path = self.muscle(name).getGeometryPath().getCurrentPath(self.state)
        found = []
        for index in range(path.getSize()):
            point = path.get(index)
            position = to_ours(_vector(point.getLocation(self.state)))
            wrapped = self._osim.PathWrapPoint.safeDownCast(point) is not None
            found.append(OsimPoint(point.getParentFrame().getName(), position, wrapped))
        return found

    def drawn_path(self, name: str, reference: str) -> np.ndarray:
        """The path's polyline (P, 3) in the frame of `reference`, with the arcs over wraps."""
        path = self.muscle(name).getGeometryPath().getCurrentPath(self.state)
        points = []
        for index in range(path.getSize()):
            point = path.get(index)
            body = point.getParentFrame().getName()
            wrap = self._osim.PathWrapPoint.safeDownCast(point)
            arc = wrap.getWrapPath(self.state) if wrap is not None else None
            stations = [arc.get(k) for k in range(arc.getSize())] if arc is not None else []
            for station in [*stations, point.getLocation(self.state)]:
                points.append(self.point_in_body(body, reference, to_ours(_vector(station))))
        return np.array(points)

    def length(self, name: str) -> float:
        """Muscle-tendon length at the pose set last, metres."""
        return self.muscle(name).getLength(self.state)

    def lengths(self, name: str, coordinates: Sequence[str], values: np.ndarray) -> np.ndarray:
        """Muscle-tendon lengths (N,) at coordinate values (N, C), radians."""
        muscle = self.muscle(name)
        result = np.empty(len(values))
        for row, pose in enumerate(values):
            self.set_pose(dict(zip(coordinates, map(float, pose), strict=True)))
            result[row] = muscle.getLength(self.state)
        return result

    def spanned(self, name: str) -> list[str]:
        """Leg coordinates (right) that change the muscle's length, by its path's bodies."""
        order = ["pelvis", "femur_r", "tibia_r", "talus_r", "calcn_r", "toes_r"]
        used = {"tibia_r" if p.body == "patella_r" else p.body for p in self.path_points(name)}
        places = [order.index(body) for body in used]
        spans = {0: LEG_COORDINATES[:3], 1: LEG_COORDINATES[3:4], 2: LEG_COORDINATES[4:5]}
        spans |= {3: LEG_COORDINATES[5:6], 4: LEG_COORDINATES[6:7]}
        return [c for i in range(min(places), max(places)) for c in spans[i]]


def _vector(vec3: Any) -> np.ndarray:
    return np.array([vec3.get(i) for i in range(3)])


def _matrix(rotation: Any) -> np.ndarray:
    return np.array([[rotation.asMat33().get(i, j) for j in range(3)] for i in range(3)])
