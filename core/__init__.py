"""The simulator: characters, environments, muscle networks; no windows, no training."""

from importlib.metadata import PackageNotFoundError, version

import torch  # first: the core links the libtorch that this brings

from . import _core
from .batch_env import BatchEnv
from .checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from .configuration import EnvironmentConfig, load_config
from .environment import Environment
from .errors import CheckpointError, ConfigError, ModelError, ShapeError, UserError
from .frame import Frame, ModelInfo, MuscleSamples, Shape
from .policy import Policy

if _core.torch_version != torch.__version__:
    raise ImportError(
        f"muscle_viewer's core was built for torch {_core.torch_version}, "
        f"and torch {torch.__version__} is installed: build it again with 'make setup'"
    )

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
    "UserError",
    "load_checkpoint",
    "load_config",
    "save_checkpoint",
]
