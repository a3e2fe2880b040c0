"""The training loop: rollouts in the simulator, updates of both networks, new weights for the simulator."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import (
    CheckpointError,
    ConfigError,
    EnvironmentConfig,
    Policy,
    _core,
    load_config,
)
from torch import nn

from .fragment import Fragment
from .logging.clips import ClipLog
from .logging.episodes import EpisodeLog
from .logging.report import Report
from .logging.stopwatch import Stopwatch
from .logging.terciles import TercileLog
from .muscle_learner import MuscleLearner
from .ppo import Ppo, PpoStatistics, initialise
from .rollouts import LocalRollouts, Rollouts
from .settings import TrainingSettings
from .teachers import load_teachers

SAMPLES = 0x73616D706C65
"""Stream of random numbers of the muscle learner's samples, which it draws while the policy learns."""


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
    """Learns both networks from the fragments of its rollouts, at the same time if the CPU has a core for each.

    make_rollouts: where the environments are stepped; by default in this process.
    """

    def __init__(
        self,
        config: EnvironmentConfig | str | Path,
        settings: TrainingSettings,
        make_rollouts: Callable[[EnvironmentConfig, TrainingSettings], Rollouts] = LocalRollouts,
        data: Path | None = None,
    ) -> None:
        self.settings = settings
        self.device = _device(settings.device)
        self.config = load_config(config)
        self.rollouts = make_rollouts(self.config, settings)
        self.env = self.rollouts.env
        self.generator = settings.generator()
        mirror = self.env.mirror if settings.symmetric else None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            policy = Policy(
                self.env.obs_dim, self.env.action_dim, settings.ppo.hidden, settings.ppo.log_std
            )
            initialise(policy)
            has_muscles = self.env.config.infers
            self.muscle = (
                MuscleLearner(
                    self.env, settings.muscle, settings.generator(SAMPLES), mirror, self.device
                )
                if has_muscles
                else None
            )
        teachers = load_teachers(settings.teachers, self.env, self.device, data)
        self.ppo = Ppo(policy.to(self.device), settings.ppo, self.generator, mirror, teachers)
        self.episodes = EpisodeLog()
        self.terciles = TercileLog(self.env.parameter_info)
        self.clips = ClipLog(self.env.clip_names, self.env.info.control_hz)
        self.stopwatch = Stopwatch(self.rollouts.phases)
        self._muscle_thread = ThreadPoolExecutor(1, "muscle-update")
        self.steps = 0
        self.seconds = 0.0
        self.ppo.observe(self.rollouts.begin(self).to(self.device))

    @property
    def policy(self) -> Policy:
        return self.ppo.policy

    @property
    def muscle_network(self) -> nn.Module | None:
        return self.muscle.network if self.muscle else None

    @property
    def muscle_state(self) -> dict[str, torch.Tensor]:
        return self.muscle.network.state_dict() if self.muscle else {}

    @property
    def progress(self) -> float:
        return self.settings.progress(self.steps, self.seconds)

    def iterate(self) -> Report:
        """Carry out one iteration: a rollout, and the updates from its samples."""
        start = time.perf_counter()
        progress = min(self.progress, 1.0)
        self.ppo.limit_exploration(progress)
        self.ppo.limit_teaching(progress)
        fragment = self.rollouts.collect(self._warming_up)
        self.episodes.extend(fragment.episodes)
        self.terciles.extend(fragment.episodes)
        self.clips.extend(fragment.episodes)
        rate = 1 - (1 - self.settings.final_rate) * progress
        learning = time.perf_counter()
        loss, error, statistics = self._learn(fragment, rate)
        learning = time.perf_counter() - learning
        self.rollouts.hand_over()
        self.steps += fragment.steps
        seconds = time.perf_counter() - start
        self.seconds += seconds
        timings = self.stopwatch.take()
        iteration = seconds + timings["saving"]
        together = timings["policy_update"] + timings["muscle_update"] - learning
        timings["rest"] = max(iteration + max(together, 0.0) - sum(timings.values()), 0.0)
        return Report(
            phase="warm-up" if fragment.explored else "train",
            steps=self.steps,
            seconds=self.seconds,
            progress=self.progress,
            steps_per_second=fragment.steps / seconds,
            mean_return=self.episodes.mean_return,
            episode_seconds=self.episodes.mean_length / self.env.info.control_hz,
            fall_rate=self.episodes.fall_rate,
            rewards=fragment.rewards,
            parameters=self.terciles.scalars(),
            clips=self.clips.scalars(fragment.clip_weights),
            torque_error=error,
            muscle_loss=loss,
            effort_ratio=self.muscle.sharing.effort_ratio if self.muscle else math.nan,
            muscles_used=self.muscle.sharing.used if self.muscle else math.nan,
            activation=fragment.activation,
            std=self.policy.log_std.exp().mean().item(),
            ppo=statistics,
            timings=timings,
            iteration_seconds=iteration,
            cluster=self.rollouts.report(),
        )

    def _learn(self, fragment: Fragment, rate: float) -> tuple[float, float, PpoStatistics | None]:
        """Loss and torque error of the muscle network's update, and the policy's, each with half of torch's threads."""
        threads = torch.get_num_threads()
        if threads == 1 or fragment.explored or not self.muscle or self.device.type != "cpu":
            return *self._learn_muscles(fragment, rate), self._learn_policy(fragment, rate)

        def muscles() -> tuple[float, float]:
            with _core.TorchThreads(threads // 2):
                return self._learn_muscles(fragment, rate)

        other = self._muscle_thread.submit(muscles)
        try:
            with _core.TorchThreads(threads - threads // 2):
                statistics = self._learn_policy(fragment, rate)
        finally:
            wait([other])
        return *other.result(), statistics

    def _learn_muscles(self, fragment: Fragment, rate: float) -> tuple[float, float]:
        """Gradient steps of the muscle network; its mean loss, and its relative torque error before."""
        if not self.muscle:
            return math.nan, math.nan
        self.muscle.buffer.append(
            jta=fragment.jta, torque=fragment.torque, passive=fragment.passive
        )
        with self.stopwatch("muscle_update"):
            error = self.muscle.relative_error()
            batches = self.settings.muscle_batches * (4 if fragment.explored else 1)
            muscle_rate = self.settings.muscle.learning_rate * rate
            if not fragment.explored:
                # the samples change with the policy; large steps would follow each change
                muscle_rate *= 0.3
            return self.muscle.update(batches, muscle_rate), error

    def _learn_policy(self, fragment: Fragment, rate: float) -> PpoStatistics | None:
        """An update of the policy; in the warm-up its observations alone are added to the normalisation."""
        if fragment.explored:
            for obs in (*fragment.rollout.obs[1:], fragment.last_obs):
                self.ppo.observe(obs)
            return None
        with self.stopwatch("policy_update"):
            limit = self.settings.ppo.learning_rate * rate
            return self.ppo.update(fragment.rollout, fragment.last_obs, limit)

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

    def close(self) -> None:
        """End what the rollouts started outside this process, and the thread of the muscle network's updates."""
        self.rollouts.close()
        self._muscle_thread.shutdown()

    def state_dict(self) -> dict[str, Any]:
        """The complete state of the run, from which it continues as if it had not stopped."""
        return {
            "ppo": self.ppo.state_dict(),
            "muscle": self.muscle.state_dict() if self.muscle else {},
            "episodes": self.episodes.state_dict(),
            "terciles": self.terciles.state_dict(),
            "clips": self.clips.state_dict(),
            "steps": self.steps,
            "seconds": self.seconds,
            "generator": self.generator.get_state(),
            "rollouts": self.rollouts.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        saved = len(state["ppo"]["policy"]["obs_mean"])
        if saved != self.env.obs_dim:
            raise CheckpointError(
                f"the run has {saved} observations, this environment {self.env.obs_dim}: "
                "resume with the same environment"
            )
        self.ppo.load_state_dict(state["ppo"])
        if self.muscle:
            self.muscle.load_state_dict(state["muscle"])
        self.episodes.load_state_dict(state["episodes"])
        if "terciles" in state:  # runs of earlier versions have none
            self.terciles.load_state_dict(state["terciles"])
        if "clips" in state:
            self.clips.load_state_dict(state["clips"])
        self.steps, self.seconds = int(state["steps"]), float(state["seconds"])
        self.generator.set_state(state["generator"])
        self.rollouts.load_state_dict(state["rollouts"])
