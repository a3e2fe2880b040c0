"""What a training run is told; every field has a default that works."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from muscle_viewer.core import ConfigError

from .muscle_learner import MuscleSettings
from .ppo import PpoSettings


@dataclass(frozen=True)
class TrainingSettings:
    num_envs: int = 64
    seed: int = 0
    threads: int | None = None
    """Of the simulator; None: all CPUs."""
    steps: int | None = None
    """Control steps of all environments together; the run ends there."""
    minutes: float | None = None
    """Of training, over all its resumptions; the run ends there."""
    muscle_only: bool = False
    """Train the muscle network alone, under random actions around the reference motion."""
    warm_up: int = 150_000
    """Control steps in which the muscle network learns alone, before the policy does."""
    exploration: float = 1.0
    """Deviation of the random actions in the warm-up."""
    muscle_batches: int = 12
    """Gradient steps of the muscle network per iteration; in the warm-up four times as many."""
    final_rate: float = 0.1
    """Learning rates fall linearly to this share of their start."""
    save_every: float = 120.0
    """Seconds between checkpoints."""
    ppo: PpoSettings = field(default_factory=PpoSettings)
    muscle: MuscleSettings = field(default_factory=MuscleSettings)

    def __post_init__(self) -> None:
        positive = {
            "--num-envs": self.num_envs,
            "--steps": self.steps,
            "--minutes": self.minutes,
            "--threads": self.threads,
        }
        for name, value in positive.items():
            if value is not None and value <= 0:
                raise ConfigError(f"{name}: must be positive, is {value}")
        if self.seed < 0:
            raise ConfigError(f"--seed: must not be negative, is {self.seed}")

    def progress(self, steps: int, seconds: float) -> float:
        """Share of the run that is done; 0 throughout for a run without an end."""
        by_steps = steps / self.steps if self.steps else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(by_steps, by_time)

    def as_meta(self) -> dict[str, Any]:
        """Plain values, for a checkpoint's meta."""
        return asdict(self)
