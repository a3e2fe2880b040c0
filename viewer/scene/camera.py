"""An orbit camera: matrices, mouse control, and smooth following.

World: y up, z forward, metres. A yaw of 0 looks at the character's face (the eye stands on +z), a yaw of +90 degrees
looks at the left side (the eye stands on +x).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

FIELD_OF_VIEW = math.radians(32.0)
NEAR, FAR = 0.05, 120.0
PITCH_LIMIT = math.radians(88.0)
LOWEST_EYE = 0.04
"""Least height of the eye above the ground, m."""

VIEWS: dict[str, tuple[float, float]] = {
    "three-quarter": (-52.0, 9.0),
    "front": (0.0, 4.0),
    "back": (180.0, 4.0),
    "right": (-90.0, 4.0),
    "left": (90.0, 4.0),
    "top": (-90.0, 86.0),
}
"""Named views as (yaw, pitch) in degrees."""

HOME_DISTANCE = 3.75
FOCUS_DISTANCE = 1.3
"""Largest distance from a point that the camera is focused on, m."""
HOME_HEIGHT = 0.92


@dataclass
class Camera:
    """A camera on a sphere about a target."""

    yaw: float = math.radians(VIEWS["three-quarter"][0])
    pitch: float = math.radians(VIEWS["three-quarter"][1])
    distance: float = HOME_DISTANCE
    target: np.ndarray = field(default_factory=lambda: np.array([0.0, HOME_HEIGHT, 0.0]))
    slope: float = 0.0
    """Slope of the ground ahead, radians. The world's axes are those of the ground, so that the camera is tilted by it."""

    @property
    def direction(self) -> np.ndarray:
        """Unit vector from the target to the eye, shape (3,)."""
        cos = math.cos(self.pitch)
        return np.array([math.sin(self.yaw) * cos, math.sin(self.pitch), math.cos(self.yaw) * cos])

    @property
    def eye(self) -> np.ndarray:
        """Position of the camera, m, shape (3,)."""
        eye = self.target + self.distance * (self.direction @ self.tilt())
        eye[1] = max(eye[1], LOWEST_EYE)
        return eye

    def tilt(self) -> np.ndarray:
        """Rotation from the level world to the ground's axes, for row vectors, shape (3, 3)."""
        cos, sin = math.cos(self.slope), math.sin(self.slope)
        return np.array([[1.0, 0.0, 0.0], [0.0, cos, sin], [0.0, -sin, cos]])

    def axes(self) -> np.ndarray:
        """Right, up and backward unit vectors as rows, shape (3, 3)."""
        back = self.eye - self.target
        back /= np.linalg.norm(back)
        right = np.array([math.cos(self.yaw), 0.0, -math.sin(self.yaw)]) @ self.tilt()
        return np.stack([right, np.cross(back, right), back])

    def view(self) -> np.ndarray:
        """Transform from world to camera, shape (4, 4)."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes()
        matrix[:3, 3] = -matrix[:3, :3] @ self.eye
        return matrix

    def projection(self, aspect: float) -> np.ndarray:
        """Projection to clip space, shape (4, 4), `aspect` = width / height; a narrow view has the width of a square."""
        f = 1.0 / math.tan(0.5 * FIELD_OF_VIEW)
        f_x, f_y = (f / aspect, f) if aspect >= 1.0 else (f, f * aspect)
        depth = NEAR - FAR
        return np.array(
            [
                [f_x, 0.0, 0.0, 0.0],
                [0.0, f_y, 0.0, 0.0],
                [0.0, 0.0, (FAR + NEAR) / depth, 2.0 * FAR * NEAR / depth],
                [0.0, 0.0, -1.0, 0.0],
            ]
        )

    def ray(self, x: float, y: float, aspect: float) -> tuple[np.ndarray, np.ndarray]:
        """The eye and the unit direction through a point of the view, x and y in [-1, 1], y up; each of shape (3,)."""
        projection = self.projection(aspect)
        local = np.array([x / projection[0, 0], y / projection[1, 1], -1.0])
        direction = local @ self.axes()
        return self.eye, direction / np.linalg.norm(direction)

    def pixel_size(self, height: int, aspect: float) -> float:
        """Width of a pixel at unit distance, for a view `height` pixels high."""
        return 2.0 / (height * self.projection(aspect)[1, 1])

    def orbit(self, yaw: float, pitch: float) -> None:
        """Rotate about the target, radians."""
        self.yaw = math.remainder(self.yaw + yaw, math.tau)
        self.pitch = min(max(self.pitch + pitch, -PITCH_LIMIT), PITCH_LIMIT)

    def pan(self, right: float, up: float) -> None:
        """Move the target in the image plane, as fractions of the height of the view."""
        span = 2.0 * self.distance * math.tan(0.5 * FIELD_OF_VIEW)
        axes = self.axes()
        self.target = self.target + span * (right * axes[0] + up * axes[1])

    def zoom(self, steps: float) -> None:
        """Zoom in by notches of the mouse wheel."""
        self.distance = min(max(self.distance * 0.9**steps, 0.3), 40.0)

    def zoom_at(self, steps: float, x: float, y: float, aspect: float) -> None:
        """Zoom in by notches, so that what lies under a point of the view at the target's distance stays there."""
        before = self.distance
        self.zoom(steps)
        eye, direction = self.ray(x, y, aspect)
        eye = eye + (before - self.distance) * self.axes()[2]
        along = direction * (before / max(float(-direction @ self.axes()[2]), 1e-6))
        share = 1.0 - self.distance / before
        self.target = self.target + share * (eye + along - self.target)

    def look_from(self, view: str) -> None:
        """Set a named view."""
        yaw, pitch = VIEWS[view]
        self.yaw, self.pitch = math.radians(yaw), math.radians(pitch)


class Flight:
    """A smooth move of the camera to a named view, a saved one or a point."""

    SECONDS = 0.45

    def __init__(self) -> None:
        self._from: tuple[float, float, float, float] | None = None
        self._to = (0.0, 0.0, 0.0, 0.0)
        self._gone = 0.0
        self._goal: np.ndarray | None = None
        """Way of the target, of a move to a point."""

    @property
    def is_over(self) -> bool:
        """Whether no move is in progress."""
        return self._from is None

    def begin(self, camera: Camera, view: str) -> None:
        """Start a move to a named view at the default distance."""
        yaw, pitch = (math.radians(angle) for angle in VIEWS[view])
        yaw = camera.yaw + math.remainder(yaw - camera.yaw, math.tau)
        self._from = (camera.yaw, camera.pitch, camera.distance, float(camera.target[1]))
        self._to = (yaw, pitch, HOME_DISTANCE, HOME_HEIGHT)
        self._gone = 0.0
        self._goal = None

    def focus(self, camera: Camera, point: np.ndarray) -> None:
        """Start a move of the target to a point, from the same direction."""
        distance = min(camera.distance, FOCUS_DISTANCE)
        self._from = (camera.yaw, camera.pitch, camera.distance, float(camera.target[1]))
        self._to = (camera.yaw, camera.pitch, distance, float(point[1]))
        self._gone, self._goal = 0.0, np.asarray(point, float) - camera.target

    def recall(
        self, camera: Camera, yaw: float, pitch: float, distance: float, target: np.ndarray
    ) -> None:
        """Start a move to a direction, rad, a distance and a target, m."""
        yaw = camera.yaw + math.remainder(yaw - camera.yaw, math.tau)
        self._from = (camera.yaw, camera.pitch, camera.distance, float(camera.target[1]))
        self._to = (yaw, pitch, distance, float(target[1]))
        self._gone, self._goal = 0.0, np.asarray(target, float) - camera.target

    def move(self, camera: Camera, elapsed: float) -> None:
        """Advance the move by `elapsed` seconds."""
        if self._from is None:
            return
        before = _eased(self._gone)
        self._gone += elapsed / self.SECONDS
        u = _eased(self._gone)
        yaw, pitch, camera.distance, height = (
            a + u * (b - a) for a, b in zip(self._from, self._to, strict=True)
        )
        camera.yaw, camera.pitch = math.remainder(yaw, math.tau), pitch
        aside = np.zeros(3) if self._goal is None else (u - before) * self._goal
        camera.target = np.array([camera.target[0] + aside[0], height, camera.target[2] + aside[2]])
        if self._gone >= 1.0:
            self._from = None

    def stop(self) -> None:
        """Stop the move, as the user moves the camera."""
        self._from = None


def _eased(share: float) -> float:
    """A share of a move in time, as a share of its way."""
    u = min(share, 1.0)
    return u * u * (3.0 - 2.0 * u)


class Follower:
    """Keeps a camera with a moving point: a g-h filter, critically damped, so that it does not lag at constant speed.

    Its time constant grows with the time that the point has moved: a runner is not lost at the start of an episode.
    """

    def __init__(self, time_constant: float = 0.35) -> None:
        self._time_constant = time_constant
        self._age = 0.0
        self._estimate: np.ndarray | None = None
        self._velocity = np.zeros(3)
        self._error = np.zeros(3)

    @property
    def is_at_rest(self) -> bool:
        """Whether the camera has caught up with a resting point, to a millimetre and a millimetre per second."""
        return bool(max(np.linalg.norm(self._velocity), np.linalg.norm(self._error)) < 1e-3)

    def forget(self) -> None:
        """Jump to the next point in place of a smooth move to it."""
        self._estimate = None

    def move(self, camera: Camera, point: np.ndarray, elapsed: float) -> None:
        """Shift the camera by the smoothed horizontal motion of `point`, shape (3,), in `elapsed` seconds."""
        goal = np.array([point[0], 0.0, point[2]], float)
        if self._estimate is None or np.linalg.norm(goal - self._estimate) > 2.0:
            beside = np.zeros(3) if self._estimate is None else camera.target - self._estimate
            camera.target = np.array([goal[0] + beside[0], camera.target[1], goal[2] + beside[2]])
            self._estimate = goal
            self._velocity, self._error, self._age = np.zeros(3), np.zeros(3), 0.0
            return
        if elapsed <= 0.0:
            return
        self._age = 0.0 if self.is_at_rest and self._stays(goal) else self._age + elapsed
        time_constant = min(self._time_constant, max(0.5 * self._age, 1e-3))
        theta = math.exp(-elapsed / time_constant)
        predicted = self._estimate + self._velocity * elapsed
        error = goal - predicted
        estimate = predicted + (1.0 - theta * theta) * error
        self._velocity = self._velocity + ((1.0 - theta) ** 2 / elapsed) * error
        camera.target = camera.target + (estimate - self._estimate)
        self._estimate, self._error = estimate, goal - estimate

    def _stays(self, goal: np.ndarray) -> bool:
        """Whether the point is where the camera has it, to a millimetre."""
        return self._estimate is not None and bool(np.linalg.norm(goal - self._estimate) < 1e-3)
