"""Which of several motions an episode of training follows: by weight, by difficulty, and switched within it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from muscle_viewer.core import BatchEnv
from numpy.typing import NDArray

from .logging.episodes import Episode

MEMORY = 1 / 50
"""Weight of an episode in the failure rate of its motion, an exponential mean over the last 50 or so."""


class ClipSampler:
    """The weights of a batch's motions: the environment's, a part of them distributed by the rates of failure.

    difficulty: this part, in [0, 1].
    switches: mean number of switches to another motion, each as likely, at once, in a second of an environment.
    """

    def __init__(self, env: BatchEnv, difficulty: float, switches: float) -> None:
        self._env = env
        weights = np.array([clip.weight for clip in env.config.clips])
        self._own: NDArray[np.float64] = weights / weights.sum()
        self._failures = np.ones(len(weights))
        self._difficulty = difficulty if len(weights) > 1 else 0.0
        self._chance = switches / env.info.control_hz if len(weights) > 1 else 0.0

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of the episodes that draw each motion, shape (motions,), sum 1."""
        failing = self._own * self._failures
        if not failing.sum():
            return self._own
        return (1 - self._difficulty) * self._own + self._difficulty * failing / failing.sum()

    def extend(self, episodes: Iterable[Episode]) -> None:
        """Count the episodes that ended, and hand the weights to the environments."""
        for episode in episodes:
            self._failures[episode.clip] += MEMORY * (
                float(episode.fell) - self._failures[episode.clip]
            )
        self._hand_over()

    def _hand_over(self) -> None:
        if self._difficulty:
            self._env.set_clip_weights(self.weights)

    def switch(self, generator: torch.Generator) -> None:
        """Switch some environments, drawn with `generator`, to another motion; their next episodes draw theirs by weight.

        Weights are for lengths of episodes that differ, which switches do not begin.
        """
        if not self._chance:
            return
        chosen = torch.rand(self._env.num_envs, generator=generator).numpy() < self._chance
        count = len(self._own)
        further = torch.randint(1, count, (self._env.num_envs,), generator=generator).numpy()
        drawn = (self._env.clips + further) % count
        for clip in np.unique(drawn[chosen]):
            mask = chosen & (drawn == clip)
            self._env.set_clip(int(clip), mask, at_once=True)
            self._env.set_clip(None, mask)

    def state_dict(self) -> dict[str, Any]:
        return {"failures": self._failures.tolist()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if len(state["failures"]) == len(self._failures):  # else the run's motions were changed
            self._failures[:] = state["failures"]
        self._hand_over()
