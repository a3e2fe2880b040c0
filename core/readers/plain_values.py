"""Builders of plain objects in pickles: ordered dictionaries, sets, bytes, and numpy's arrays and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .plain_pickle import Budget, Builder, Name, PickleError, Unfinished, plain_set

NUMERIC = re.compile(r"[<>=|]?(\?|b1|[iu][1248]|f[248]|c8|c16|[bBhHiIlLqQefdFD])")
"""Codes of numpy's numeric dtypes, without those of objects, texts and structures."""

LARGEST_SIZE = 1 << 62
MOST_DIMENSIONS = 8


class Dtype(Unfinished):
    """A numeric dtype, whose byte order is given by its state."""

    def __init__(self, code: Any, _align: Any = False, _copy: Any = True) -> None:
        if not isinstance(code, str) or not NUMERIC.fullmatch(code):
            raise PickleError("an array of something other than numbers")
        self.dtype: np.dtype[Any] = np.dtype(code)

    def build(self, state: Any) -> None:
        """Set (version, byte order, subarray, names, fields, ...); subarray, names and fields must be None."""
        if not isinstance(state, tuple) or not 5 <= len(state) <= 9:
            raise PickleError("the state of a dtype is invalid")
        if state[1] not in ("<", ">", "|", "=") or any(part is not None for part in state[2:5]):
            raise PickleError("an array of something other than numbers")
        self.dtype = self.dtype.newbyteorder(state[1])


class Array(Unfinished):
    """A numpy array, which is empty until its state is given."""

    def __init__(self) -> None:
        self.array: np.ndarray = np.zeros(0, np.float32)

    def build(self, state: Any) -> None:
        """Set (version, shape, dtype, whether in Fortran order, bytes)."""
        if not isinstance(state, tuple) or len(state) != 5:
            raise PickleError("the state of an array is invalid")
        _, shape, dtype, fortran, data = state
        self.array = array_of(data, dtype, shape, "F" if fortran is True else "C")

    def finished(self) -> np.ndarray:
        return self.array


def array_of(data: Any, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray:
    """A read-only array over bytes of exactly its length. PickleError if the lengths differ."""
    if not isinstance(dtype, Dtype) or not isinstance(data, bytes):
        raise PickleError("an array of something other than numbers")
    lengths = sizes(shape)
    wanted = math.prod(lengths) * dtype.dtype.itemsize
    if wanted != len(data):
        raise PickleError(f"an array needs {wanted} bytes and has {len(data)}")
    flat = np.frombuffer(data, dtype.dtype)
    return flat.reshape(lengths, order="F" if order == "F" else "C")


def sizes(shape: Any) -> tuple[int, ...]:
    """A shape or strides: a few whole numbers from 0 up. PickleError for anything else."""
    if not isinstance(shape, (tuple, list)) or len(shape) > MOST_DIMENSIONS:
        raise PickleError("a shape is invalid")
    if not all(type(n) is int and 0 <= n < LARGEST_SIZE for n in shape):
        raise PickleError("a shape is invalid")
    return tuple(shape)


def _scalar(dtype: Any, data: Any) -> Any:
    """A numpy number as a Python number."""
    return array_of(data, dtype, ()).item()


def plain_values(budget: Budget) -> dict[tuple[str, str], Builder]:
    """The builders of plain values by module and name."""

    def encode(text: Any, encoding: Any = "latin1") -> bytes:
        """Bytes from the text as which protocol 2 writes them, one character for each byte."""
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise PickleError("bytes in an unknown encoding")
        budget.spend(len(text))
        return text.encode("latin1")

    def a_set(items: Any = ()) -> set[Any]:
        if not isinstance(items, (list, tuple)):
            raise PickleError("a set built from something other than a list")
        budget.spend(64 * len(items))
        return plain_set(items)

    def a_dict(items: Any = ()) -> dict[Any, Any]:
        if items:
            raise PickleError("a dictionary built from a list")
        return {}

    def no_bytes(data: Any = b"") -> bytes:
        if data:
            raise PickleError("bytes built from something else")
        return b""

    known: dict[tuple[str, str], Callable[..., Any]] = {
        ("collections", "OrderedDict"): a_dict,
        ("_codecs", "encode"): encode,
        ("numpy", "dtype"): Dtype,
    }
    for module in ("builtins", "__builtin__"):
        known |= {(module, "set"): a_set, (module, "frozenset"): a_set, (module, "bytes"): no_bytes}
    for package in ("numpy.core", "numpy._core"):
        known[f"{package}.multiarray", "_reconstruct"] = lambda *_: Array()
        known[f"{package}.multiarray", "scalar"] = _scalar
        known[f"{package}.numeric", "_frombuffer"] = array_of
    return known


def builders(
    known: dict[tuple[str, str], Builder], otherwise: Callable[[Name], Builder]
) -> Callable[[Name], Builder]:
    """A function from names to builders; `otherwise` is called for unknown names."""

    def builder(name: Name) -> Builder:
        found = known.get((name.module, name.name))
        return found if found is not None else otherwise(name)

    return builder
