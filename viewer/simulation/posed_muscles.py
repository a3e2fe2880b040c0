"""Lengths, moment arms and passive forces of the muscles of a character that holds a pose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.scene import Scene

FIELDS = {
    "muscle_lengths": "muscle_length",
    "fibre_lengths": "fibre_length",
    "passive_forces": "passive_force",
    "moment_arms": "moment_arm",
}
"""Fields of a frame and of the core's simulation."""


class PosedMuscles:
    """The muscles of a scene's character; the core computes them in double precision, without a step."""

    def __init__(self, scene: Scene) -> None:
        from muscle_viewer.core import _core

        self.scene = scene
        self._simulation = _core.ReferenceSimulation(scene.model, ground=False)

    def at(self, positions: np.ndarray) -> dict[str, Any]:
        """Fields of a frame at generalised positions (dofs,) and at rest, each float32 (muscles or entries,)."""
        pose = np.asarray(positions, np.float64)
        self._simulation.set_state(0, pose, np.zeros_like(pose))
        self._simulation.kinematics()
        self._simulation.muscles()
        return {
            ours: self._simulation.field(theirs)[:, 0].astype(np.float32)
            for ours, theirs in FIELDS.items()
        }
