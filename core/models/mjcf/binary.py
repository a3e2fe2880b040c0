"""What is checked of a binary model before MuJoCo allocates what its header asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import ModelError
from ...readers.files import read_bytes

LARGEST = 1 << 30
"""Bytes of a binary model; myofullbody with its meshes has 40 MiB."""

SIZES = 20
"""Where the sizes begin, int64: after five int32, of which the third is their number (MuJoCo 3.17)."""

MEMORY = 2
"""The last sizes are of the simulation's and the model's memory, in bytes: more than the file has."""


def check_binary(path: Path) -> None:
    """ModelError, one line, for what is no plain file or holds fewer values than its header says."""
    data = read_bytes(path, ModelError, LARGEST)
    count = int(np.frombuffer(data[:SIZES], np.int32)[2]) if len(data) >= SIZES else -1
    if not MEMORY < count < len(data) // 8:
        raise ModelError(f"{path}: is no binary model of MuJoCo; write it again with MuJoCo")
    sizes = np.frombuffer(data, np.int64, count, SIZES)
    if (sizes[:-MEMORY] > len(data)).any() or (sizes[-MEMORY:] > LARGEST).any():
        raise ModelError(
            f"{path}: damaged: its header names more values than the file has; write it again"
        )
