"""Pickles of MASS and the GaitNets: plain containers, numbers, text and numpy arrays; nothing else is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import CheckpointError
from ...readers.plain_pickle import LARGEST, Absent, Budget, PickleError, finish, read_plain
from ...readers.plain_values import builders, plain_values


def read_pickle(data: bytes, origin: str | Path) -> Any:
    """The plain content of a pickle. CheckpointError where it is damaged or asks for more.

    Objects of classes that are not known here, such as ray's, become `Absent`. Arrays are read-only.
    """
    if len(data) > LARGEST:
        raise CheckpointError(
            f"{origin}: {len(data)} bytes; a checkpoint has at most {LARGEST >> 20} MiB"
        )
    known = builders(plain_values(Budget()), lambda _name: lambda *_: Absent())
    try:
        content, _ = read_plain(data, known)
        return finish(content)
    except PickleError as reason:
        raise CheckpointError(f"{origin}: a damaged pickle ({reason}); copy it again") from None
