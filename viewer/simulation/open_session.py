"""From a checkpoint's path to the session that runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.readers.files import checkpoint_file
from muscle_viewer.viewer.simulation.model_session import ModelSession
from muscle_viewer.viewer.simulation.pose_session import PoseSession
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint


def session_of(name: str, checkpoint: Checkpoint, seed: int = 0) -> CheckpointSession:
    """A checkpoint that runs; one that is posed is moved by hand or by its motion, a model by hand and its muscles."""
    if checkpoint.meta.get("model") is True:
        return ModelSession(name, checkpoint, seed)
    kind = PoseSession if checkpoint.meta.get("posed") is True else CheckpointSession
    return kind(name, checkpoint, seed)


def load_session(
    path: Path,
    seed: int = 0,
    engine: str | None = None,
    environment: Path | None = None,
    motion: Path | None = None,
    data: Path | None = None,
) -> CheckpointSession:
    """Load a checkpoint and build its environment, or another one, on another engine if one is named.

    motion: that a model follows, without physics. data: folder in which the environment's files are looked for first.

    Raises UserError for whatever is wrong with the file.
    """
    from muscle_viewer.core import load_checkpoint

    file = checkpoint_file(path)
    name = f"{path.name}/{file.name}" if file != path else path.name
    return session_of(
        name, load_checkpoint(file, environment, motion, data).on_engine(engine), seed
    )
