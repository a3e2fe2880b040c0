"""The folders of the project's own files."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def assets_folder() -> Path:
    """The folder of the assets that ship with the project."""
    return Path(str(resources.files("muscle_viewer.assets")))


def checkpoints_folder() -> Path:
    """The folder of the checkpoints that ship with the project."""
    return Path(str(resources.files("muscle_viewer.checkpoints")))
