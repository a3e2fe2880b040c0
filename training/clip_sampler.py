"""Which of several motions, and which transition, an episode of training follows: by weight and by difficulty."""

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
"""Weight of an episode in the failure rate of its motion or transition, an exponential mean over the last 50 or so."""
WHOLE = 0.5
"""Of the episodes that begin within a transition the part that begins where it does. No other comes to its first moment,
where a motion that is no cycle goes on to its end. The others begin in its first quarter as often as in the rest: who
has learned the begin comes to the rest from there."""


class ClipSampler:
    """The share of a batch's episodes that each motion, and each transition from one to another, is drawn for.

    By the environment's weights and the settings `clip_...`, a part of them distributed by the rates of failure.
    """

    def __init__(self, env: BatchEnv, settings: TrainingSettings) -> None:
        self._env = env
        weights = np.array([clip.weight for clip in env.config.clips])
        count = len(weights)
        begun = settings.clip_transitions if count > 1 else 0.0
        alone = np.eye(count)
        others = (1 - alone) / max(1, count - 1)
        self._own: NDArray[np.float64] = (
            weights[:, None] / weights.sum() * ((1 - begun) * alone + begun * others)
        )
        self._failures = np.ones((count, count))
        self._difficulty = settings.clip_difficulty if count > 1 else 0.0
        self._chance = settings.clip_switches / env.info.control_hz if count > 1 else 0.0
        self._draws = begun > 0 or self._chance > 0
        self.left: NDArray[np.int32] = env.clips.copy()
        """Motion that each present episode's last transition left, shape (environments,); its own without one."""

    def begin(self) -> None:
        """Episodes have begun in all environments, in no transition."""
        self.left[:] = self._env.clips

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of the episodes that begin with each motion, and in a transition to each, shape (motions, motions), sum 1.

        On its diagonal: of those that begin in no transition.
        """
        failing = self._own * self._failures
        if not failing.sum():
            return self._own
        return (1 - self._difficulty) * self._own + self._difficulty * failing / failing.sum()

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of the episodes that draw each motion, shape (motions,), sum 1."""
        return self.shares.sum(axis=1)

    def extend(self, episodes: Iterable[Episode]) -> None:
        """Count the episodes that ended, and hand the weights to the environments."""
        for episode in episodes:
            way = episode.left, episode.clip
            self._failures[way] += MEMORY * (float(episode.fell) - self._failures[way])
        self._hand_over()

    def _hand_over(self) -> None:
        if self._difficulty:
            self._env.set_clip_weights(self.weights)

    def switch(self, generator: torch.Generator, began: NDArray[np.bool_]) -> None:
        """Put some of the episodes that have just begun within a transition, and switch some others to another motion.

        began: whose episode has just begun, bool (environments,). What they go to is drawn with `generator`; their next
        episodes draw their motions by weight.
        """
        clips = self._env.clips.copy()
        self.left[began] = clips[began]
        if not self._draws:
            return
        count, envs = len(self._own), self._env.num_envs
        drawn = torch.rand(4, envs, generator=generator).numpy()
        upper = np.cumsum(self.shares, axis=1)
        following = (drawn[0, :, None] * upper[clips, -1:] >= upper[clips]).sum(axis=1)
        begins = began & (following != clips) & (following < count)
        self._follow(following, begins, np.maximum(0, (drawn[1] - WHOLE) / (1 - WHOLE)) ** 2)
        other = (clips + 1 + (drawn[2] * (count - 1)).astype(int)) % count
        self._follow(other, ~begins & (drawn[3] < self._chance), None)

    def _follow(
        self, clips: NDArray[np.int64], chosen: NDArray[np.bool_], begun: NDArray[np.float32] | None
    ) -> None:
        self.left[chosen] = self._env.clips[chosen]
        for clip in np.unique(clips[chosen]):
            mask = chosen & (clips == clip)
            self._env.set_clip(int(clip), mask, at_once=True, begun=begun)
            self._env.set_clip(None, mask)

    def state_dict(self) -> dict[str, Any]:
        return {"failures": self._failures.tolist(), "left": self.left.tolist()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        failures = np.array(state["failures"])
        if failures.shape == self._failures.shape:  # else the run's motions were changed
            self._failures[:] = failures
            self.left[:] = state["left"]
        self._hand_over()
