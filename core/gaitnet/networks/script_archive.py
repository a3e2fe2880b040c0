"""The tensors of a TorchScript archive, without loading its code.

torch.jit.load would compile the archive's methods and run their `__setstate__`; here its pickled
state alone is read, with classes of the archive as plain holders.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import CheckpointError

DTYPES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "BoolStorage": np.bool_,
}
DEEPEST = 32


class _Holder:
    """An object of a class of the archive: its state and nothing more."""

    def __init__(self) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Storage:
    def __init__(self, name: str) -> None:
        self.dtype = DTYPES[name]


def _tensor(
    storage: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_rest: Any
) -> torch.Tensor:
    return torch.as_strided(storage, tuple(size), tuple(stride), int(offset)).clone()


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(io.BytesIO(data))
        self._archive, self._root = archive, root

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("__torch__"):
            return _Holder
        if module == "torch" and name in DTYPES:
            return _Storage(name)
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        raise pickle.UnpicklingError(f"it holds {module}.{name}")

    def persistent_load(self, pid: Any) -> torch.Tensor:
        _, storage, key, _, _ = pid
        data = self._archive.read(f"{self._root}/data/{key}")
        return torch.from_numpy(np.frombuffer(data, dtype=storage.dtype).copy())


def script_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Parameters and buffers by their names. CheckpointError where the archive is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
            module = _Unpickler(
                archive.read(member), archive, member.removesuffix("/data.pkl")
            ).load()
            return dict(_named(module, "", 0))
    except Exception as error:  # pickles fail in as many ways as they can be damaged
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise CheckpointError(
            f"{path}: a TorchScript archive that cannot be read ({reason[:120]})"
        ) from None


def _named(module: Any, prefix: str, deep: int) -> list[tuple[str, torch.Tensor]]:
    state = module.state if isinstance(module, _Holder) else None
    if not isinstance(state, dict) or deep > DEEPEST:
        return []
    out: list[tuple[str, torch.Tensor]] = []
    for name, value in state.items():
        if isinstance(value, torch.Tensor):
            out.append((f"{prefix}{name}", value))
        elif isinstance(value, _Holder):
            out += _named(value, f"{prefix}{name}.", deep + 1)
    return out
