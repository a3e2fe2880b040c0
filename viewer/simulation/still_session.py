"""A session with a single frame, which is shown while a checkpoint loads."""

from __future__ import annotations

import numpy as np
from muscle_viewer.core.frame import Frame, ModelInfo
from muscle_viewer.viewer.simulation.inputs import Inputs
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.subject import Subject


class StillSession:
    """A `Session` that does not move."""

    control_period = 1.0 / 30.0

    def __init__(self, name: str, info: ModelInfo, frame: Frame, is_it: bool) -> None:
        self.name, self.info = name, info
        self.subject = Subject(info, self._pose)
        self.is_it = is_it
        """Whether the frame is of the character that loads; a substitute is not shown."""
        self.parameters = Parameters()
        self._frame = frame

    def reset(self) -> Frame:
        """The only frame."""
        return self._frame

    def frame(self) -> Frame:
        """The only frame."""
        return self._frame

    def decide(self) -> np.ndarray:
        """An empty action: nothing acts on a still character."""
        return np.zeros(0, np.float32)

    def step(self, inputs: Inputs) -> Frame:
        """The only frame."""
        return self._frame

    def save(self) -> None:
        """There is no state."""

    def restore(self, state: None) -> None:
        """There is no state."""

    def change(self, parameters: Parameters) -> None:
        """Has no effect."""

    def _pose(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The only pose."""
        return self._frame.body_rotations, self._frame.body_positions
