"""The surfaces that OpenSim's paths bend round."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...readers.muscle_path import PathWrap, Wrap
from ...readers.text import vector
from ..pose import Pose
from .frames import Bodies, pose_in_body, rotation_of, triple

AXES = {"x": 0, "y": 1, "z": 2}


class Wraps:
    """The cylinders and spheres of a model, each read once; what they stand on is found by `bodies`."""

    def __init__(self, bodies: Bodies, opensim: Any) -> None:
        self._bodies, self._opensim = bodies, opensim
        self._wraps: dict[str, Wrap] = {}

    @property
    def all(self) -> list[Wrap]:
        """Those that paths have asked for."""
        return list(self._wraps.values())

    def kind(self, surface: Any) -> str | None:
        """cylinder or sphere, None for a surface that is not simulated."""
        kinds = {"WrapCylinder": "cylinder", "WrapSphere": "sphere"}
        return kinds.get(surface.getConcreteClassName())

    def on_path(self, surface: Any, after: int) -> PathWrap:
        """A cylinder or sphere on a path, behind the point of index `after`."""
        wrap = self._wrap(surface)
        return PathWrap(after, wrap.name, wrap.side)

    def centre(self, surface: Any, state: Any) -> np.ndarray:
        """In the ground's frame, m."""
        return triple(
            surface.getFrame().findStationLocationInGround(state, surface.get_translation())
        )

    def _wrap(self, surface: Any) -> Wrap:
        body, frame = pose_in_body(surface.getFrame(), self._bodies)
        key = surface.getAbsolutePathString()
        if key not in self._wraps:
            kind = surface.getConcreteClassName()
            exact = getattr(self._opensim, kind).safeDownCast(surface)
            radius = exact.get_radius() if kind == "WrapCylinder" else exact.getRadius()
            turn = self._opensim.Rotation()
            turn.setRotationToBodyFixedXYZ(surface.get_xyz_body_rotation())
            at = frame @ Pose(rotation_of(turn), triple(surface.get_translation()))
            self._wraps[key] = Wrap(
                self._name(surface, key), str(self.kind(surface)), body, vector(at.position),
                vector(at.quaternion), float(radius), _side(surface.get_quadrant()),
            )  # fmt: skip
        return self._wraps[key]

    def _name(self, surface: Any, path: str) -> str:
        name = str(surface.getName())
        taken = {wrap.name for wrap in self._wraps.values()}
        return path.strip("/") if name in taken else name


def _side(quadrant: str) -> np.ndarray | None:
    """The half to which a quadrant such as "-y" restricts paths, as a direction in the surface's frame."""
    text = quadrant.strip().lower()
    if text[-1:] not in AXES:
        return None
    direction = np.zeros(3)
    direction[AXES[text[-1]]] = -1.0 if text.startswith("-") else 1.0
    return direction
