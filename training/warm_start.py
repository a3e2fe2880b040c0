"""Start of a run from the networks of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import Checkpoint, ConfigError, Policy, load_checkpoint
from muscle_viewer.core.policy import Form, matrices

from .muscle_learner import MuscleSettings
from .policy_fit import observation_places
from .ppo import PpoSettings
from .settings import TrainingSettings
from .trainer import Trainer

FIRST_RATE = 2e-5
"""Learning rate of the policy's first update; it grows from update to update. That of a new policy, whose actions are
random, would spoil a trained one in a single update."""
LEAST_LOG_STD = -1.0
"""Least natural logarithm of the actions' standard deviation at the start, where none is set. A policy that hardly
explores any more, as at the end of its run, learns slowly what is new: its steps are bounded by the divergence, in
units of the deviation."""


@dataclass(frozen=True)
class WarmStart:
    """A checkpoint whose policy and muscle network a run begins with.

    The environment may observe more than the checkpoint's, and the run's policy may have wider hidden layers. Weights
    of entries that the checkpoint does not know, by their names, and of units that it does not have begin at zero, so
    that the first actions are the checkpoint's.
    """

    checkpoint: Checkpoint
    policy: Policy

    @staticmethod
    def of(path: str | Path, data: Path | None = None) -> WarmStart:
        """CheckpointError for a file that cannot be read, ConfigError for a policy that is not trained here."""
        checkpoint = load_checkpoint(path, data=data)
        if "actor.0.weight" not in checkpoint.policy:
            raise ConfigError(f"{path}: policy: several networks; a run begins with one")
        policy = Policy.from_state_dict(checkpoint.policy)
        if Form.of(checkpoint.policy.get("form")) != Form():
            raise ConfigError(
                f"{path}: policy: has the form of another program; a run begins with one that muscle-train wrote"
            )
        return WarmStart(checkpoint, policy)

    def settings(self, settings: TrainingSettings) -> TrainingSettings:
        """The run's settings with the sizes of the checkpoint's networks, or a wider policy, and without a warm-up.

        ConfigError if other sizes are asked for.
        """
        hidden = _widths(self.checkpoint.policy, "actor.")
        if settings.ppo.hidden != PpoSettings().hidden and _is_wider(settings.ppo.hidden, hidden):
            hidden = settings.ppo.hidden
        chosen = replace(settings, ppo=replace(settings.ppo, hidden=hidden))
        if self.checkpoint.muscle:
            hidden = _widths(self.checkpoint.muscle, "fc.")
            if len(hidden) != 3:
                raise ConfigError(
                    f"{self.checkpoint.path}: muscle network: {len(hidden)} hidden layers; three are trained"
                )
            chosen = replace(chosen, muscle=replace(settings.muscle, hidden=hidden), warm_up=0)
        for part, asked, default in (
            ("ppo", settings.ppo.hidden, PpoSettings().hidden),
            ("muscle", settings.muscle.hidden, MuscleSettings().hidden),
        ):
            given = getattr(chosen, part).hidden
            if asked not in (default, given):
                wider = " or ask for wider layers, as many" if part == "ppo" else ""
                raise ConfigError(
                    f"--set {part}.hidden: {list(asked)} is asked for, and {self.checkpoint.path} has "
                    f"{list(given)}; leave it out{wider}"
                )
        return chosen

    def load_into(self, trainer: Trainer) -> None:
        """Give the trainer the checkpoint's networks. ConfigError names what does not fit the environment."""
        env, mine = trainer.env, self.checkpoint
        places = observation_places(mine, env)
        state = _with_observations(self.policy, places, env.obs_dim)
        trainer.policy.load_state_dict(_with_units(state, trainer.policy.state_dict()))
        asked = trainer.ppo.settings.log_std
        with torch.no_grad():
            if asked == PpoSettings().log_std:
                trainer.policy.log_std.clamp_(min=LEAST_LOG_STD)
            else:
                trainer.policy.log_std.fill_(asked)
        trainer.ppo.learning_rate = min(FIRST_RATE, trainer.ppo.learning_rate)
        if trainer.muscle_network is not None:
            wanted = {k: tuple(v.shape) for k, v in trainer.muscle_state.items()}
            given = {k: tuple(v.shape) for k, v in mine.muscle.items()}
            if wanted != given:
                raise ConfigError(
                    f"{mine.path}: muscle network: is not of the environment's muscles; "
                    "a run begins with a network of the same character"
                )
            trainer.muscle_network.load_state_dict(dict(mine.muscle))
            trainer.rollouts.hand_over()

    def meta(self) -> dict[str, Any]:
        """Where the networks come from, for the run's checkpoints."""
        meta = self.checkpoint.meta
        return {
            key: meta[key]
            for key in (
                "command",
                "commands",
                "steps",
                "training_seconds",
                "machine",
                "started_from",
            )
            if key in meta
        }


def _widths(state: Mapping[str, torch.Tensor], part: str) -> tuple[int, ...]:
    """Widths of the hidden layers of a network."""
    return tuple(int(weight.shape[0]) for weight in matrices(state, part)[:-1])


def _is_wider(asked: Sequence[int], given: Sequence[int]) -> bool:
    return len(asked) == len(given) and all(a >= g for a, g in zip(asked, given, strict=True))


def _with_units(
    state: Mapping[str, torch.Tensor], wide: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """A policy's tensors in the hidden layers of a wider one, whose further units keep their weights and have no effect.

    The function is the same, with more to learn by (Chen et al. 2016, Net2Net, arXiv 1511.05641).
    """
    result = {}
    for name, tensor in state.items():
        result[name] = wide[name].clone().to(tensor.dtype)
        if name.endswith("weight"):
            result[name][: len(tensor)] = 0  # known units do not see the further ones
        result[name][tuple(map(slice, tensor.shape))] = tensor
    return result


def _with_observations(policy: Policy, places: Sequence[int], size: int) -> dict[str, torch.Tensor]:
    """A policy's tensors with its observations at these places of `size`; the others have no effect."""
    state = dict(policy.state_dict())
    at = torch.tensor(places)
    for name in ("actor.0.weight", "critic.0.weight"):
        wide = torch.zeros(state[name].shape[0], size)
        wide[:, at] = state[name]
        state[name] = wide
    for name, rest in (("obs_mean", 0.0), ("obs_var", 1.0)):
        wide = torch.full((size,), rest, dtype=state[name].dtype)
        wide[at] = state[name]
        state[name] = wide
    return state
