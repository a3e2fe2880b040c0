"""Names of models that are no files: those of an installed package."""

from __future__ import annotations

from pathlib import Path

PACKAGE = "myo_sim:"
"""What a name of a model of the myo_sim package begins with."""


def is_named_model(source: str | Path) -> bool:
    """Whether a source is no file's path, but names a model of a package: `myo_sim:NAME`."""
    return str(source).startswith(PACKAGE)


def absolute(source: Path) -> Path:
    """The absolute path of a file; a name of a model stays as it is."""
    return source if is_named_model(source) else source.resolve()
