"""The training loop: rollouts in the simulator, updates of both networks, new muscle weights for the simulator."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import (
    BatchEnv,
    CheckpointError,
    ConfigError,
    EnvironmentConfig,
    Policy,
    _core,
)
from numpy.typing import NDArray

from .logging.episodes import EpisodeLog, Means
from .logging.report import Report
from .logging.stopwatch import Stopwatch
from .logging.terciles import TercileLog
from .muscle_learner import MuscleLearner
from .ppo import Ppo, Rollout, initialise
from .settings import TrainingSettings


def _device(name: str) -> torch.device:
    """The torch device. ConfigError if it is not available."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ConfigError(f"--device {name}: cpu, cuda or cuda:N is expected") from None
    if device.type not in ("cpu", "cuda"):
        raise ConfigError(f"--device {name}: cpu, cuda or cuda:N is expected")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(
            f"--device {name}: torch {torch.__version__} sees {torch.cuda.device_count()} CUDA "
            "devices here; use --device cpu"
        )
    return device


class Trainer:
    def __init__(self, config: EnvironmentConfig | str | Path, settings: TrainingSettings) -> None:
        self.settings = settings
        self.device = _device(settings.device)
        self.env = BatchEnv(
            config, settings.num_envs, settings.seed, settings.threads, settings.network_device
        )
        self._generator = torch.Generator().manual_seed(settings.seed)
        mirror = self.env.mirror if settings.symmetric else None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            policy = Policy(
                self.env.obs_dim, self.env.action_dim, settings.ppo.hidden, settings.ppo.log_std
            )
            initialise(policy)
            has_muscles = self.env.config.infers
            self.muscle = (
                MuscleLearner(self.env, settings.muscle, self._generator, mirror, self.device)
                if has_muscles
                else None
            )
        self.ppo = Ppo(policy.to(self.device), settings.ppo, self._generator, mirror)
        self.episodes = EpisodeLog(settings.num_envs)
        self.terciles = TercileLog(self.env.parameter_info, settings.num_envs)
        self.stopwatch = Stopwatch()
        self._rewards = Means()
        self.steps = 0
        self.seconds = 0.0
        self._hand_over()
        self._obs = self._tensor(self.env.reset())
        self.ppo.observe(self._obs)

    @property
    def policy(self) -> Policy:
        return self.ppo.policy

    @property
    def muscle_state(self) -> dict[str, torch.Tensor]:
        return self.muscle.network.state_dict() if self.muscle else {}

    @property
    def progress(self) -> float:
        return self.settings.progress(self.steps, self.seconds)

    def iterate(self) -> Report:
        """Carry out one iteration: a rollout, and the updates from its samples."""
        start = time.perf_counter()
        warm_up = self._warming_up
        progress = min(self.progress, 1.0)
        self.ppo.limit_exploration(progress)
        rollout = None
        if warm_up:
            self._explore()
        else:
            rollout = self.collect()
        rate = 1 - (1 - self.settings.final_rate) * progress
        loss = error = math.nan
        if self.muscle:
            with self.stopwatch("muscle_update"):
                error = self.muscle.relative_error()
                batches = self.settings.muscle_batches * (4 if warm_up else 1)
                muscle_rate = self.settings.muscle.learning_rate * rate
                if not warm_up:
                    muscle_rate *= 0.3  # the samples change with the policy; large steps would follow each change
                loss = self.muscle.update(batches, muscle_rate)
            self._hand_over()
        statistics = None
        if rollout:
            with self.stopwatch("policy_update"):
                limit = self.settings.ppo.learning_rate * rate
                statistics = self.ppo.update(rollout, self._obs, limit)
        self.steps += self.settings.ppo.horizon * self.settings.num_envs
        seconds = time.perf_counter() - start
        self.seconds += seconds
        timings = self.stopwatch.take()
        timings["rest"] = max(seconds + timings["saving"] - sum(timings.values()), 0.0)
        return Report(
            phase="warm-up" if warm_up else "train",
            steps=self.steps,
            seconds=self.seconds,
            progress=self.progress,
            steps_per_second=self.settings.ppo.horizon * self.settings.num_envs / seconds,
            mean_return=self.episodes.mean_return,
            episode_seconds=self.episodes.mean_length / self.env.info.control_hz,
            fall_rate=self.episodes.fall_rate,
            rewards=self._rewards.take(),
            parameters=self.terciles.scalars(),
            torque_error=error,
            muscle_loss=loss,
            effort_ratio=self.muscle.sharing.effort_ratio if self.muscle else math.nan,
            muscles_used=self.muscle.sharing.used if self.muscle else math.nan,
            activation=float(self.env.mean_activations.mean()) if self.muscle else math.nan,
            std=self.policy.log_std.exp().mean().item(),
            ppo=statistics,
            timings=timings,
        )

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Measure the time of a save as a part of the run."""
        start = time.perf_counter()
        with self.stopwatch("saving"):
            yield
        self.seconds += time.perf_counter() - start

    @property
    def _warming_up(self) -> bool:
        return self.muscle is not None and (
            self.settings.muscle_only or self.steps < self.settings.warm_up
        )

    def _hand_over(self) -> None:
        if self.muscle:
            with self.stopwatch("hand_over"):
                weights = self.muscle.network.state_dict()
                self.env.load_muscle_weights({name: w.cpu() for name, w in weights.items()})

    def _step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Step, store muscle samples, log episodes and update self._obs; returns (rewards, ended)."""
        drawn = self.env.parameters.copy()
        with self.stopwatch("simulation"):
            obs, reward, terminated, truncated = self.env.step(actions.cpu().numpy())
        ended = terminated | truncated
        if self.muscle:
            self.muscle.buffer.add(self.env.muscle_samples)
        self.episodes.add(reward, terminated, ended)
        self.terciles.add(reward, terminated, ended, drawn)
        self._rewards.add({"total": reward, **self.env.reward_terms})
        rewards = self._tensor(reward)
        if truncated.any():
            rows = self._tensor(truncated)
            with self.stopwatch("inference"):
                final = self._tensor(self.env.final_observation)[rows]
                rewards[rows] += self.settings.ppo.gamma * self.ppo.value(final)
        self._obs = self._tensor(obs)
        return rewards, self._tensor(ended).float()

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        """A copy of a view on the simulator's buffers, on the device."""
        return torch.from_numpy(array.copy()).to(self.device)

    def _explore(self) -> None:
        """Step with random actions around the reference motion, to collect samples for the muscle network."""
        shape = (self.settings.num_envs, self.env.action_dim)
        with _core.OneThread():
            for _ in range(self.settings.ppo.horizon):
                noise = torch.randn(shape, generator=self._generator)
                self._step(noise * self.settings.exploration)
                self.ppo.observe(self._obs)

    def collect(self) -> Rollout:
        """Step for one horizon with the policy's sampled actions."""
        settings = self.settings
        horizon, envs = settings.ppo.horizon, settings.num_envs
        rollout = Rollout(horizon, envs, self.env.obs_dim, self.env.action_dim, self.device)
        with (
            _core.OneThread()
        ):  # more torch threads would only take CPUs from the simulator's threads
            for t in range(horizon):
                rollout.obs[t] = self._obs
                with self.stopwatch("inference"):
                    actions, rollout.log_probs[t] = self.ppo.act(self._obs)
                rollout.actions[t] = actions
                rollout.rewards[t], rollout.ended[t] = self._step(actions)
        return rollout

    def state_dict(self) -> dict[str, Any]:
        """The complete state of the run, from which it continues as if it had not stopped."""
        return {
            "ppo": self.ppo.state_dict(),
            "muscle": self.muscle.state_dict() if self.muscle else {},
            "episodes": self.episodes.state_dict(),
            "terciles": self.terciles.state_dict(),
            "steps": self.steps,
            "seconds": self.seconds,
            "obs": self._obs.cpu(),
            "generator": self._generator.get_state(),
            "environments": torch.frombuffer(bytearray(self.env.save_state()), dtype=torch.uint8),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if state["obs"].shape != self._obs.shape:
            raise CheckpointError(
                f"the run has observations of shape {tuple(state['obs'].shape)}, this one "
                f"{tuple(self._obs.shape)}: resume with the same environment and --num-envs"
            )
        self.ppo.load_state_dict(state["ppo"])
        if self.muscle:
            self.muscle.load_state_dict(state["muscle"])
        self.episodes.load_state_dict(state["episodes"])
        if "terciles" in state:  # runs of earlier versions have none
            self.terciles.load_state_dict(state["terciles"])
        self.steps, self.seconds = int(state["steps"]), float(state["seconds"])
        self._generator.set_state(state["generator"])
        self.env.restore_state(state["environments"].numpy().tobytes())
        self._obs = state["obs"].to(self.device, copy=True)
        self._hand_over()
