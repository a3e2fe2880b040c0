"""The report of one iteration of a training run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from ..ppo import PpoStatistics


@dataclass(frozen=True)
class ClusterReport:
    """The actors of one iteration of a run on many machines."""

    actors: int
    """Those whose fragments arrived."""
    wanted: int
    received: int
    """Bytes of their fragments."""
    sent: int
    """Bytes of the weights, once for each node."""
    rollout_seconds: float
    """Time of the slowest actor in its rollout, s."""
    notes: tuple[str, ...] = ()
    """Actors that were lost or came back, one line each."""


@dataclass(frozen=True)
class Report:
    """Results of one iteration; nan for a missing value."""

    phase: str
    """'warm-up' (muscle network alone) or 'train'."""
    steps: int
    """Control steps of all environments since the run's start."""
    seconds: float
    """Time of training since the run's start, resumptions included, s."""
    progress: float
    """Completed fraction of the run; always 0 without an end."""
    steps_per_second: float
    mean_return: float
    """Mean return of the last episodes that ended; the next two are over the same episodes."""
    episode_seconds: float
    """Simulated time, s."""
    fall_rate: float
    """Fraction of the episodes that end by a fall."""
    rewards: Mapping[str, float]
    """Mean over the iteration of the reward ('total') and of its terms before weighting."""
    parameters: Mapping[str, float]
    """Mean return and fall rate of the last episodes by parameter and third of its range."""
    torque_error: float
    """Median of |JtA a - tau| / |tau| over the newest samples."""
    muscle_loss: float
    effort_ratio: float
    """Sum of squared activations over the static optimum's, on samples of the buffer."""
    muscles_used: float
    """Fraction of the muscles that the static optimum uses which the network uses."""
    activation: float
    """Mean over muscles and environments, last control step."""
    std: float
    """Standard deviation (std) of the policy's actions, mean over the actions."""
    ppo: PpoStatistics | None
    timings: Mapping[str, float]
    """Time of the iteration in each phase of the stopwatch, s; both updates may happen at the same time."""
    iteration_seconds: float
    cluster: ClusterReport | None = None
    clips: Mapping[str, float] = field(default_factory=dict)
    """Mean return, length (s), fall rate and weight of the last episodes by motion, where there are several."""

    def shares(self) -> dict[str, float]:
        """Fractions of the iteration's time."""
        total = max(self.iteration_seconds, 1e-9)
        return {name: seconds / total for name, seconds in self.timings.items()}

    def scalars(self) -> dict[str, float]:
        """All figures by their names in progress.csv and TensorBoard; always the same names."""
        nothing = {field.name: math.nan for field in fields(PpoStatistics)}
        return {
            "steps": self.steps,
            "hours": self.seconds / 3600,
            "steps_per_second": self.steps_per_second,
            "episode/return": self.mean_return,
            "episode/seconds": self.episode_seconds,
            "episode/fall_rate": self.fall_rate,
            **{f"reward/{name}": value for name, value in self.rewards.items()},
            **{f"parameter/{name}": value for name, value in self.parameters.items()},
            **{f"clip/{name}": value for name, value in self.clips.items()},
            "muscle/torque_error": self.torque_error,
            "muscle/loss": self.muscle_loss,
            "muscle/effort_ratio": self.effort_ratio,
            "muscle/used": self.muscles_used,
            "muscle/activation": self.activation,
            "policy/std": self.std,
            **{f"policy/{k}": v for k, v in (asdict(self.ppo) if self.ppo else nothing).items()},
            **{f"time/{name}": share for name, share in self.shares().items()},
            **(_scalars(self.cluster) if self.cluster else {}),
        }


def _scalars(cluster: ClusterReport) -> dict[str, float]:
    return {
        "cluster/actors": cluster.actors,
        "cluster/received_bytes": cluster.received,
        "cluster/sent_bytes": cluster.sent,
        "cluster/rollout_seconds": cluster.rollout_seconds,
    }
