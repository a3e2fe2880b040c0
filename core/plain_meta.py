"""A checkpoint's `meta`: plain values, numpy numbers as Python's; other values are refused by their key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .errors import CheckpointError
from .readers.plain_pickle import DEEPEST, LONGEST_INTEGER, is_key


def plain_meta(value: Any, where: str = "meta", deep: int = 0) -> Any:
    """A copy of `value` in plain values. CheckpointError names the key of an unsupported value."""
    if deep > DEEPEST // 2:
        raise CheckpointError(f"{where}: is nested too deeply, or contains itself")
    if value is None or isinstance(value, (bool, float, str, bytes)):
        return value
    if isinstance(value, int):
        if value.bit_length() >= 8 * LONGEST_INTEGER:
            raise CheckpointError(
                f"{where}: an integer of {value.bit_length()} bits cannot be saved"
            )
        return value
    if isinstance(value, (np.generic, np.ndarray)) and value.dtype.kind in "biuf":
        return value.tolist()
    if torch.is_tensor(value) and value.layout == torch.strided and not value.is_meta:
        return value.detach().cpu().clone()
    if isinstance(value, Mapping):
        return {_key(k, where): plain_meta(v, f"{where}.{k}", deep + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        items = [plain_meta(v, f"{where}[{k}]", deep + 1) for k, v in enumerate(value)]
        return items if isinstance(value, list) else tuple(items)
    raise CheckpointError(
        f"{where}: a {type(value).__name__} cannot be saved; use text, numbers, or lists of them"
    )


def _key(key: Any, where: str) -> Any:
    key = key.item() if isinstance(key, np.generic) else key
    if not is_key(key):
        raise CheckpointError(
            f"{where}: a key of type {type(key).__name__} cannot be saved; use text"
        )
    return key
