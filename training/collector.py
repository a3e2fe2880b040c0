"""A collector: steps one batch of environments with a policy, and returns fragments of experience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from muscle_viewer.core import BatchEnv, CheckpointError, MuscleSamples, Policy, _core
from numpy.typing import NDArray

from .clip_sampler import ClipSampler
from .fragment import Fragment
from .logging.episodes import EpisodeCounter, Means
from .logging.stopwatch import Stopwatch
from .muscle_samples import finite
from .ppo import Rollout, log_probability_of_noise, noisy_actions, values
from .reach import Reach
from .settings import TrainingSettings


class Collector:
    """Steps `env` with `policy`, whose weights the learner changes between two calls of `collect`.

    generator: of the actions' noise. stopwatch: measures 'simulation' and 'inference'.
    Muscle weights are handed to `env` by the owner, before `begin`.
    """

    def __init__(
        self,
        env: BatchEnv,
        policy: Policy,
        generator: torch.Generator,
        settings: TrainingSettings,
        stopwatch: Stopwatch,
    ) -> None:
        self.env, self.policy = env, policy
        self._settings, self._generator, self._stopwatch = settings, generator, stopwatch
        self._device = policy.log_std.device
        self._infers = env.config.infers
        self._episodes = EpisodeCounter(env.num_envs)
        self._rewards = Means()
        self._clips = ClipSampler(env, settings)
        self._reach = Reach(env) if self._infers and settings.ppo.reach_weight else None
        self._finite_clips = np.array([not motion.cyclic for motion in env.scene.motions])
        self._samples: list[MuscleSamples] = []
        self._obs = torch.zeros(env.num_envs, env.obs_dim)

    def begin(self, seed: int | None = None) -> torch.Tensor:
        """Start episodes in all environments, with `seed` anew; the first observations (E, observations)."""
        if self._settings.default_share:
            self._keep_default_bodies()
        self._obs = self._observed(self.env.reset(seed))
        self._episodes = EpisodeCounter(self.env.num_envs)
        self._clips.begin()
        return self._obs

    def _keep_default_bodies(self) -> None:
        """From the next resets on, a share of the environments has the default body, and the others draw theirs."""
        count, info = self.env.num_envs, self.env.parameter_info
        kept = np.arange(count) < round(self._settings.default_share * count)
        defaults = np.array([one.default for one in info])
        if info:
            self.env.set_parameters(np.where(kept[:, None], defaults, np.nan))

    @torch.no_grad()
    def collect(self, explore: bool = False) -> Fragment:
        """Step for one horizon with the policy's sampled actions, or random ones around the reference motion."""
        env, horizon = self.env, self._settings.ppo.horizon
        rollout = Rollout(
            horizon,
            env.num_envs,
            env.obs_dim,
            env.action_dim,
            self._device,
            reach=self._reach is not None,
        )
        # More torch threads would only take CPUs from the simulator's threads.
        if self._device.type == "cpu":
            self.env.load_policy(self.policy)
        with _core.TorchThreads(1):
            noise = torch.randn(rollout.actions.shape, generator=self._generator).to(self._device)
            rollout.log_probs = log_probability_of_noise(noise, self.policy.log_std)
            over = torch.zeros_like(rollout.ended, dtype=torch.bool)
            for t in range(horizon):
                rollout.obs[t] = self._obs
                if explore:
                    actions = noise[t] * self._settings.exploration
                else:
                    with self._stopwatch("inference"):
                        actions = self._act(noise[t])
                rollout.actions[t] = actions
                over[t] = self._step(rollout, t, actions)
            self._add_ends(rollout, over)
        jta, torque, passive = self._take_samples()
        episodes, weights = self._episodes.take(), self._clips.weights
        self._clips.extend(episodes)
        return Fragment(
            rollout,
            self._obs,
            explore,
            jta,
            torque,
            passive,
            episodes,
            self._rewards.take(),
            float(env.mean_activations.mean()) if self._infers else float("nan"),
            tuple(weights.tolist()),
        )

    def _act(self, noise: torch.Tensor) -> torch.Tensor:
        """The policy's actions for self._obs, with this noise, from the simulator's threads or a GPU."""
        if self._device.type == "cpu":
            return torch.from_numpy(self.env.act(self._obs.numpy(), noise.numpy()))
        return noisy_actions(self.policy, self._obs, noise)

    def _step(self, rollout: Rollout, t: int, actions: torch.Tensor) -> torch.Tensor:
        """Step, keep muscle samples, count episodes, and update self._obs and row t of the rollout.

        Returns the environments whose episodes ended with a motion that is not cyclic.
        """
        drawn, clips, left = self.env.parameters.copy(), self.env.clips.copy(), self._clips.left
        with self._stopwatch("simulation"):
            obs, reward, terminated, truncated = self.env.step(actions.cpu().numpy())
        ended = terminated | truncated
        if self._infers:
            self._keep_samples(t)
        if self._reach:
            rollout.beyond[t] = self._tensor(self._reach.beyond(self.env.muscle_samples))
        self._episodes.add(reward, terminated, ended, drawn, clips, left)
        self._rewards.add({"total": reward, **self.env.reward_terms})
        rollout.rewards[t] = self._tensor(reward)
        rollout.ended[t] = self._tensor(ended)
        rollout.clips[t] = self._tensor(clips)
        rollout.alone[t] = self._tensor(left == clips)
        over = truncated & self._finite_clips[clips]
        if (truncated & ~over).any():
            rows = self._tensor(truncated & ~over)
            with self._stopwatch("inference"):
                final = self._observed(self.env.final_observation)[rows]
                rollout.rewards[t, rows] += self._settings.ppo.gamma * values(self.policy, final)
        self._clips.switch(self._generator, ended)  # renews the rows of obs
        self._obs = self._observed(obs)
        return self._tensor(over)

    def _add_ends(self, rollout: Rollout, over: torch.Tensor) -> None:
        """Add to a motion's last reward the value of going on with the mean of its rewards in this rollout.

        The critic cannot know it, as nothing is collected beyond the end of a motion that is not cyclic,
        and a fall shortly before would cost nothing.
        """
        gamma = self._settings.ppo.gamma
        steps = gamma / (1 - gamma) if gamma < 1 else self._settings.ppo.horizon
        for clip in rollout.clips[over].unique():
            rows = rollout.clips == clip
            rollout.rewards[rows & over] += steps * rollout.rewards[rows].mean()

    def _keep_samples(self, t: int) -> None:
        """Copy the samples of the last step, or one in `sample_every`, of other environments in each step."""
        every = self._settings.sample_every
        chosen = (np.arange(self.env.num_envs) + t) % every == 0 if every > 1 else None
        self._samples.append(finite(self.env.muscle_samples, chosen))

    def _take_samples(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """JtA, torque and passive torque of the samples that were kept."""
        taken, self._samples = self._samples, []
        if not taken:
            taken = [finite(self.env.muscle_samples, np.zeros(self.env.num_envs, bool))]
        arrays = [[part.jta, part.torque, part.passive] for part in taken]
        jta, torque, passive = (
            torch.from_numpy(np.concatenate(parts)) for parts in zip(*arrays, strict=True)
        )
        return jta, torque, passive

    def _observed(self, obs: NDArray[np.float32]) -> torch.Tensor:
        """A copy on the device, rounded where observations are sent rounded: the policy acts on what is learned from."""
        rows = torch.from_numpy(obs.copy())
        if self._settings.float16:
            rows = rows.half().float()
        return rows.to(self._device)

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        """A copy of a view on the simulator's buffers, on the device."""
        return torch.from_numpy(array.copy()).to(self._device)

    def state_dict(self) -> dict[str, Any]:
        """The state of the environments and their episodes, without the generator's."""
        return {
            "obs": self._obs.cpu(),
            "episodes": self._episodes.state_dict(),
            "clips": self._clips.state_dict(),
            "default_share": self._settings.default_share,
            "environments": torch.frombuffer(bytearray(self.env.save_state()), dtype=torch.uint8),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state. CheckpointError if it is of other environments or another number of them."""
        if state["obs"].shape != self._obs.shape:
            raise CheckpointError(
                f"the run has observations of shape {tuple(state['obs'].shape)}, this one "
                f"{tuple(self._obs.shape)}: resume with the same environment and --num-envs"
            )
        self.env.restore_state(state["environments"].numpy().tobytes())
        share = self._settings.default_share
        if state.get("default_share", share) != share:  # runs of earlier versions do not say
            self._keep_default_bodies()
        self._episodes.load_state_dict(state["episodes"])
        if "clips" in state:  # runs of earlier versions have none
            self._clips.load_state_dict(state["clips"])
        self._obs = state["obs"].to(self._device, copy=True)
