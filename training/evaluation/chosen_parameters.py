"""Values of an environment's parameters that a user chooses, and sweeps over one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from muscle_viewer.core import BatchEnv, ConfigError, EnvironmentConfig
from muscle_viewer.core.configuration.chosen_values import finite_number
from muscle_viewer.core.configuration.parameters import parameter_table
from numpy.typing import ArrayLike, NDArray

MOST_VALUES = 1000


@dataclass(frozen=True)
class Sweep:
    """A parameter and the values that it takes, one after another."""

    name: str
    values: tuple[float, ...]


def choose(env: BatchEnv, values: Mapping[str, ArrayLike]) -> None:
    """Give the parameters these values from the next reset on, and all others their defaults."""
    table = parameter_table(env.parameter_info, values, env.num_envs)
    defaults = np.array([info.default for info in env.parameter_info])
    env.set_parameters(np.where(np.isnan(table), defaults, table))


def muscle_strengths(env: BatchEnv) -> NDArray[np.float64]:
    """Maximal isometric forces of the present bodies, shape (num_envs, muscles), N."""
    forces = np.tile(env.info.max_isometric_force.astype(np.float64), (env.num_envs, 1))
    for k, info in enumerate(env.parameter_info):
        if info.strength_power:
            muscles = list(info.muscles) or slice(None)
            forces[:, muscles] *= env.parameters[:, [k]] ** info.strength_power
    return forces


def parse_sweep(text: str) -> Sweep:
    """`name=0:1:11`: eleven values from 0 to 1. ConfigError for other texts."""
    name, equals, span = text.partition("=")
    parts = span.split(":")
    if not equals or not name.strip() or len(parts) != 3:
        raise ConfigError(f"--sweep: '{text}' is not name=first:last:number, as in weak_l=0:1:11")
    first, last, number = (finite_number("--sweep", part) for part in parts)
    if number != int(number) or not 1 <= number <= MOST_VALUES:
        raise ConfigError(f"--sweep: the number of values must be 1 to {MOST_VALUES}")
    return Sweep(name.strip(), tuple(np.linspace(first, last, int(number)).tolist()))


def check_sweep(sweep: Sweep, config: EnvironmentConfig) -> None:
    """ConfigError for a parameter that the environment does not have, or a value out of its range."""
    if sweep.name not in config.parameters:
        known = ", ".join(config.parameters) or "none"
        raise ConfigError(f"--sweep: '{sweep.name}' is no parameter; the environment has {known}")
    low, high = config.parameters[sweep.name].range
    for value in sweep.values:
        if not low <= value <= high:
            raise ConfigError(
                f"--sweep: {sweep.name} {value:g} given, {low:g} to {high:g} expected"
            )
