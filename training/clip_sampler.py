"""Which of several motions an episode of training follows: by weight, by difficulty, and switched within it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from muscle_viewer.core import BatchEnv
from numpy.typing import NDArray

from .logging.episodes import Episode
from .settings import TrainingSettings

MEMORY = 1 / 50
"""Weight of an episode in the failure rate of its motion, an exponential mean over the last 50 or so."""
WHOLE = 0.2
"""Of the episodes that begin within a transition the part that begins where it does, as nothing else brings them to its
first moment: where a motion that is no cycle goes on to its end."""


class ClipSampler:
    """The weights of a batch's motions: the environment's, a part of them distributed by the rates of failure.

    Episodes begin within a transition from their motion, and change to another one, as the settings `clip_...` say.
    """

    def __init__(self, env: BatchEnv, settings: TrainingSettings) -> None:
        self._env = env
        weights = np.array([clip.weight for clip in env.config.clips])
        self._own: NDArray[np.float64] = weights / weights.sum()
        self._failures = np.ones(len(weights))
        several = len(weights) > 1
        self._difficulty = settings.clip_difficulty if several else 0.0
        self._chance = settings.clip_switches / env.info.control_hz if several else 0.0
        self._begun = settings.clip_transitions if several else 0.0

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

    def switch(self, generator: torch.Generator, began: NDArray[np.bool_]) -> None:
        """Switch some environments, drawn with `generator`, to another motion; their next episodes draw theirs by weight.

        began: whose episode has just begun, bool (environments,): a part of these is put within a transition
        from their motion to the other. Weights are for lengths of episodes that differ, which switches do not begin.
        """
        if not self._chance and not self._begun:
            return
        count, envs = len(self._own), self._env.num_envs
        drawn = torch.rand(3, envs, generator=generator).numpy()
        other = (
            self._env.clips + torch.randint(1, count, (envs,), generator=generator).numpy()
        ) % count
        begins = began & (drawn[0] < self._begun)
        self._follow(other, begins, np.maximum(0, (drawn[1] - WHOLE) / (1 - WHOLE)))
        self._follow(other, ~begins & (drawn[2] < self._chance), None)

    def _follow(
        self, clips: NDArray[np.int64], chosen: NDArray[np.bool_], begun: NDArray[np.float32] | None
    ) -> None:
        for clip in np.unique(clips[chosen]):
            mask = chosen & (clips == clip)
            self._env.set_clip(int(clip), mask, at_once=True, begun=begun)
            self._env.set_clip(None, mask)

    def state_dict(self) -> dict[str, Any]:
        return {"failures": self._failures.tolist()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if len(state["failures"]) == len(self._failures):  # else the run's motions were changed
            self._failures[:] = state["failures"]
        self._hand_over()
