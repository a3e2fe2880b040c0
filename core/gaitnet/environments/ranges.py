"""The ranges of the parameters that a trained network's own environment gives."""

from __future__ import annotations

from pathlib import Path

from ...errors import ConfigError
from ...readers.text import parse
from .environment_keys import File
from .environment_xml import is_environment_xml, parameters_of_xml
from .environment_yaml import is_environment_yaml
from .parameters import ranges


def ranges_of(text: str, path: Path) -> dict[str, tuple[float, float]]:
    """Minimum and maximum by the parameter's dotted name, from the text of an environment; its files are not looked for.

    ConfigError where it is none.
    """
    if is_environment_xml(text):
        tree = parameters_of_xml(text, path)
    elif is_environment_yaml(text):
        tree = parse(text, str(path), File, ConfigError).environment.parameters
    else:
        raise ConfigError(f"{path}: its environment is no XML or YAML of a GaitNet")
    return {name: (bounds.min, bounds.max) for name, bounds in ranges(tree, path)}
