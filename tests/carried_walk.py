"""Walkers without a trained policy: MASS's human follows its reference by stable PD, held by forces at pelvis and arms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from muscle_viewer.core import BatchEnv, Checkpoint
from muscle_viewer.core.configuration import load_config
from muscle_viewer.core.configuration.environment_config import EnvironmentConfig
from numpy.typing import NDArray

HELD = ("Pelvis", "ArmL", "ArmR")
STIFFNESS, DAMPING, LIFT = 3000.0, 300.0, 0.3
"""N/m, N s/m, of each held body, and the part of both that acts upwards: the feet carry the rest of the weight."""
KP, KV = 1500.0, 100.0
"""N m/rad, N m s/rad, of every joint."""


def idle_policy(observations: int, actions: int) -> dict[str, torch.Tensor]:
    """A policy whose actions are zero: the targets are the reference's."""
    state = {"log_std": torch.zeros(actions)}
    for name, outputs in (("actor", actions), ("critic", 1)):
        for layer, (rows, columns) in zip(
            (0, 2, 4), ((4, observations), (4, 4), (outputs, 4)), strict=True
        ):
            state[f"{name}.{layer}.weight"] = torch.zeros(rows, columns)
            state[f"{name}.{layer}.bias"] = torch.zeros(rows)
    state["obs_mean"], state["obs_var"] = torch.zeros(observations), torch.ones(observations)
    state["obs_count"] = torch.tensor(1.0, dtype=torch.float64)
    return state


def following(environment: Path, **changes: Any) -> Checkpoint:
    """A checkpoint that follows the environment's reference by stable PD."""
    config: EnvironmentConfig = load_config(environment)
    character = config.character.model_copy(update={"kp": KP, "kv": KV})
    config = config.model_copy(update={"actuator": "pd", "character": character, **changes})
    env = BatchEnv(config, num_envs=1, threads=1)
    return Checkpoint(config=config, policy=idle_policy(env.obs_dim, env.action_dim), muscle={})


def upright() -> Callable[[BatchEnv, NDArray[np.bool_]], None]:
    """What keeps the walkers upright, for `record(after_step=...)`."""
    offsets: list[NDArray[np.float64]] = []
    last: list[NDArray[np.float64]] = []

    def hold(env: BatchEnv, alive: NDArray[np.bool_]) -> None:
        bodies = [env.info.body_names.index(name) for name in HELD]
        found = env.snapshot(["body_positions", "reference_positions"])
        places = found["body_positions"][:, bodies].astype(np.float64)
        root = found["reference_positions"][:, 3:6].astype(np.float64)
        if not offsets:
            offsets.append(places - places[:, :1])
        wanted = root[:, None] + offsets[0]
        error = wanted - places
        rate = (error - last[0]) * env.info.control_hz if last else np.zeros_like(error)
        last[:] = [error]
        force = STIFFNESS * error + DAMPING * rate
        force[..., 1] *= LIFT
        for index in map(int, np.flatnonzero(alive)):
            for k, body in enumerate(bodies):
                env.set_external_force(index, body, force[index, k], places[index, k])

    return hold
