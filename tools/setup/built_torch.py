"""Adds to a wheel's requirements the torch that its core was compiled against: the core refuses every other one.

A provider of dynamic metadata for scikit-build-core, named in pyproject.toml. An sdist keeps the range that builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any


class BuiltTorch:
    def __init__(self) -> None:
        self.is_compiled = True

    def build_state(self, state: str) -> None:
        self.is_compiled = state != "sdist"

    def dynamic_metadata(
        self, settings: Mapping[str, Any], project: Mapping[str, Any]
    ) -> dict[str, list[str]]:
        return {"dependencies": [f"torch=={version('torch')}"] if self.is_compiled else []}

    def dynamic_wheel(self, settings: Mapping[str, Any]) -> dict[str, bool]:
        """A wheel's list is another than that of the sdist that it was made from."""
        return {"dependencies": True}
