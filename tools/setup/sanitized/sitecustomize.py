"""Takes the compiled core from the build folder that MUSCLE_CORE_BUILD names; see tools/setup/sanitized_tests.sh."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path
from types import ModuleType

BUILD = Path(os.environ["MUSCLE_CORE_BUILD"])
CORE = "muscle_viewer.core._core"
PLACES = {
    CORE: BUILD / f"_core{EXTENSION_SUFFIXES[0]}",
    "muscle_viewer.core._dart": BUILD / "core" / "src" / "dart" / f"_dart{EXTENSION_SUFFIXES[0]}",
}


class BuiltCore:
    """Comes before the finder of the editable installation."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        place = PLACES.get(name)
        if place is None:
            return None
        if not place.is_file() and name == CORE:
            raise ImportError(f"{place}: the sanitized core is not there")
        if not place.is_file():  # a build without DART
            return None
        return importlib.util.spec_from_file_location(name, place)


sys.meta_path.insert(0, BuiltCore)  # type: ignore[arg-type]
