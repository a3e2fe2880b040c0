"""The process on a node: one batch of environments and its collector, asked by the learner. It knows nothing of Ray."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from muscle_viewer.core import (
    BatchEnv,
    CheckpointError,
    ConfigError,
    EnvironmentConfig,
    Policy,
    StateError,
    __version__,
)
from numpy.typing import NDArray

from ..collector import Collector
from ..logging.stopwatch import Stopwatch
from ..settings import TrainingSettings
from .packing import Arrays, Packed, pack, unpack_weights


@dataclass(frozen=True)
class Order:
    """What an actor begins with."""

    config: EnvironmentConfig
    settings: TrainingSettings
    seed: int
    """Of its environments and its actions' noise."""
    threads: int
    state: Mapping[str, Any] | None = None
    """Of `state_dict`, to go on from where it fits; else new episodes begin."""
    version: str = __version__


class NotBegunError(Exception):
    """The process is another one than that which had begun: it was restarted after a loss."""


class RolloutActor:
    """`begin` builds the environments, so that a restarted process waits for its next seed."""

    def __init__(self) -> None:
        self._collector: Collector | None = None

    def begin(self, order: Order) -> NDArray[Any]:
        """Build the environments and start episodes; their first observations. UserError if that fails."""
        if order.version != __version__:
            raise ConfigError(
                f"an actor's node has muscle-viewer {__version__}, the learner {order.version}: "
                "install the same version on all nodes"
            )
        settings = order.settings
        env = BatchEnv(
            order.config, settings.num_envs, order.seed, order.threads, settings.network_device
        )
        policy = Policy(env.obs_dim, env.action_dim, settings.ppo.hidden)
        self._generator = torch.Generator().manual_seed(order.seed)
        self._settings = settings
        self._collector = Collector(env, policy, self._generator, settings, Stopwatch())
        obs = self._collector.begin()
        if order.state is not None:
            self._restore(order.state)
        return obs.numpy()

    def _restore(self, state: Mapping[str, Any]) -> None:
        collector = self._begun()
        try:
            collector.load_state_dict(state)
        except (CheckpointError, StateError):  # of another number of environments
            collector.begin()
        else:
            if "generator" in state:  # a collector of a learner's process shares the learner's
                self._generator.set_state(state["generator"])

    def collect(self, policy: Arrays, muscle: Arrays, explore: bool) -> Packed:
        """A fragment by these weights. NotBegunError in a process that has not begun."""
        collector = self._begun()
        start = time.perf_counter()
        collector.policy.load_state_dict(unpack_weights(policy))
        if muscle:
            collector.env.load_muscle_weights(
                unpack_weights(muscle), precision=self._settings.network_precision
            )
        fragment = collector.collect(explore)
        return pack(fragment, self._settings.float16, time.perf_counter() - start)

    def state_dict(self) -> dict[str, Any]:
        """The state between two fragments, from which `begin` goes on bit for bit."""
        collector = self._begun()
        return {**collector.state_dict(), "generator": self._generator.get_state()}

    def _begun(self) -> Collector:
        if self._collector is None:
            raise NotBegunError("the actor has not begun")
        return self._collector
