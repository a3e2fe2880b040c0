"""Optional libraries: one line, which names the extra, in place of an ImportError's traceback."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from muscle_viewer.core import ConfigError


def library(module: str, extra: str) -> ModuleType:
    """An optional module. ConfigError names the extra of the package that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise ConfigError(
            f"{module} is not installed; install it with: pip install 'muscle-viewer[{extra}]'"
        ) from None
