"""An environment YAML of Bidirectional GaitNet's fork (`A2_sep.yaml` and its like)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...readers.text import parse
from .environment_keys import File
from .translate import project_tree

EARLIER = {"ground", "advanced"}
"""Keys that the fork reads no more since January 2026."""


def is_environment_yaml(text: str) -> bool:
    """Whether a YAML is an environment of the fork: `environment:` stands at its beginning of a line."""
    return re.search(r"^environment\s*:", text, re.MULTILINE) is not None


def read_environment_yaml(text: str, path: Path) -> dict[str, Any]:
    """The project's environment tree.

    ConfigError names a key that cannot be honoured; what has no bearing here is logged by name.
    """
    file = parse(text, str(path), File, ConfigError)
    earlier = bool(EARLIER & file.environment.model_fields_set)
    return project_tree(file, path, "seed" if earlier else "head")
