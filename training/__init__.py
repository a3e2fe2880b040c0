"""Training: PPO for the policy, supervised learning for the muscle network.

from muscle_viewer.training import TrainingSettings, train

train("assets/environments/walk.yaml", "runs/walk", TrainingSettings(minutes=60))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .run import train
    from .settings import TrainingSettings

__all__ = ["TrainingSettings", "train"]

_HOMES = {"TrainingSettings": "settings", "train": "run"}


def __getattr__(name: str) -> Any:
    """Import a name at its first use, so that the commands start without torch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
