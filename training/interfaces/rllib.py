"""RLlib: the name under which its algorithms find the environments. Needs the extra `rllib`.

config.environment(register_rllib(), env_config={"environment": "walk"})
mode = gymnasium.VectorizeMode.VECTOR_ENTRY_POINT
config.env_runners(gym_env_vectorize_mode=mode, num_envs_per_env_runner=32)
"""

from __future__ import annotations

from typing import Any

from ..extras import library
from .gymnasium import MuscleEnv, MuscleVectorEnv

library("ray.rllib", "rllib")

NAME = "muscle_viewer"


def create(settings: Any) -> Any:
    """RLlib's creator: a batch where it names num_envs, a single environment otherwise."""
    options = dict(settings)
    num_envs = options.pop("num_envs", None)
    if num_envs is None:
        return MuscleEnv(**options)
    return MuscleVectorEnv(num_envs=num_envs, autoreset_mode="NextStep", **options)


def register_rllib() -> str:
    """Register the creator; returns its name. `env_config`: arguments of MuscleVectorEnv."""
    from ray.tune.registry import register_env

    register_env(NAME, create)
    return NAME
