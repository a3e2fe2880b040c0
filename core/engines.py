"""The physics engines: lanes always, DART if it was built in."""

from __future__ import annotations

import os

from . import _core
from .errors import ConfigError

DART_PACKAGE = "libdart-dev"


def instruction_set() -> str:
    """The instruction set of the lanes engine: MUSCLE_CORE_ISA, or the widest that this CPU runs."""
    available: list[str] = _core.instruction_sets()
    wanted = os.environ.get("MUSCLE_CORE_ISA", available[0])
    if wanted not in available:
        raise ConfigError(
            f"MUSCLE_CORE_ISA: '{wanted}' cannot run here; use one of {', '.join(available)}"
        )
    return wanted


def engine_named(name: str) -> _core.EngineFactory:
    """The engine of a configuration's `engine:`. ConfigError says what to install for DART."""
    if name == "lanes":
        return _core.lanes_engine(instruction_set())
    try:
        from . import _dart
    except ImportError as error:
        if getattr(error, "name", None) and str(error).startswith("cannot import name"):
            raise ConfigError(
                "engine: 'dart' is not in this build, which found no DART; install it "
                f"(apt-get install {DART_PACKAGE}) and build again (make setup), "
                "or use engine: lanes"
            ) from None
        raise ConfigError(
            f"engine: 'dart' cannot be loaded ({error}); install {DART_PACKAGE}, "
            "or use engine: lanes"
        ) from None
    return _dart.dart_engine()
