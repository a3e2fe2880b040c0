"""A model without a policy: posed by hand, and simulated from there with the excitations that are held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.simulation.parameters import Bounds, Parameters, Scales
from muscle_viewer.viewer.simulation.pose_bounds import pose_bounds
from muscle_viewer.viewer.simulation.session import CheckpointSession, SessionState

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.inputs import Inputs


@dataclass(frozen=True)
class PosedState(SessionState):
    """A state, and the pose that was set by hand in it."""

    pose: Scales = ()


class ModelSession(CheckpointSession):
    """A `Session` whose `Parameters.pose` is set at once, at rest, and from which a step simulates.

    Its environment has the actuator `activation`: the excitations are those that the user holds, otherwise 0.
    """

    has_policy = False
    begins_paused = True

    def __init__(self, name: str, checkpoint: Checkpoint, seed: int = 0) -> None:
        super().__init__(name, checkpoint, seed)
        self._start = self._environment.frame().positions.astype(np.float64)

    @property
    def bounds(self) -> Bounds:
        """The sliders' bounds, the initial pose and the model's keyframes."""
        character = self._scene.character
        limits, ways = pose_bounds(character, self._start)
        poses = [("initial pose", tuple(enumerate(self._start.tolist())))]
        for keyframe in character.keyframes:
            values = character.pose(keyframe).values()
            poses.append((keyframe, tuple(enumerate(values))))
        return replace(super().bounds, pose=limits, ways=ways, poses=tuple(poses))

    def decide(self) -> np.ndarray:
        """No excitation; what the user holds replaces it."""
        return np.zeros(self._environment.action_dim, np.float32)

    def step(self, inputs: Inputs) -> Frame:
        """Simulate a control step; no pose is held from then on."""
        self.parameters = replace(self.parameters, pose=())
        return super().step(inputs)

    def reset(self) -> Frame:
        """The initial pose, unless another one was just set."""
        if not self._fresh:
            self.parameters = replace(self.parameters, pose=())
        return super().reset()

    def save(self) -> PosedState:
        """The core's state, and the pose that was set in it."""
        return PosedState(super().save().core, self.parameters.pose)

    def restore(self, state: SessionState) -> None:
        """Continue from a state. StateError if it is not a valid state of this model."""
        super().restore(state)
        self.parameters = replace(self.parameters, pose=getattr(state, "pose", ()))

    def change(self, parameters: Parameters) -> None:
        """Set dofs, at rest; other parameters as CheckpointSession does."""
        dofs = len(self._start)
        for dof, value in parameters.pose:
            if not (0 <= dof < dofs and abs(value) < 1e3):
                raise UserError(f"the parameters stay as they were: no dof {dof} at {value:g}")
        before = self.parameters
        self.parameters = replace(before, pose=parameters.pose)
        try:
            super().change(parameters)
        except UserError:
            self.parameters = before
            raise
        if parameters.pose and parameters.pose != before.pose:
            self._set(parameters.pose)

    def _set(self, pose: Scales) -> None:
        environment = self._environment
        positions = environment.frame().positions.astype(np.float64)
        for dof, value in pose:
            positions[dof] = value
        environment.set_state(positions, np.zeros_like(positions))
        self.observation = environment.restore_state(environment.save_state())
        self._fresh = False
