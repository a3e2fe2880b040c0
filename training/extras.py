"""Optional libraries: one line, which names the extra, in place of an ImportError's traceback."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from muscle_viewer.core import ConfigError


def library(module: str, extra: str) -> ModuleType:
    """An optional module. ConfigError names the extra of the package that installs it.

    A part of a library (`ray.rllib`) may be there without the further libraries that it needs; the extra brings them.
    """
    try:
        return import_module(module)
    except ImportError as error:
        if error.name != module and "." not in module:
            raise
        raise ConfigError(
            f"{error.name or module} is not installed; install it with: pip install 'muscle-viewer[{extra}]'"
        ) from None
