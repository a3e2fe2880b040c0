"""An .osim model opened here, and in OpenSim, in the same states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import opensim
from muscle_viewer.core import _core
from muscle_viewer.core.models.agreement.opensim_program import OpensimProgram

if TYPE_CHECKING:
    from pathlib import Path

opensim.Logger.setLevelString("Off")
HZ = 480


class Twin(OpensimProgram):
    """Both sides; ours are the simulations that it makes."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.model = _core.Model(self.character)
        self.names = self.character.dof_names
        self.names_of_muscles = [m.name for m in self.character.muscles]

    def simulation(self, lanes: bool) -> Any:
        """Ours, in float lanes or in double."""
        options = {"actuator": "activation", "ground": False, "time_step": 1 / HZ}
        if lanes:
            return _core.LanesSimulation(self.model, _core.instruction_sets()[0], **options)
        return _core.ReferenceSimulation(self.model, **options)

    def random_pose(self, rng: np.random.Generator, within: float = 1.0) -> np.ndarray:
        """In the middle share of the coordinates' ranges, shape (dofs,)."""
        middle, half = self.ranges.mean(1), within * np.ptp(self.ranges, axis=1) / 2
        return rng.uniform(middle - half, middle + half)

    def see(
        self, ours: Any, pose: np.ndarray, activations: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Our lengths (muscles,), moment arms (muscles, dofs) and forces (muscles,) in a pose at rest."""
        given = np.zeros(len(self.muscles)) if activations is None else activations
        ours.set_state(0, pose, np.zeros(len(pose)))
        ours.field("activation")[:, 0] = given
        ours.kinematics()
        ours.muscles()
        arms = np.zeros((self.model.num_muscles, self.model.num_dofs))
        arms[self.model.muscle_of_entry, self.model.dof_of_entry] = ours.field("moment_arm")[:, 0]
        force = ours.field("active_force")[:, 0] * given + ours.field("passive_force")[:, 0]
        return {
            "length": ours.field("muscle_length")[:, 0].astype(float), "arm": arms, "force": force
        }  # fmt: skip

    def wraps(self) -> np.ndarray:
        """Number of surfaces on each path, (muscles,)."""
        return np.array([len(m.wraps) for m in self.character.muscles])
