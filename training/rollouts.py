"""Where a trainer's fragments come from: from its own process, or (training/cluster) from actors on other machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from muscle_viewer.core import BatchEnv, EnvironmentConfig, Policy, UserError
from torch import nn

from .collector import Collector
from .fragment import Fragment
from .logging.report import ClusterReport
from .logging.stopwatch import PHASES, Stopwatch
from .settings import TrainingSettings


class RolloutsLostError(UserError):
    """No rollout will come any more, as the cluster is gone; the trainer's state is sound and can be saved."""


class Networks(Protocol):
    """What a trainer shows its rollouts: the networks, which it changes in place, and what they share with it."""

    @property
    def policy(self) -> Policy: ...
    @property
    def muscle_network(self) -> nn.Module | None: ...
    @property
    def generator(self) -> torch.Generator: ...
    @property
    def stopwatch(self) -> Stopwatch: ...


class Rollouts(Protocol):
    @property
    def env(self) -> BatchEnv:
        """A batch of the run's environment, for its sizes and names."""

    @property
    def phases(self) -> Sequence[str]:
        """Of the run's stopwatch."""

    def begin(self, networks: Networks) -> torch.Tensor:
        """Start episodes everywhere; the first observations, (environments, observations)."""

    def collect(self, explore: bool) -> Fragment:
        """The next fragment of all environments; explore: by random actions, as in the warm-up."""

    def hand_over(self) -> None:
        """The muscle network has learned."""

    def report(self) -> ClusterReport | None:
        """Figures of the last fragment's way here."""

    def state_dict(self) -> dict[str, Any]:
        """Number of seeds that were used ('starts'), and the state of each collector or None ('collectors')."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from it, as far as it fits; other collectors start new episodes."""

    def close(self) -> None:
        """End what was started for the run."""


def start_seed(seed: int, start: int) -> int:
    """The seed of a collector's start: the run's own for the first (0), another for each later one."""
    if start == 0:
        return seed
    return int(np.random.SeedSequence([seed, start]).generate_state(1, np.uint64)[0])


class LocalRollouts:
    """Rollouts of one collector in the trainer's process, which acts with the trainer's own policy."""

    phases: Sequence[str] = PHASES

    def __init__(self, config: EnvironmentConfig, settings: TrainingSettings) -> None:
        self._settings = settings
        grown = settings.with_curriculum(config, settings.num_envs)
        self.env = BatchEnv(
            grown, settings.num_envs, settings.seed, settings.threads, settings.network_device
        )
        self._starts = 1

    def begin(self, networks: Networks) -> torch.Tensor:
        self._networks = networks
        self._collector = Collector(
            self.env, networks.policy, networks.generator, self._settings, networks.stopwatch
        )
        self.hand_over()
        return self._collector.begin()

    def collect(self, explore: bool) -> Fragment:
        return self._collector.collect(explore)

    def hand_over(self) -> None:
        if self._networks.muscle_network is not None:
            state = self._networks.muscle_network.state_dict()
            with self._networks.stopwatch("hand_over"):
                weights = {name: values.cpu() for name, values in state.items()}
                self.env.load_muscle_weights(weights, precision=self._settings.network_precision)

    def report(self) -> None:
        return None

    def state_dict(self) -> dict[str, Any]:
        return {"starts": self._starts, "collectors": [self._collector.state_dict()]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """CheckpointError if the run had one collector, of other environments."""
        self._starts = int(state["starts"])
        collectors = state["collectors"]
        if len(collectors) == 1 and collectors[0] is not None:
            self._collector.load_state_dict(collectors[0])
        else:
            self._collector.begin(start_seed(self._settings.seed, self._starts))
            self._starts += 1
        self.hand_over()

    def close(self) -> None:
        """Nothing was started."""
