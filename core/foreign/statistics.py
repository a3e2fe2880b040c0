"""Statistics of observations in the files of Stable-Baselines3 and RLlib, read as plain data."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CheckpointError
from ..readers.files import read_bytes
from ..readers.plain_pickle import LARGEST, Budget, PickleError, Unfinished, finish, read_plain
from ..readers.plain_values import builders, plain_values
from .assemble import Normalisation

OF_RLLIB = 1e-6
"""What RLlib's filter adds to the deviation."""
LARGEST_ARRAY = 8 << 20
"""Bytes of an array of statistics."""


class _Attributes(Unfinished):
    """An object of any class: its attributes as a dictionary, nothing of its class."""

    def __init__(self, *_: Any) -> None:
        self._state: Any = {}

    def build(self, state: Any) -> None:
        self._state = state

    def finished(self) -> Any:
        return self._state if isinstance(self._state, dict) else {}


def pickled(path: Path) -> Any:
    """The plain content of a pickle; objects become their attributes."""
    data = read_bytes(path, CheckpointError, LARGEST)
    known = builders(plain_values(Budget()), lambda _name: _Attributes)
    try:
        content, _ = read_plain(data, known)
        return finish(content)
    except PickleError as reason:
        raise CheckpointError(f"{path}: cannot be read ({reason})") from None


def read_normalisation(path: Path) -> Normalisation:
    """The statistics in a pickle of Stable-Baselines3's VecNormalize, or in the state of RLlib's MeanStdFilter."""
    content = pickled(path)
    try:
        if "obs_rms" in content:
            statistics = content["obs_rms"]
            clip = float(content["clip_obs"])
            return Normalisation(
                statistics["mean"], statistics["var"], float(content["epsilon"]), clip
            )
        (state,) = content.values()  # of the only agent
        (statistics,) = state["running_stats"]
        return of_rllib(
            _array(statistics["mean_array"]),
            _array(statistics["sum_sq_diff_array"]),
            int(statistics["num_pushes"]),
            state,
        )
    except (AttributeError, LookupError, TypeError, ValueError, zlib.error):
        raise CheckpointError(
            f"{path}: holds no obs_rms, epsilon and clip_obs, which VecNormalize.save writes, and no "
            "running_stats of RLlib's MeanStdFilter (env_to_module_connector/MeanStdFilter/state.pkl)"
        ) from None


def of_rllib(
    mean: NDArray[Any], squares: NDArray[Any], count: int, state: Mapping[str, Any]
) -> Normalisation:
    """What RLlib's MeanStdFilter does: (obs - mean) / (deviation + 1e-6), between -clip and clip.

    squares: sum of the squared differences from the mean, of `count` observations. state: of the filter, for
    `de_mean_to_zero`, `de_std_to_one` and `clip_by_value`.
    """
    # In single precision, as RLlib has it.
    variance = (squares / max(count - 1, 1)).astype(np.float32) * np.float32(count > 1)
    deviation = np.sqrt(np.maximum(0, variance)) + np.float32(OF_RLLIB)
    if not state["de_mean_to_zero"]:
        mean = np.zeros_like(mean)
    if not state["de_std_to_one"]:
        deviation = np.ones_like(deviation)
    clip = state["clip_by_value"]
    return Normalisation.of_deviation(
        np.asarray(mean, np.float64), deviation, float(clip) if clip else None
    )


def _array(text: str) -> NDArray[np.float64]:
    """An array that RLlib packed: base64 of the compressed .npy file. ValueError if it is not of float64."""
    data = zlib.decompressobj().decompress(base64.b64decode(text), LARGEST_ARRAY)
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("version")
    shape, _, kind = np.lib.format.read_array_header_1_0(file)
    if kind != np.float64:
        raise ValueError("kind")
    return np.frombuffer(data, np.float64, offset=file.tell()).reshape(shape)
