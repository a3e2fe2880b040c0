"""Pickles of the lineage: plain containers, numbers, text and numpy arrays; nothing else is built."""

from __future__ import annotations

import importlib
import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import CheckpointError

LARGEST = 1 << 30
"""Bytes of a pickle; those of the lineage have a few megabytes."""

DEEPEST = 64
"""Containers within each other."""

_NUMPY = "numpy._core" if np.__version__ >= "2" else "numpy.core"
_multiarray = importlib.import_module(f"{_NUMPY}.multiarray")
_numeric = importlib.import_module(f"{_NUMPY}.numeric")


class Absent:
    """What stands in the file as an object of a class that is not known here; it holds nothing."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass

    def __setitem__(self, _key: Any, _value: Any) -> None:
        pass

    def append(self, _item: Any) -> None:
        pass

    def extend(self, _items: Any) -> None:
        pass


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """How protocol 2 writes bytes: text of one byte a letter."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"encoding '{encoding}'")
    return text.encode("latin1")


_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode,
}
for _package in ("numpy.core", "numpy._core"):
    _KNOWN[f"{_package}.multiarray", "_reconstruct"] = _multiarray._reconstruct
    _KNOWN[f"{_package}.multiarray", "scalar"] = _multiarray.scalar
    _KNOWN[f"{_package}.numeric", "_frombuffer"] = _numeric._frombuffer


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What is known; everything else becomes `Absent`, which does nothing."""
        return _KNOWN.get((module, name), Absent)

    def persistent_load(self, _pid: Any) -> Any:
        raise pickle.UnpicklingError("references to objects outside the file")

    def get_extension(self, code: int) -> Any:
        raise pickle.UnpicklingError(f"extension {code}")


def read_pickle(data: bytes, origin: str | Path) -> Any:
    """The plain content of a pickle. CheckpointError where it is damaged or asks for more."""
    if len(data) > LARGEST:
        raise CheckpointError(f"{origin}: {len(data)} bytes, more than a checkpoint has")
    try:
        content = _Restricted(io.BytesIO(data)).load()
        _no_objects(content, origin)
        return content
    except CheckpointError:
        raise
    except Exception as error:  # pickles fail in as many ways as they can be damaged
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise CheckpointError(f"{origin}: a damaged pickle ({reason}); copy it again") from None


def _no_objects(content: Any, origin: str | Path) -> None:
    """Arrays hold numbers, and nothing leads back to itself.

    What is held in many places is looked at once: a small file may nest lists a billion ways.
    """
    above: set[int] = set()
    seen: set[int] = set()

    def look(value: Any) -> None:
        if isinstance(value, np.ndarray) and value.dtype.hasobject:
            raise CheckpointError(f"{origin}: an array of objects; arrays of numbers are wanted")
        if not isinstance(value, (dict, list, tuple)) or id(value) in seen:
            return
        if len(above) > DEEPEST or id(value) in above:
            raise CheckpointError(f"{origin}: nests too deep, or holds itself")
        above.add(id(value))
        for inner in value.values() if isinstance(value, dict) else value:
            look(inner)
        above.remove(id(value))
        seen.add(id(value))

    look(content)
