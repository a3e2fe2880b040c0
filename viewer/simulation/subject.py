"""The subject: the character as it was built for a span of frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from muscle_viewer.core import Environment
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.core.scene import Scene

Pose = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Rotations (bodies, 3, 3) and origins (bodies, 3) of the bodies at generalised positions (dofs,)."""

Model = tuple["Scene", Mapping[str, "torch.Tensor"]]
"""The scene that is simulated, and the muscle network's state_dict."""


@dataclass(frozen=True)
class Subject:
    """The model and networks that a frame was simulated with, and is drawn, plotted and exported with.

    A change of parameters or weights makes a new subject. Subjects with the same `info` object have the
    same masses, lengths and muscle parameters.
    """

    info: ModelInfo
    pose: Pose
    model: Model | None = None
    """None for a still preview, which is not simulated."""


class PoseSolver:
    """A `Pose` that is computed by the kinematics of an environment of its own, which is never stepped."""

    def __init__(self, scene: Scene, values: Mapping[str, float] | None = None) -> None:
        """values: of the environment's parameters."""
        self._scene, self._values = scene, values or {}
        self._environment: Environment | None = None

    def __call__(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._environment is None:
            from muscle_viewer.core import Environment

            self._environment = Environment(self._scene)
            self._environment.set_parameters(self._values)
            self._environment.reset()
        self._environment.set_state(positions, np.zeros_like(positions))
        frame = self._environment.frame()
        return frame.body_rotations, frame.body_positions
