"""What a collector brings from one horizon of its environments, and a learner learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch

from .logging.episodes import Episode
from .ppo import Rollout


@dataclass(frozen=True)
class Fragment:
    """The experience of one horizon of E environments, and the muscle samples and episodes within it."""

    rollout: Rollout
    last_obs: torch.Tensor
    """Observations after the last step, (E, observations)."""
    explored: bool
    """Whether the actions were random ones of the warm-up, so that only the muscle network learns from it."""
    jta: torch.Tensor
    """Muscle samples, in the order of the steps: reduced JtA, (n, R)."""
    torque: torch.Tensor
    """Desired joint torques of the same samples, (n, D), N m."""
    passive: torch.Tensor
    """Passive joint torques of the same samples, (n, D) or (n, 0), as `MuscleSamples`."""
    episodes: list[Episode]
    """Those that ended."""
    rewards: Mapping[str, float]
    """Means of the reward ('total') and of its terms before weighting."""
    activation: float
    """Mean over muscles and environments, last control step."""
    clip_weights: tuple[float, ...] = (1.0,)
    """Share of the episodes that drew each motion."""

    @property
    def steps(self) -> int:
        """Control steps of all environments together."""
        return self.rollout.rewards.numel()

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["rollout"] = dict(vars(self.rollout))
        plain["episodes"] = [tuple(episode) for episode in self.episodes]
        plain["rewards"] = dict(self.rewards)
        return plain

    @staticmethod
    def from_state_dict(state: Mapping[str, Any]) -> Fragment:
        rollout = Rollout(0, 0, 0, 0)
        vars(rollout).update(state["rollout"])
        if "beyond" not in state["rollout"]:  # runs of earlier versions have none
            rollout.beyond = rollout.actions[..., :0]
        episodes = [Episode(*episode) for episode in state["episodes"]]
        return Fragment(**{**state, "rollout": rollout, "episodes": episodes})


def joined(fragments: Sequence[Fragment]) -> Fragment:
    """The fragments of several collectors as one, in their order. All are of one kind, explored or not."""
    if len(fragments) == 1:
        return fragments[0]
    shares = [fragment.steps for fragment in fragments]
    total = sum(shares)

    def mean(values: Sequence[float]) -> float:
        return sum(v * n for v, n in zip(values, shares, strict=True)) / total

    return Fragment(
        Rollout.joined([fragment.rollout for fragment in fragments]),
        torch.cat([fragment.last_obs for fragment in fragments]),
        fragments[0].explored,
        torch.cat([fragment.jta for fragment in fragments]),
        torch.cat([fragment.torque for fragment in fragments]),
        torch.cat([fragment.passive for fragment in fragments]),
        [episode for fragment in fragments for episode in fragment.episodes],
        {name: mean([f.rewards[name] for f in fragments]) for name in fragments[0].rewards},
        mean([fragment.activation for fragment in fragments]),
        tuple(map(mean, zip(*(fragment.clip_weights for fragment in fragments), strict=True))),
    )
