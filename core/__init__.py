"""The simulator: characters, environments, muscle networks; no windows, no training.

Every name is imported at its first use: names that need neither the compiled core nor torch, such as the errors and the
frames, load without them, so that a window can open before torch is loaded.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import _core as _core
    from .batch_env import BatchEnv
    from .checkpoint import Checkpoint, save_checkpoint
    from .configuration import EnvironmentConfig, load_config
    from .environment import Environment
    from .errors import CheckpointError, ConfigError, ModelError, ShapeError, StateError, UserError
    from .frame import Frame, ModelInfo, MuscleSamples, Shape
    from .loading import load_checkpoint
    from .policy import Policy

try:
    __version__ = version("muscle-viewer")
except PackageNotFoundError:  # imported from a bare build tree
    __version__ = "0"

__all__ = [
    "BatchEnv",
    "Checkpoint",
    "CheckpointError",
    "ConfigError",
    "Environment",
    "EnvironmentConfig",
    "Frame",
    "ModelError",
    "ModelInfo",
    "MuscleSamples",
    "Policy",
    "Shape",
    "ShapeError",
    "StateError",
    "UserError",
    "load_checkpoint",
    "load_config",
    "save_checkpoint",
]

_HOMES = {
    "BatchEnv": "batch_env",
    "Checkpoint": "checkpoint",
    "CheckpointError": "errors",
    "ConfigError": "errors",
    "Environment": "environment",
    "EnvironmentConfig": "configuration",
    "Frame": "frame",
    "ModelError": "errors",
    "ModelInfo": "frame",
    "MuscleSamples": "frame",
    "Policy": "policy",
    "Shape": "frame",
    "ShapeError": "errors",
    "StateError": "errors",
    "UserError": "errors",
    "load_checkpoint": "loading",
    "load_config": "configuration",
    "save_checkpoint": "checkpoint",
}
"""The module of each name."""


def __getattr__(name: str) -> Any:
    """Import a name at its first use."""
    if name == "_core":
        return _load_core()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _load_core() -> Any:
    """Import the compiled core, after torch, whose libtorch it links.

    ImportError if it was built for another version of torch, before the linker reports missing symbols.
    """
    import torch

    wanted = _torch_of_core()
    if wanted not in ("", torch.__version__):
        raise ImportError(
            f"muscle_viewer's core was built for torch {wanted}, "
            f"and torch {torch.__version__} is installed: build it again with 'make setup'"
        )
    return import_module("._core", __name__)


def _one_thread() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


# A fork has none of its parent's OpenMP threads, for which torch would wait without end; `multiprocessing`, gymnasium's
# `AsyncVectorEnv` and Stable-Baselines3's `SubprocVecEnv` fork.
os.register_at_fork(after_in_child=_one_thread)


def _torch_of_core() -> str:
    """The version of torch that the core was built for, from a file in the same folder; empty without one."""
    spec = find_spec("._core", __name__)
    if spec is None or spec.origin is None:
        return ""
    file = Path(spec.origin).with_name("torch_version.txt")
    return file.read_text().strip() if file.is_file() else ""
