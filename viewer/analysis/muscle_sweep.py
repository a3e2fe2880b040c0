"""Lengths, moment arms and forces of the muscles over the range of one coordinate, at rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.pose_bounds import pose_bounds

if TYPE_CHECKING:
    from muscle_viewer.core.scene import Scene

POINTS = 81
"""Number of poses over a coordinate's range."""


@dataclass(frozen=True)
class MuscleSweep:
    """The muscles over a coordinate, while the others stay as they are."""

    values: np.ndarray
    """Of the coordinate, rad or m, shape (points,)."""
    is_way: bool
    """Whether the coordinate is in metres."""
    lengths: np.ndarray
    """From origin to insertion, m, shape (points, muscles)."""
    moment_arms: np.ndarray
    """About the coordinate, -dL/dq, m (of a coordinate in metres, without unit), shape (points, muscles)."""
    active_forces: np.ndarray
    """At full activation, along the tendon, N, shape (points, muscles)."""
    passive_forces: np.ndarray
    """N, shape (points, muscles)."""

    def forces(self, activation: float) -> np.ndarray:
        """Of an activation in [0, 1], N, shape (points, muscles)."""
        return activation * self.active_forces + self.passive_forces


class MuscleSweeps:
    """The sweeps of a scene's model, in double precision; the last one is kept."""

    def __init__(self, scene: Scene) -> None:
        from muscle_viewer.core import _core

        self._info = scene.info
        self._simulation = _core.ReferenceSimulation(scene.model, ground=False)
        self._character = scene.character
        self._last: tuple[object, MuscleSweep | None] = (None, None)

    def spanned(self, muscle: int) -> list[int]:
        """The dofs that a muscle spans."""
        return sorted(
            (self._info.muscle_dofs[self._info.muscle_of == muscle] + self._info.root_dofs).tolist()
        )

    def over(self, dof: int, positions: np.ndarray) -> MuscleSweep:
        """The sweep of a dof from generalised positions, shape (dofs,)."""
        others = np.array(positions, np.float64)
        others[dof] = 0.0
        key = (dof, others.tobytes())
        if self._last[0] != key:
            self._last = key, self._sweep(dof, others)
        sweep = self._last[1]
        assert sweep is not None
        return sweep

    def _sweep(self, dof: int, pose: np.ndarray) -> MuscleSweep:
        limits, ways = pose_bounds(self._character, pose)
        values = np.linspace(*limits[dof], POINTS)
        here = self._info.muscle_dofs + self._info.root_dofs == dof
        muscles = len(self._info.muscle_names)
        found = {
            name: np.zeros((POINTS, muscles)) for name in ("length", "arm", "active", "passive")
        }
        simulation, rest = self._simulation, np.zeros_like(pose)
        for k, value in enumerate(values):
            pose[dof] = value
            simulation.set_state(0, pose, rest)
            simulation.kinematics()
            simulation.muscles()
            found["length"][k] = simulation.field("muscle_length")[:, 0]
            found["arm"][k, self._info.muscle_of[here]] = simulation.field("moment_arm")[here, 0]
            found["active"][k] = simulation.field("active_force")[:, 0]
            found["passive"][k] = simulation.field("passive_force")[:, 0]
        return MuscleSweep(
            values, dof in ways, found["length"], found["arm"], found["active"], found["passive"]
        )
