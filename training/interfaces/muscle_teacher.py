"""The muscle network's training beside a trainer that knows nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from muscle_viewer.core import ConfigError

from ..muscle_learner import MuscleLearner, MuscleSettings

if TYPE_CHECKING:
    from .batch import Step, TrainerBatch


class MuscleReport(NamedTuple):
    loss: float
    error: float
    """Median of the relative torque error before the update."""


class MuscleTeacher:
    """Collects the samples of every step of a batch, learns from them and hands the weights over.

    every: steps of the batch after which it learns by itself; None: when `learn` is called, as by a
    callback at the end of a rollout.
    start: the state_dict to begin with; None: random weights.
    gradient_steps: of one call of `learn`. The first call takes four times as many.
    """

    def __init__(
        self,
        batch: TrainerBatch,
        *,
        every: int | None = None,
        start: Mapping[str, torch.Tensor] | None = None,
        settings: MuscleSettings | None = None,
        gradient_steps: int = 12,
        seed: int = 0,
    ) -> None:
        if not batch.env.config.infers:
            raise ConfigError(
                f"actuator {batch.env.config.actuator}: no muscle network acts, so none can learn"
            )
        if every is not None and every < 1:
            raise ConfigError(f"every: {every} given, expected a number of steps or None")
        self._batch, self._every, self._gradient_steps = batch, every, gradient_steps
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.learner = MuscleLearner(
                batch.env, settings or MuscleSettings(), torch.Generator().manual_seed(seed)
            )
        if start is not None:
            self.learner.network.load_state_dict(dict(start))
        self._steps = 0
        self._updates = 0
        self._hand_over()
        batch.listen(self._after_step)

    def _after_step(self, _: Step) -> None:
        self.learner.buffer.add(self._batch.env.muscle_samples)
        self._steps += 1
        if self._every is not None and self._steps % self._every == 0:
            self.learn()

    def learn(self) -> MuscleReport:
        """Gradient steps on the collected samples; the new weights act from the next step on."""
        if not len(self.learner.buffer):
            raise ConfigError("muscle network: there are no samples yet; step the batch first")
        first = self._updates == 0
        rate = self.learner.settings.learning_rate * (1 if first else 0.3)
        error = self.learner.relative_error()
        with torch.enable_grad(), torch.inference_mode(False):
            loss = self.learner.update(self._gradient_steps * (4 if first else 1), rate)
        self._updates += 1
        self._hand_over()
        return MuscleReport(loss, error)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `learner.state_dict()`; its network acts from the next step on."""
        self.learner.load_state_dict(state)
        self._updates = max(self._updates, 1)
        self._hand_over()

    def _hand_over(self) -> None:
        self._batch.load_muscle_weights(self.learner.network.state_dict())
