"""What a task with several motions cannot have."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ConfigError
from ..readers.motion import Motion
from .environment_config import EnvironmentConfig
from .rewards import GaitNetReward

TOLD = ("default", "mass")
"""Observations that tell the policy which motion it follows."""


def check_several(config: EnvironmentConfig, motions: Sequence[Motion]) -> None:
    """ConfigError for a task that several motions cannot have, with the field and the fix."""
    if len(motions) < 2:
        return
    observed, reward = config.observation.type, config.reward
    if observed not in TOLD:
        raise ConfigError(
            f"environment: observation.type: {observed} does not say which of the {len(motions)} motions is "
            f"followed; use {' or '.join(TOLD)}"
        )
    if isinstance(reward, GaitNetReward):
        raise ConfigError(
            "environment: reward.type: gaitnet rewards one gait; use deepmimic or scadiver with motions"
        )
    for term in ("moment", "ground_force"):
        if getattr(reward, term).weight > 0:
            raise ConfigError(
                f"environment: reward.{term}: its norms are those of one gait; set weight: 0 with motions"
            )
    for name, parameter in config.parameters.items():
        where = f"environment: parameters.{name}: {parameter.acts_on}"
        if parameter.acts_on == "speed":
            raise ConfigError(
                f"{where} has no value that fits several motions; use stride, cadence"
            )
        if parameter.acts_on == "stride":
            for motion in motions:
                if not motion.cyclic:
                    raise ConfigError(f"{where} needs cycles, and {motion.name} is none; drop it")
