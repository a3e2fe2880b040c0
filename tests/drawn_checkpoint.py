"""The shipped walk in an environment that draws parameters, which its policy does not observe."""

from __future__ import annotations

from pathlib import Path

from muscle_viewer.core import load_checkpoint, save_checkpoint
from muscle_viewer.core.configuration import Parameter, checkpoints_folder


def walk_with_parameters(
    folder: Path,
    parameters: dict[str, Parameter],
    presets: dict[str, dict[str, float]] | None = None,
) -> Path:
    """Write the checkpoint to a folder; returns its path. The parameters must be `observed=False`."""
    loaded = load_checkpoint(checkpoints_folder() / "walk.pt")
    path = folder / "drawn.pt"
    config = loaded.config.model_copy(update={"parameters": parameters, "presets": presets or {}})
    save_checkpoint(path, config, loaded.policy, loaded.muscle)
    return path
