"""Teachers: policies of single motions that a policy of several learns from, beside its own experience.

The distance from the teacher's action, where the policy itself got to, is a term of its loss (kickstarting, Schmitt et
al. 2018, arXiv 1803.03835, eq. 4): with equal deviations the KL divergence of two normal distributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from muscle_viewer.core import BatchEnv, ConfigError, Policy, load_checkpoint
from muscle_viewer.core.observation_names import observation_names

from .policy_fit import observation_places


@dataclass(frozen=True)
class Teacher:
    policy: Policy
    places: torch.Tensor
    """Of its observations among the environment's."""
    share: int
    """Place of the observed share of its motion."""

    def teaches(self, obs: torch.Tensor) -> torch.Tensor:
        """Which of these observations (n, obs_dim) are of its motion alone, and not of a transition."""
        return obs[:, self.share] == 1

    @torch.no_grad()
    def actions(self, obs: torch.Tensor) -> torch.Tensor:
        """Its mean actions for observations (n, obs_dim) of the environment."""
        rows = self.policy.normalise(obs.index_select(1, self.places))
        return self.policy.finish(self.policy.actor(rows))


def load_teachers(
    files: Mapping[str, str], env: BatchEnv, device: torch.device, data: Path | None = None
) -> tuple[Teacher, ...]:
    """A teacher of each motion that is named, by its checkpoint's file. data: as of `load_checkpoint`.

    ConfigError for a motion that the environment does not have, or a policy that does not fit it.
    """
    if files and len(env.clip_names) < 2:
        raise ConfigError(
            "--teacher: the environment has one motion; --from begins with a policy of it"
        )
    teachers = []
    for name, file in files.items():
        if name not in env.clip_names:
            raise ConfigError(
                f"--teacher {name}={file}: the environment has no motion '{name}'; it has "
                f"{', '.join(env.clip_names)}"
            )
        checkpoint = load_checkpoint(file, data=data)
        if "actor.0.weight" not in checkpoint.policy:
            raise ConfigError(f"{file}: policy: several networks; a teacher has one")
        places = torch.tensor(observation_places(checkpoint, env), device=device)
        names = observation_names(env.config, env.info, env.obs_dim)
        policy = Policy.from_state_dict(checkpoint.policy).to(device)
        teachers.append(Teacher(policy, places, names.index(f"clip {name}")))
    return tuple(teachers)
