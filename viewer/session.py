"""A checkpoint that runs: the environment and the policy that acts in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.core import Environment, Policy
    from muscle_viewer.core.frame import Frame, ModelInfo


class Session(Protocol):
    """What the runtime steps."""

    @property
    def name(self) -> str:
        """What is running, for people (the checkpoint's file name)."""

    @property
    def info(self) -> ModelInfo:
        """The character, which never changes."""

    @property
    def control_period(self) -> float:
        """Simulated seconds per step."""

    def reset(self) -> Frame:
        """Begin a new episode."""

    def step(self) -> Frame:
        """Let the policy act once; after a frame that says terminated or truncated, `reset` comes next."""


class CheckpointSession:
    """A `Session` over the core's environment and a checkpoint's policy."""

    def __init__(self, name: str, environment: Environment, policy: Policy) -> None:
        self.name = name
        self.info: ModelInfo = environment.info
        self.control_period = 1.0 / environment.info.control_hz
        self._environment = environment
        self._policy = policy
        self._observation: np.ndarray | None = None

    def reset(self) -> Frame:
        """Begin a new episode and return its first frame."""
        self._observation = self._environment.reset()
        return self._environment.frame()

    def step(self) -> Frame:
        """Act on the last observation and return the frame after one control step."""
        if self._observation is None:
            return self.reset()
        action = self._policy.act(self._observation)
        self._observation, *_ = self._environment.step(action)
        return self._environment.frame()


def muscles_named(info: ModelInfo, names: str) -> list[int]:
    """Indices of muscles by their comma-separated names. ConfigError names one that is not there."""
    import difflib

    from muscle_viewer.core import ConfigError

    chosen = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name not in info.muscle_names:
            near = difflib.get_close_matches(name, info.muscle_names, n=3)
            hint = f"; near are {', '.join(near)}" if near else ""
            raise ConfigError(f"--select: no muscle is named '{name}'{hint}")
        chosen.append(info.muscle_names.index(name))
    return chosen


def load_session(path: Path, seed: int = 0, engine: str | None = None) -> CheckpointSession:
    """Load a checkpoint and build its environment, on another engine than its own if one is named.

    Raises UserError for whatever is wrong with the file.
    """
    from muscle_viewer.core import Environment, load_checkpoint

    checkpoint = load_checkpoint(path).on_engine(engine)
    environment = Environment(checkpoint.config, seed=seed)
    return CheckpointSession(path.name, environment, checkpoint.load_into(environment))
