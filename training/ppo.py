"""Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347), after CleanRL's habits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from muscle_viewer.core import Policy
from pydantic import ConfigDict
from torch import nn
from torch.distributions import Normal


@dataclass(frozen=True)
class PpoSettings:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    hidden: tuple[int, ...] = (256, 256)
    log_std: float = 0.0
    """Of the actions at the start, natural logarithm."""
    final_log_std: float = -1.5
    """Its upper bound falls linearly to this: a policy that keeps exploring learns to brace itself
    against its own noise."""
    learning_rate: float = 3e-4
    """At most; lowered while updates overshoot target_kl, raised again while they fall short."""
    horizon: int = 64
    """Control steps of each environment per iteration."""
    epochs: int = 5
    batch: int = 1024
    gamma: float = 0.97
    """Discount per control step."""
    gae_lambda: float = 0.95
    clip: float = 0.2
    value_weight: float = 0.5
    entropy_weight: float = 0.0
    max_grad_norm: float = 0.5
    target_kl: float = 0.02
    """Wanted distance of an update's policy from the one that acted; at twice it, it ends."""


class Rollout:
    """One iteration's experience, tensors (horizon, environments, ...)."""

    def __init__(self, horizon: int, envs: int, obs_dim: int, action_dim: int) -> None:
        self.obs = torch.zeros(horizon, envs, obs_dim)
        self.actions = torch.zeros(horizon, envs, action_dim)
        self.log_probs = torch.zeros(horizon, envs)
        self.values = torch.zeros(horizon, envs)
        self.rewards = torch.zeros(horizon, envs)
        self.ended = torch.zeros(horizon, envs)
        """1 where the step ended the episode, by a fall or by time."""

    def advantages(self, last_value: torch.Tensor, gamma: float, lam: float) -> torch.Tensor:
        """Generalised advantage estimates (Schulman et al. 2016, arXiv 1506.02438, eq. 16).

        The reward of a truncated step must already hold gamma V(final observation).
        """
        advantages = torch.zeros_like(self.rewards)
        following, ahead = last_value, torch.zeros_like(last_value)
        for t in reversed(range(self.rewards.shape[0])):
            goes_on = 1 - self.ended[t]
            delta = self.rewards[t] + gamma * following * goes_on - self.values[t]
            ahead = delta + gamma * lam * goes_on * ahead
            advantages[t] = ahead
            following = self.values[t]
        return advantages


@dataclass(frozen=True)
class PpoStatistics:
    policy_loss: float
    value_loss: float
    kl: float
    clipped: float
    """Share of samples whose ratio was clipped."""
    epochs: int
    learning_rate: float


def initialise(policy: Policy) -> None:
    """Orthogonal layers; actions begin near zero, at the reference pose."""
    for network, last_gain in ((policy.actor, 0.01), (policy.critic, 1.0)):
        layers = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer in layers:
            nn.init.orthogonal_(layer.weight, last_gain if layer is layers[-1] else 2**0.5)
            nn.init.zeros_(layer.bias)


class Ppo:
    def __init__(self, policy: Policy, settings: PpoSettings, generator: torch.Generator) -> None:
        self.policy = policy
        self.settings = settings
        self._generator = generator
        self.learning_rate = settings.learning_rate
        self.optimiser = torch.optim.Adam(policy.parameters(), settings.learning_rate, eps=1e-5)

    @torch.no_grad()
    def act(self, obs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sampled actions (n, A), their log probabilities (n,) and the values of obs (n,)."""
        normalised = self.policy.normalise(obs)
        mean = self.policy.actor(normalised)
        noise = torch.randn(mean.shape, generator=self._generator)
        distribution = Normal(mean, self.policy.log_std.exp(), validate_args=False)
        action = mean + noise * distribution.scale
        value = self.policy.critic(normalised).squeeze(-1)
        return action, distribution.log_prob(action).sum(-1), value

    @torch.no_grad()
    def value(self, obs: torch.Tensor) -> torch.Tensor:
        return self.policy.critic(self.policy.normalise(obs)).squeeze(-1)

    @torch.no_grad()
    def limit_exploration(self, progress: float) -> None:
        """Bound the actions' deviation for this share of the run."""
        start, end = self.settings.log_std, self.settings.final_log_std
        self.policy.log_std.clamp_(max=start + (end - start) * progress)

    def update(self, rollout: Rollout, last_obs: torch.Tensor, rate_limit: float) -> PpoStatistics:
        """Epochs of minibatches on one rollout, then its observations into the normalisation.

        rate_limit: of the learning rate, which follows the KL divergence below it.
        """
        settings, policy = self.settings, self.policy
        advantages = rollout.advantages(self.value(last_obs), settings.gamma, settings.gae_lambda)
        returns = (advantages + rollout.values).flatten()
        advantages = advantages.flatten()
        obs, actions = rollout.obs.flatten(0, 1), rollout.actions.flatten(0, 1)
        old_log_probs = rollout.log_probs.flatten()
        normalised = policy.normalise(obs)

        batch = min(settings.batch, len(obs))
        self.learning_rate = min(self.learning_rate, rate_limit)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate
        policy_loss = value_loss = kl = clipped = 0.0
        epoch = 0
        while epoch < settings.epochs and kl <= 2 * settings.target_kl:
            epoch += 1
            order = torch.randperm(len(obs), generator=self._generator)
            kls, clips = [], []
            for rows in order[: len(order) - len(order) % batch].split(batch):
                distribution = Normal(
                    policy.actor(normalised[rows]), policy.log_std.exp(), validate_args=False
                )
                log_ratio = distribution.log_prob(actions[rows]).sum(-1) - old_log_probs[rows]
                ratio = log_ratio.exp()
                advantage = advantages[rows]
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                surrogate = torch.min(
                    advantage * ratio,
                    advantage * ratio.clamp(1 - settings.clip, 1 + settings.clip),
                ).mean()
                value = policy.critic(normalised[rows]).squeeze(-1)
                value_error = 0.5 * (value - returns[rows]).square().mean()
                entropy = distribution.entropy().sum(-1).mean()
                loss = (
                    settings.value_weight * value_error
                    - surrogate
                    - settings.entropy_weight * entropy
                )
                self.optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(policy.parameters(), settings.max_grad_norm)
                self.optimiser.step()
                with torch.no_grad():
                    kls.append(((ratio - 1) - log_ratio).mean().item())
                    clips.append(((ratio - 1).abs() > settings.clip).float().mean().item())
                policy_loss, value_loss = -surrogate.item(), value_error.item()
            kl, clipped = sum(kls) / len(kls), sum(clips) / len(clips)
        statistics = PpoStatistics(policy_loss, value_loss, kl, clipped, epoch, self.learning_rate)
        self._follow_divergence(kl)
        policy.observe(obs)
        return statistics

    def _follow_divergence(self, kl: float) -> None:
        """The next update's learning rate, from where this one ended."""
        if kl > 1.5 * self.settings.target_kl:
            self.learning_rate = max(self.learning_rate / 1.5, 1e-6)
        elif kl < self.settings.target_kl / 1.5:
            self.learning_rate *= 1.2

    def state_dict(self) -> dict[str, Any]:
        return {
            "policy": self.policy.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "learning_rate": self.learning_rate,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.policy.load_state_dict(state["policy"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.learning_rate = float(state["learning_rate"])
