"""The DART engine of Muscle Viewer; built where CMake finds DART."""

from ._core import EngineFactory

dart_version: str

def dart_engine() -> EngineFactory:
    """What moves a scene's environments by DART."""
