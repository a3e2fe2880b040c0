"""The shipped walk in an environment that draws parameters, which its policy does not observe."""

from __future__ import annotations

from pathlib import Path

from muscle_viewer.core import load_checkpoint, save_checkpoint
from muscle_viewer.core.configuration import Parameter, checkpoints_folder

HEIGHT_AND_WEAKNESS = {
    "height": Parameter(acts_on="height", range=[0.8, 1.2], observed=False),
    "weak": Parameter(acts_on="strength", muscles=["soleus"], range=[0.2, 1.0], observed=False),
}


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
