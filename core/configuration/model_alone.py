"""The environment of a model's file alone: its muscles are excited, and nothing is rewarded."""

from __future__ import annotations

from pathlib import Path

from .environment_config import Action, EnvironmentConfig, Observation, Reset, Termination
from .rewards import NO_REWARD


def model_environment(model: Path) -> EnvironmentConfig:
    """Actions are excitations of the muscles; episodes start in the model's initial pose, on the ground, and last 10 s.

    Observations are the state (`ObservationType::kState` in core/src/environment/observation.hpp).
    """
    return EnvironmentConfig(
        character=model,
        motion=model,
        actuator="activation",
        action=Action(phase=False),
        observation=Observation(type="state"),
        reward=NO_REWARD,
        termination=Termination(root_height=0.0),
        reset=Reset(random_phase=False, pose="fitted"),
    )
