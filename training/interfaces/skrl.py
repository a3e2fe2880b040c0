"""skrl: its wrapper around the gymnasium VectorEnv, in SAME_STEP mode. Needs the extra `skrl`."""

from __future__ import annotations

from typing import Any

from ..extras import library
from .gymnasium import MuscleVectorEnv

library("skrl", "skrl")


def make_skrl(environment: Any = "walk", num_envs: int = 1, **options: Any) -> Any:
    """`num_envs` environments as skrl's trainers take them. Arguments: MuscleVectorEnv."""
    from skrl.envs.wrappers.torch import wrap_env

    options = {"autoreset_mode": "SameStep", **options}
    return wrap_env(MuscleVectorEnv(environment, num_envs, **options), wrapper="gymnasium")
