"""From a path that a user gives to something that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import ConfigError
from muscle_viewer.viewer.run_file import SUFFIX, load
from muscle_viewer.viewer.session import CheckpointSession, checkpoint_file, load_session

if TYPE_CHECKING:
    from muscle_viewer.viewer.inputs import Inputs
    from muscle_viewer.viewer.run_log import Change


@dataclass(frozen=True)
class Opened:
    """A session, and the recording that it is to follow at first."""

    session: CheckpointSession
    path: Path
    """What was given: a checkpoint, a training run's folder or a run file."""
    watched: Path | None
    """The checkpoint file, whose changes are looked for."""
    script: Sequence[Inputs | None] = ()
    changes: Sequence[Change] = ()
    selection: Sequence[int] = ()
    """Muscles to select at first."""
    environment: Path | None = None
    """The environment that was named for it."""

    @property
    def found(self) -> str | None:
        """What a checkpoint of another program is, a line for people."""
        said = self.session.checkpoint.meta.get("found")
        return f"{self.path}: {said}" if isinstance(said, str) else None


def open_path(
    path: Path,
    seed: int = 0,
    engine: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    environment: Path | None = None,
) -> Opened:
    """Load whatever it is, on another engine or in another environment if one is named.

    `say` is told what is being done.

    UserError, one line, for what it is not.
    """
    say("starting torch")
    import torch  # noqa: F401 - the longest part, and said so
    from muscle_viewer.core import _core  # noqa: F401

    say(f"reading {path.name}")
    if path.suffix == SUFFIX:
        if environment is not None:
            raise ConfigError(
                f"--environment: {path.name} replays in the one that it was recorded in"
            )
        if engine is not None:
            raise ConfigError(
                f"--engine: {path.name} replays on the engine that it was recorded on"
            )
        run = load(path)
        changes = [
            type(change)(change.index - 1, change.kind, change.value) for change in run.changes
        ]
        return Opened(run.session(), path, None, run.entries[1:], changes)
    session = load_session(path, seed, engine, environment)
    return Opened(session, path, checkpoint_file(path), environment=environment)
