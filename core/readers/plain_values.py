"""What pickles build that is plain: ordered dictionaries, sets, bytes, and numpy's arrays and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .plain_pickle import Budget, Builder, Name, PickleError, Unfinished, plain_set

NUMERIC = re.compile(r"[<>=|]?(\?|b1|[iu][1248]|f[248]|c8|c16|[bBhHiIlLqQefdFD])")
"""Codes of numpy's plain numbers; never an object's, a text's or a structure's."""

LARGEST_SIZE = 1 << 62
MOST_DIMENSIONS = 8


class Dtype(Unfinished):
    """A plain numeric dtype, its byte order following as its state."""

    def __init__(self, code: Any, _align: Any = False, _copy: Any = True) -> None:
        if not isinstance(code, str) or not NUMERIC.fullmatch(code):
            raise PickleError("an array of what is no plain number")
        self.dtype: np.dtype[Any] = np.dtype(code)

    def build(self, state: Any) -> None:
        """(version, byte order, subarray, names, fields, ...): the middle three of a number are None."""
        if not isinstance(state, tuple) or not 5 <= len(state) <= 9:
            raise PickleError("a dtype's state is none")
        if state[1] not in ("<", ">", "|", "=") or any(part is not None for part in state[2:5]):
            raise PickleError("an array of what is no plain number")
        self.dtype = self.dtype.newbyteorder(state[1])


class Array(Unfinished):
    """A numpy array, empty until its state is given."""

    def __init__(self) -> None:
        self.array: np.ndarray = np.zeros(0, np.float32)

    def build(self, state: Any) -> None:
        """(version, shape, dtype, whether in Fortran's order, bytes)."""
        if not isinstance(state, tuple) or len(state) != 5:
            raise PickleError("an array's state is none")
        _, shape, dtype, fortran, data = state
        self.array = array_of(data, dtype, shape, "F" if fortran is True else "C")

    def finished(self) -> np.ndarray:
        return self.array


def array_of(data: Any, dtype: Any, shape: Any, order: Any = "C") -> np.ndarray:
    """A read-only array over bytes of exactly its length. PickleError where they differ."""
    if not isinstance(dtype, Dtype) or not isinstance(data, bytes):
        raise PickleError("an array of what is no plain number")
    lengths = sizes(shape)
    wanted = math.prod(lengths) * dtype.dtype.itemsize
    if wanted != len(data):
        raise PickleError(f"an array of {wanted} bytes stands in {len(data)}")
    flat = np.frombuffer(data, dtype.dtype)
    return flat.reshape(lengths, order="F" if order == "F" else "C")


def sizes(shape: Any) -> tuple[int, ...]:
    """A shape or strides: a few whole numbers, none negative."""
    if not isinstance(shape, (tuple, list)) or len(shape) > MOST_DIMENSIONS:
        raise PickleError("a shape is none")
    if not all(type(n) is int and 0 <= n < LARGEST_SIZE for n in shape):
        raise PickleError("a shape is none")
    return tuple(shape)


def _scalar(dtype: Any, data: Any) -> Any:
    """A number of numpy, as Python's."""
    return array_of(data, dtype, ()).item()


def plain_values(budget: Budget) -> dict[tuple[str, str], Builder]:
    """The builders of plain values by module and name."""

    def encode(text: Any, encoding: Any = "latin1") -> bytes:
        """How protocol 2 writes bytes: text of one byte a letter."""
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise PickleError("bytes in an unknown encoding")
        budget.spend(len(text))
        return text.encode("latin1")

    def a_set(items: Any = ()) -> set[Any]:
        if not isinstance(items, (list, tuple)):
            raise PickleError("a set of what is no list")
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
    """The builder of each name that is known; `otherwise` answers for the rest."""

    def builder(name: Name) -> Builder:
        found = known.get((name.module, name.name))
        return found if found is not None else otherwise(name)

    return builder
