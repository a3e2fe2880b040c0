"""A character without physics: it holds a pose, or follows its motion, and its dofs can be held by hand."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.simulation.parameters import Bounds, Parameters
from muscle_viewer.viewer.simulation.pose_bounds import pose_bounds
from muscle_viewer.viewer.simulation.posed_muscles import PosedMuscles
from muscle_viewer.viewer.simulation.session import CheckpointSession, SessionState

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.inputs import Inputs

STEPS = struct.Struct("<q")
"""First bytes of a saved state: control steps since the reset; the core's state follows."""
MOST_STEPS = 1 << 40


class PoseSession(CheckpointSession):
    """A `Session` that places its character; the reference motion of a still one is its pose."""

    has_policy = has_activations = False

    def __init__(self, name: str, checkpoint: Checkpoint, seed: int = 0) -> None:
        super().__init__(name, checkpoint, seed)
        self._steps = 0
        self._muscles = PosedMuscles(self._scene)
        self._start = self._pose_at(0)
        fitted = self._environment.frame().positions
        self._lift = np.zeros_like(self._start)
        if self.info.root_dofs == 6:  # as the environment's reset stands it on the ground
            self._lift[4] = fitted[4] - self._start[4]
        self._place()

    @property
    def bounds(self) -> Bounds:
        """How far the sliders go."""
        limits, ways = pose_bounds(self._scene.character, self._start)
        return replace(super().bounds, pose=limits, ways=ways)

    def reset(self) -> Frame:
        """The motion's beginning."""
        if not self._fresh:
            self._steps = 0
            self._place()
        self._fresh = False
        return self.frame()

    def frame(self) -> Frame:
        """The present pose, with the muscles' lengths and passive forces in it."""
        if self._muscles.scene is not self._environment.scene:
            self._muscles = PosedMuscles(self._environment.scene)
        scene = self._scene
        time = self._steps * self.control_period
        phase = time / scene.motion.duration
        posed = self._environment.frame()
        return replace(
            posed,
            time=time,
            phase=phase % 1.0 if scene.motion.cyclic else min(phase, 1.0),
            **self._muscles.at(posed.positions),
        )

    def decide(self) -> np.ndarray:
        """The zero action: nothing acts on the character."""
        return np.zeros(self._environment.action_dim, np.float32)

    def step(self, inputs: Inputs) -> Frame:
        """The pose a control step later; forces move nothing."""
        self._fresh = False
        self._steps += 1
        self._place()
        return self.frame()

    def save(self) -> SessionState:
        """The steps and the core's state."""
        return SessionState(STEPS.pack(self._steps) + super().save().core)

    def restore(self, state: SessionState) -> None:
        """Go on from there. UserError for what was not saved so."""
        if len(state.core) < STEPS.size:
            raise UserError("the state is too short")
        (steps,) = STEPS.unpack_from(state.core)
        if not 0 <= steps < MOST_STEPS:
            raise UserError(f"the state is {steps} steps old")
        super().restore(SessionState(state.core[STEPS.size :]))
        self._steps = steps

    def change(self, parameters: Parameters) -> None:
        """Hold dofs where they are asked to be; other parameters as CheckpointSession does."""
        dofs = len(self._start)
        for dof, value in parameters.pose:
            if not (0 <= dof < dofs and abs(value) < 1e3):
                raise UserError(f"the parameters stay as they were: no dof {dof} at {value:g}")
        pose, self.parameters = (
            parameters.pose,
            replace(self.parameters, pose=parameters.pose),
        )
        super().change(replace(parameters, pose=pose))
        self._place()

    def _place(self) -> None:
        pose = self._pose_at(self._steps) + self._lift
        for dof, value in self.parameters.pose:
            pose[dof] = value
        self._environment.set_state(pose, np.zeros_like(pose))

    def _pose_at(self, steps: int) -> np.ndarray:
        """The motion's pose after control steps, between its frames; its end stays."""
        motion = self._scene.motion
        frames, count = motion.frames, len(motion.frames)
        at = steps * self.control_period / motion.frame_time
        if not motion.cyclic:
            at = min(at, count - 1)
        cycle, place = divmod(at, count)
        k = int(place)
        here, there = frames[k], frames[(k + 1) % count].copy()
        root = self.info.root_dofs
        ahead = np.zeros_like(here)
        if root == 6:
            ahead[3:6] = motion.cycle_translation
        if k + 1 == count and motion.cyclic:
            there = there + ahead
        return np.asarray(here + (place - k) * (there - here) + cycle * ahead, dtype=float)
