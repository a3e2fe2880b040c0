"""The stride that an HDF5 motion of the fork says of itself."""

from __future__ import annotations

from pathlib import Path

from ...errors import ConfigError


def stride_of_motion(motion: Path, path: Path) -> float:
    """The attribute `stride` of a motion's file, m. ConfigError: one line that names both files."""
    where = f"{path}: environment.motion.get_stride_from_motion"
    try:
        import h5py  # type: ignore[import-untyped]
    except ImportError:
        raise ConfigError(
            f"{where}: HDF5 is read by h5py, which is not installed: "
            "pip install 'muscle-viewer[hdf5]'"
        ) from None
    try:
        with h5py.File(motion, "r") as file:
            given = file.attrs.get("stride")
            text = given.decode() if isinstance(given, bytes) else given
            stride = float(text) if text is not None else 0.0
    except (OSError, RuntimeError, TypeError, ValueError) as problem:
        raise ConfigError(f"{where}: {motion}: {problem}") from None
    if not 0 < stride < 10:
        raise ConfigError(f"{where}: {motion} has no attribute 'stride' in metres; set it to false")
    return stride
