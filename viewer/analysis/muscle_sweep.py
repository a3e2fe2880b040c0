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
    forces: np.ndarray
    """At the activation of the sweep, along the tendon, elastic ones in equilibrium, N, shape (points, muscles)."""


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

    def over(self, dof: int, positions: np.ndarray, activation: float = 1.0) -> MuscleSweep:
        """The sweep of a dof from generalised positions, shape (dofs,), at an activation in [0, 1].

        Without activation its forces are the passive ones.
        """
        others = np.array(positions, np.float64)
        others[dof] = 0.0
        key = (dof, others.tobytes(), activation)
        if self._last[0] != key:
            self._last = key, self._sweep(dof, others, activation)
        sweep = self._last[1]
        assert sweep is not None
        return sweep

    def _sweep(self, dof: int, pose: np.ndarray, activation: float) -> MuscleSweep:
        limits, ways = pose_bounds(self._character, pose)
        values = np.linspace(*limits[dof], POINTS)
        here = self._info.muscle_dofs + self._info.root_dofs == dof
        lengths, arms, forces = np.zeros((3, POINTS, len(self._info.muscle_names)))
        simulation, rest = self._simulation, np.zeros_like(pose)
        for k, value in enumerate(values):
            pose[dof] = value
            simulation.set_state(0, pose, rest)
            simulation.field("activation")[:] = activation
            simulation.kinematics()
            simulation.muscles()
            lengths[k] = simulation.field("muscle_length")[:, 0]
            arms[k, self._info.muscle_of[here]] = simulation.field("moment_arm")[here, 0]
            active, passive = simulation.field("active_force"), simulation.field("passive_force")
            forces[k] = activation * active[:, 0] + passive[:, 0]
        return MuscleSweep(values, dof in ways, lengths, arms, forces)
