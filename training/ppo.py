"""Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347), with CleanRL's conventions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple

import torch
from muscle_viewer.core import Policy
from muscle_viewer.core.mirror import Mirror
from pydantic import ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from .precision import Precision, takes_bfloat16
from .symmetry import Reflection
from .teachers import Teacher

Share = Annotated[float, Field(ge=0, le=1)]
LogDeviation = Annotated[float, Field(ge=-20, le=5)]


@dataclass(frozen=True)
class PpoSettings:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (256, 256)
    """Widths of the hidden layers, of the actor's network and of the critic's."""
    log_std: LogDeviation = 0.0
    """Natural logarithm of the actions' standard deviation at the start."""
    final_log_std: LogDeviation = -1.5
    """Final upper bound of the same; the bound falls linearly, as a policy that keeps exploring learns to
    stiffen against its own noise."""
    learning_rate: PositiveFloat = 1e-3
    """Largest learning rate; it is lowered while updates exceed target_kl, and raised again below it."""
    horizon: PositiveInt = 64
    """Control steps of each environment per iteration."""
    epochs: PositiveInt = 2
    """Passes over the samples of an iteration."""
    batch: PositiveInt = 2048
    """Number of samples of a gradient step."""
    gamma: Share = 0.97
    """Discount per control step."""
    gae_lambda: Share = 0.95
    """Lambda of the generalised advantage estimates: with 0 they rely on the critic, with 1 on the rewards only."""
    clip: PositiveFloat = 0.2
    """Clipping range of the probability ratio, on both sides of 1."""
    value_weight: NonNegativeFloat = 0.5
    """Weight of half the critic's squared error in the loss."""
    entropy_weight: NonNegativeFloat = 0.0
    """Weight of the entropy bonus in the loss."""
    symmetry_weight: NonNegativeFloat = 4.0
    """Weight of the symmetry loss: the squared difference to the mirrored action, summed over actions."""
    teacher_weight: NonNegativeFloat = 0.2
    """Weight at the start of the distance from a teacher's actions in the loss; it falls linearly to 0 over the run."""
    reach_weight: NonNegativeFloat = 0.0
    """Weight in the loss of what actions ask beyond the muscles' reach, training/reach.py: at most 1 for each action."""
    max_grad_norm: PositiveFloat = 0.5
    """Upper bound of the gradient's norm."""
    precision: Precision = "auto"
    """Precision of the update's matrix products; parameters, losses and actions are float32. auto is
    bfloat16 on a CPU that multiplies it, and on such a GPU for layers of width 512 or more."""
    target_kl: PositiveFloat = 0.02
    """Desired KL divergence of an update's policy from the one that acted; at twice this value the update ends."""


class Rollout:
    """One iteration's experience, tensors (horizon, environments, ...)."""

    def __init__(
        self,
        horizon: int,
        envs: int,
        obs_dim: int,
        action_dim: int,
        device: torch.device | str = "cpu",
        reach: bool = False,
    ) -> None:
        self.obs = torch.zeros(horizon, envs, obs_dim, device=device)
        self.actions = torch.zeros(horizon, envs, action_dim, device=device)
        self.beyond = torch.zeros(horizon, envs, action_dim if reach else 0, device=device)
        """What the actions ask beyond the muscles' reach; of no width where nothing is learned from it."""
        self.log_probs, self.values, self.rewards, self.ended, self.clips, self.alone = (
            torch.zeros(horizon, envs, device=device) for _ in range(6)
        )
        """ended: 1 if the step ended the episode, by a fall or by time; otherwise 0.
        clips: index of the motion that the step followed.
        alone: 1 if the episode has followed no other motion before, else 0."""

    @staticmethod
    def joined(rollouts: Sequence[Rollout]) -> Rollout:
        """One rollout of the environments of several with the same horizon."""
        joined = Rollout(0, 0, 0, 0)
        for name in vars(joined):
            setattr(joined, name, torch.cat([getattr(part, name) for part in rollouts], dim=1))
        return joined

    def advantages(self, last_value: torch.Tensor, gamma: float, lam: float) -> torch.Tensor:
        """Generalised advantage estimates (Schulman et al. 2016, arXiv 1506.02438, eq. 16).

        The reward of a truncated step must already include gamma V(final observation).
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


class _Samples(NamedTuple):
    """Rows of a rollout; observations normalised, their mirror images empty without a mirror."""

    obs: torch.Tensor
    images: torch.Tensor
    actions: torch.Tensor
    log_probs: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor
    clips: torch.Tensor
    beyond: torch.Tensor
    taught: torch.Tensor
    lessons: torch.Tensor
    """taught: 1 where a teacher acts, 0 elsewhere, (n,); lessons: its actions, (n, A) or (n, 0) without teachers."""


@dataclass(frozen=True)
class PpoStatistics:
    policy_loss: float
    value_loss: float
    kl: float
    clipped: float
    """Fraction of samples whose ratio was clipped."""
    epochs: int
    learning_rate: float


def initialise(policy: Policy) -> None:
    """Initialise the layers orthogonally; the first actions are near zero, so the target is the reference pose."""
    for network, last_gain in ((policy.actor, 0.01), (policy.critic, 1.0)):
        layers = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer in layers:
            nn.init.orthogonal_(layer.weight, last_gain if layer is layers[-1] else 2**0.5)
            nn.init.zeros_(layer.bias)


class Ppo:
    """Proximal policy optimisation on the policy's device; `generator` is on the CPU.

    mirror: mirrors observations and actions, for a symmetric character. A loss then penalises the
    distance of the mean action from the mirror image of the action for the mirrored observation
    (Yu et al. 2018, doi 10.1145/3197517.3201397, eq. 4).
    teachers: whose actions the policy's are drawn to.
    """

    def __init__(
        self,
        policy: Policy,
        settings: PpoSettings,
        generator: torch.Generator,
        mirror: Mirror | None = None,
        teachers: Sequence[Teacher] = (),
    ) -> None:
        self.policy = policy
        self.settings = settings
        self._generator = generator
        self.device = policy.log_std.device
        self._in_bfloat16 = takes_bfloat16(settings.precision, settings.hidden, self.device)
        self._mirror = (
            (Reflection(mirror.observation, self.device), Reflection(mirror.action, self.device))
            if mirror
            else None
        )
        self._teachers = teachers
        self._teaching = settings.teacher_weight if teachers else 0.0
        self.learning_rate = settings.learning_rate
        self.optimiser = torch.optim.Adam(
            policy.parameters(), settings.learning_rate, eps=1e-5, fused=True
        )

    def act(self, obs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Sampled actions (n, A) and their log probabilities (n,)."""
        shape = (*obs.shape[:-1], self.policy.log_std.shape[0])
        noise = torch.randn(shape, generator=self._generator).to(self.device)
        log_probs = log_probability_of_noise(noise, self.policy.log_std).detach()
        return noisy_actions(self.policy, obs, noise), log_probs

    @torch.no_grad()
    def observe(self, obs: torch.Tensor) -> None:
        """Add rows of observations, and their mirror images, to the policy's normalisation."""
        rows = torch.cat([obs, self._mirror[0](obs)]) if self._mirror else obs
        self.policy.observe(rows)

    @torch.no_grad()
    def limit_exploration(self, progress: float) -> None:
        """Bound the actions' standard deviation at this fraction of the run."""
        start, end = self.settings.log_std, self.settings.final_log_std
        self.policy.log_std.clamp_(max=start + (end - start) * progress)

    def limit_teaching(self, progress: float) -> None:
        """Lower the weight of the teachers at this fraction of the run."""
        if self._teachers:
            self._teaching = self.settings.teacher_weight * (1 - progress)

    def update(self, rollout: Rollout, last_obs: torch.Tensor, rate_limit: float) -> PpoStatistics:
        """Train epochs of minibatches on one rollout, then add its observations to the normalisation.

        rate_limit: upper bound of the learning rate, which adapts to the KL divergence.
        """
        settings = self.settings
        samples = self._samples(rollout, last_obs)
        count = len(samples.returns)
        self.learning_rate = min(self.learning_rate, rate_limit)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate
        kl = 0.0
        epoch = 0
        while epoch < settings.epochs and kl <= 2 * settings.target_kl:
            epoch += 1
            order = torch.randperm(count, generator=self._generator).to(self.device)
            size = min(settings.batch, count)
            steps = [
                self._step(_Samples(*(tensor.index_select(0, rows) for tensor in samples)))
                for rows in order[: count - count % size].split(size)
            ]
            policy_loss, value_loss, kl, clipped = torch.stack(steps).mean(0).tolist()
        statistics = PpoStatistics(policy_loss, value_loss, kl, clipped, epoch, self.learning_rate)
        self._follow_divergence(kl)
        self.observe(rollout.obs.flatten(0, 1))
        return statistics

    @torch.no_grad()
    def _samples(self, rollout: Rollout, last_obs: torch.Tensor) -> _Samples:
        settings = self.settings
        raw = rollout.obs.flatten(0, 1)
        obs = self.policy.normalise(raw)
        # faster for all steps at once than step by step
        rollout.values = self._evaluate(self.policy.critic, obs).view_as(rollout.rewards)
        last = self._evaluate(self.policy.critic, self.policy.normalise(last_obs)).squeeze(-1)
        advantages = rollout.advantages(last, settings.gamma, settings.gae_lambda)
        actions = rollout.actions.flatten(0, 1)
        log_probs = rollout.log_probs.flatten()
        if self._in_bfloat16:  # the first ratios must be 1 in the update's precision
            mean = self._evaluate(self.policy.actor, obs)
            log_probs = log_probability(actions, mean, self.policy.log_std)
        return _Samples(
            obs,
            # The statistics of a run that started without symmetry are not symmetric.
            self.policy.normalise(self._mirror[0](raw)) if self._mirror else obs[:, :0],
            actions,
            log_probs,
            advantages.flatten(),
            (advantages + rollout.values).flatten(),
            rollout.clips.flatten(),
            rollout.beyond.flatten(0, 1),
            *self._lessons(raw, rollout.alone.flatten()),
        )

    def _lessons(self, obs: torch.Tensor, alone: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`taught` and `lessons` of samples.

        A teacher knows how its motion goes on, and not from where another one led to: it teaches what is `alone`.
        """
        taught = torch.zeros_like(obs[:, 0])
        width = len(self.policy.log_std) if self._teachers else 0
        lessons = torch.zeros(len(obs), width, device=obs.device)
        for teacher in self._teachers:
            rows = teacher.teaches(obs) & (alone == 1)
            taught[rows] = 1
            lessons[rows] = teacher.actions(obs[rows])
        return taught, lessons

    def _step(self, batch: _Samples) -> torch.Tensor:
        """Take one gradient step; returns (policy loss, value loss, KL divergence, fraction clipped)."""
        settings, policy = self.settings, self.policy
        mean = self._evaluate(policy.actor, batch.obs)
        log_probs = log_probability(batch.actions, mean, policy.log_std)
        log_ratio = log_probs - batch.log_probs
        ratio = log_ratio.exp()
        advantage = standardised(batch.advantages, batch.clips)
        limited = ratio.clamp(1 - settings.clip, 1 + settings.clip)
        policy_loss = -torch.min(advantage * ratio, advantage * limited).mean()
        value = self._evaluate(policy.critic, batch.obs).squeeze(-1)
        value_loss = 0.5 * (value - batch.returns).square().mean()
        loss = policy_loss + settings.value_weight * value_loss
        if settings.entropy_weight:
            loss = loss - settings.entropy_weight * policy.log_std.sum()  # up to a constant
        if self._mirror:
            other_side = self._mirror[1](self._evaluate(policy.actor, batch.images))
            loss = loss + settings.symmetry_weight * (mean - other_side).square().sum(-1).mean()
        if self._teaching:
            deviations = (mean - batch.lessons) / policy.log_std.exp().detach()
            divergence = 0.5 * deviations.square().sum(-1)
            loss = loss + self._teaching * (batch.taught * divergence).mean()
        if batch.beyond.shape[1]:
            std = policy.log_std.exp().detach()
            asked = (batch.beyond / std).clamp(-1, 1) * (mean / std)
            loss = loss + settings.reach_weight * asked.sum(-1).mean()
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), settings.max_grad_norm, foreach=True)
        self.optimiser.step()
        with torch.no_grad():
            kl = ((ratio - 1) - log_ratio).mean()
            clipped = ((ratio - 1).abs() > settings.clip).float().mean()
            return torch.stack([policy_loss, value_loss, kl, clipped])

    def _evaluate(self, network: nn.Module, obs: torch.Tensor) -> torch.Tensor:
        """The network's output, float32, from products in the update's precision."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._in_bfloat16):
            output: torch.Tensor = network(obs)
        return output.float()

    def _follow_divergence(self, kl: float) -> None:
        """Adapt the next update's learning rate to the KL divergence of this one."""
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


@torch.no_grad()
def noisy_actions(policy: Policy, obs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Actions (n, A) whose differences from the mean are noise (n, A) standard deviations."""
    return torch.addcmul(policy.actor(policy.normalise(obs)), noise, policy.log_std.exp())


@torch.no_grad()
def values(policy: Policy, obs: torch.Tensor) -> torch.Tensor:
    """The critic's values of observations (..., obs_dim), without the last axis."""
    return policy.critic(policy.normalise(obs)).squeeze(-1)


def log_probability(
    action: torch.Tensor, mean: torch.Tensor, log_std: torch.Tensor
) -> torch.Tensor:
    """Log probability (n,) of actions (n, A) under independent normal distributions."""
    return log_probability_of_noise((action - mean) * (-log_std).exp(), log_std)


def log_probability_of_noise(noise: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """Log probability (...) of actions whose differences from the mean are noise (..., A) standard deviations."""
    constant = log_std.sum() + 0.5 * log_std.shape[0] * math.log(2 * math.pi)
    return -0.5 * noise.square().sum(-1) - constant


def standardised(advantages: torch.Tensor, clips: torch.Tensor) -> torch.Tensor:
    """Advantages (n,) with mean 0 and standard deviation 1 among the samples of each clip, whose indices are given.

    Among all together, the clip with the largest falls would decide almost alone what is learned.
    """
    result = torch.empty_like(advantages)
    for clip in clips.unique():
        rows = clips == clip
        own = advantages[rows]
        if len(own) > 1:  # one sample has no standard deviation
            own = own - own.mean()
            own = own / (own.std() + 1e-8)
        result[rows] = own
    return result
