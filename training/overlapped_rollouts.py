"""Rollouts of this process that are collected while the networks learn from the rollout before."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from muscle_viewer.core import EnvironmentConfig

from .collector import Collector
from .fragment import Fragment
from .logging.stopwatch import ELSEWHERE_PHASES, Stopwatch
from .rollouts import LocalRollouts, Networks
from .settings import TrainingSettings

NOISE = 0x6E6F697365
"""Stream of random numbers of the actions' noise, which is drawn while the learner draws from its own."""


class OverlappedRollouts(LocalRollouts):
    """Rollouts on a thread of their own, by copies of the networks that are one iteration old.

    The copies are made between two rollouts, so that results do not depend on the threads' timing.
    """

    phases: Sequence[str] = ELSEWHERE_PHASES

    def __init__(self, config: EnvironmentConfig, settings: TrainingSettings) -> None:
        super().__init__(config, settings)
        self._noise = settings.generator(NOISE)
        self._thread = ThreadPoolExecutor(1, "rollout")
        self._ahead: Future[Fragment] | None = None
        """The next rollout, under way or complete."""

    def begin(self, networks: Networks) -> torch.Tensor:
        self._networks = networks
        self._policy = copy.deepcopy(networks.policy)
        self._collector = Collector(
            self.env, self._policy, self._noise, self._settings, Stopwatch()
        )
        super().hand_over()
        return self._collector.begin()

    def collect(self, explore: bool) -> Fragment:
        ahead = self._ahead or self._set_off(explore)
        with self._networks.stopwatch("rollouts"):
            fragment = ahead.result()
        self._ahead = self._set_off(explore)
        return fragment

    def _set_off(self, explore: bool) -> Future[Fragment]:
        self._policy.load_state_dict(self._networks.policy.state_dict())
        super().hand_over()
        return self._thread.submit(self._collector.collect, explore)

    def hand_over(self) -> None:
        """The next rollout takes the weights when it sets off."""

    def state_dict(self) -> dict[str, Any]:
        """With the next rollout, which is waited for."""
        ahead = self._ahead and self._ahead.result().state_dict()
        return {**super().state_dict(), "noise": self._noise.get_state(), "ahead": ahead}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """CheckpointError if the run had one collector, of other environments. A run without `ahead` did not overlap."""
        if self._ahead:
            self._ahead.result()
        super().load_state_dict(state)
        if "noise" in state:
            self._noise.set_state(state["noise"])
        self._ahead = None
        if state.get("ahead"):
            self._ahead = Future()
            self._ahead.set_result(Fragment.from_state_dict(state["ahead"]))

    def close(self) -> None:
        """Wait for the rollout under way, and end its thread."""
        self._thread.shutdown()
