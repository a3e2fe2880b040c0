"""An .osim model opened here, and in OpenSim, in the same states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import opensim
from muscle_viewer.core import _core
from muscle_viewer.core.models.opensim.read import character_of, open_model

opensim.Logger.setLevelString("Off")
HZ = 480


class Twin:
    """Both sides; couplers are set by the functions that the reader has read."""

    def __init__(self, file: Path) -> None:
        self.theirs = open_model(file)
        self.state = self.theirs.getWorkingState()
        self.character = character_of(self.theirs, file, opensim)
        self.model = _core.Model(self.character)
        self.names = self.character.dof_names
        self.names_of_muscles = [m.name for m in self.character.muscles]
        self.muscles = [self.theirs.getMuscles().get(m.name) for m in self.character.muscles]
        self.strength = np.array([m.max_isometric_force for m in self.character.muscles])
        self._coordinates = self.theirs.getCoordinateSet()

    def simulation(self, lanes: bool) -> Any:
        """Ours, in float lanes or in double."""
        options = {"actuator": "activation", "ground": False, "time_step": 1 / HZ}
        if lanes:
            return _core.LanesSimulation(self.model, _core.instruction_sets()[0], **options)
        return _core.ReferenceSimulation(self.model, **options)

    def random_pose(self, rng: np.random.Generator, within: float = 1.0) -> np.ndarray:
        """In the middle share of the coordinates' ranges, shape (dofs,)."""
        ends = np.array(
            [
                (self._coordinates.get(n).getRangeMin(), self._coordinates.get(n).getRangeMax())
                for n in self.names
            ]
        )
        middle, half = ends.mean(1), within * np.ptp(ends, axis=1) / 2
        return rng.uniform(middle - half, middle + half)

    def place(self, pose: np.ndarray) -> None:
        """Put OpenSim's model into a pose, at rest."""
        for name, value in zip(self.names, pose, strict=True):
            self._coordinates.get(name).setValue(self.state, float(value), False)
            self._coordinates.get(name).setSpeedValue(self.state, 0.0)
        for c in self.character.coordinates:
            if c.follows is not None and not c.locked:
                value = c.by(float(pose[self.names.index(c.follows)]))
                self._coordinates.get(c.name).setValue(self.state, value, False)
        self.theirs.realizePosition(self.state)

    def opensim_lengths(self, pose: np.ndarray) -> np.ndarray:
        """(muscles,) m."""
        self.place(pose)
        return np.array([m.getLength(self.state) for m in self.muscles])

    def opensim_forces(self, pose: np.ndarray, activations: np.ndarray) -> np.ndarray:
        """In equilibrium without motion, (muscles,) N."""
        self.place(pose)
        for muscle, activation in zip(self.muscles, activations, strict=True):
            muscle.setActivation(self.state, float(activation))
        self.theirs.equilibrateMuscles(self.state)
        self.theirs.realizeDynamics(self.state)
        return np.array([m.getTendonForce(self.state) for m in self.muscles])

    def opensim_arms(self, pose: np.ndarray, dof: int, step: float = 1e-4) -> np.ndarray:
        """-dL/dq of all muscles by central differences, (muscles,) m."""
        ahead, back = pose.copy(), pose.copy()
        ahead[dof] += step
        back[dof] -= step
        return -(self.opensim_lengths(ahead) - self.opensim_lengths(back)) / (2 * step)

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
