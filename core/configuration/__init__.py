"""The environment's configuration: its fields, and the files that it is read from."""

from ..folders import assets_folder, checkpoints_folder
from .environment_config import (
    ASSETS,
    ENGINES,
    Disturbance,
    EnvironmentConfig,
    Episode,
    Muscles,
    Observation,
)
from .load import config_from_text, load_config, parse_config
from .parameters import Curriculum, Parameter, ParameterInfo
from .rewards import GaitNetReward

__all__ = [
    "ASSETS",
    "ENGINES",
    "Curriculum",
    "Disturbance",
    "EnvironmentConfig",
    "Episode",
    "GaitNetReward",
    "Muscles",
    "Observation",
    "Parameter",
    "ParameterInfo",
    "assets_folder",
    "checkpoints_folder",
    "config_from_text",
    "load_config",
    "parse_config",
]
