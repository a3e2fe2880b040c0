"""A reader of the files of torch.save and torch.jit.save, which returns plain values and tensors.

It reads three formats: the archive (a zip of a pickle and the tensors' bytes, since torch 1.6), the earlier stream of
pickles, and TorchScript's archive, of which only the pickled state is read. Nothing is executed, every tensor is checked
to lie within its bytes, and the unpacked size is bounded.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from .plain_pickle import (
    LARGEST,
    Absent,
    Budget,
    Builder,
    Name,
    PickleError,
    Unfinished,
    finish,
    read_plain,
)  # fmt: skip
from .plain_values import builders, plain_values, sizes

ZIP = b"PK\x03\x04"
MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of the stream that torch wrote before 1.6."""
STREAM_VERSION = 1001

STORAGES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    # Quantised tensors, which are not dense:
    "QInt8Storage": torch.int8,
    "QUInt8Storage": torch.uint8,
    "QInt32Storage": torch.int32,
}

NOT_DENSE = {
    "_rebuild_sparse_tensor": "sparse",
    "_rebuild_sparse_csr_tensor": "sparse",
    "_rebuild_nested_tensor": "nested",
    "_rebuild_qtensor": "quantised",
    "_rebuild_meta_tensor_no_storage": "a meta tensor",
    "_rebuild_device_tensor_from_numpy": "of another device",
}


class Refused(PickleError):
    """The file contains an object that the reader does not build; the text is the name of its class."""


@dataclass(frozen=True)
class NotDense:
    """Stands for a tensor that is sparse, quantised or without values."""

    kind: str


@dataclass
class _Storage:
    """The numbers of one or more tensors; in a file they may come after the tensors."""

    dtype: torch.dtype
    data: bytes | None = None

    @cached_property
    def numbers(self) -> torch.Tensor:
        """All numbers, flat. PickleError if they are missing."""
        if self.data is None:
            raise PickleError("a tensor's numbers are missing")
        whole = len(self.data) // self.dtype.itemsize * self.dtype.itemsize
        if not whole:
            return torch.zeros(0, dtype=self.dtype)
        return torch.frombuffer(bytearray(self.data[:whole]), dtype=self.dtype)


class _Holder(Unfinished):
    """A module of a TorchScript archive, of which only the state is kept."""

    def __init__(self, *_: Any) -> None:
        self.state: Any = None

    def build(self, state: Any) -> None:
        self.state = state

    def finished(self) -> Any:
        return self.state


class _Tensor(Unfinished):
    """A dense tensor within a storage."""

    def __init__(self, budget: Budget, storage: Any, offset: Any, size: Any, stride: Any) -> None:
        if not isinstance(storage, _Storage) or type(offset) is not int or offset < 0:
            raise PickleError("a tensor without a storage")
        self._storage, self._offset = storage, offset
        self._size, self._stride = sizes(size), sizes(stride)
        if len(self._size) != len(self._stride):
            raise PickleError("a tensor's size and stride differ in length")
        budget.spend(math.prod(self._size) * storage.dtype.itemsize)

    def finished(self) -> torch.Tensor:
        if 0 in self._size:
            return torch.zeros(self._size, dtype=self._storage.dtype)
        numbers = self._storage.numbers
        last = self._offset + sum(
            (n - 1) * s for n, s in zip(self._size, self._stride, strict=True)
        )
        if last >= len(numbers):
            raise PickleError("a tensor reaches beyond its numbers")
        return torch.as_strided(numbers, self._size, self._stride, self._offset).clone(
            memory_format=torch.contiguous_format
        )


def is_stream(head: bytes) -> bool:
    """Whether a file's first bytes are those of torch's stream of pickles."""
    return head[:1] == b"\x80" and MAGIC.to_bytes(10, "little") in head[:32]


def is_zip(path: Path) -> bool:
    """Whether a file ends as a zip archive does, in one piece."""
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:  # one of several disks
        return False


def read_archive(path: Path) -> Any:
    """The content of a file that torch.save wrote. PickleError says what is wrong with it.

    zipfile.BadZipFile if a zip archive is damaged; OSError if it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if is_stream(head):
        return _stream(path)
    with zipfile.ZipFile(path) as archive:
        return _zipped(archive, _strict)


def read_script(path: Path) -> dict[str, torch.Tensor]:
    """Parameters and buffers of a TorchScript archive by their names. PickleError as `read_archive`."""
    with zipfile.ZipFile(path) as archive:
        module = _zipped(archive, _of_script)
    found: dict[str, torch.Tensor] = {}
    _collect(module, "", found, set())
    return found


def members(path: Path) -> list[str]:
    """Names of the archive's members without its folder, after a check of their sizes and checksums.

    PickleError or zipfile.BadZipFile if a check fails.
    """
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST:
            raise PickleError(
                f"it unpacks to {size >> 20} MiB; a checkpoint has at most {LARGEST >> 20} MiB"
            )
        broken = archive.testzip()
        if broken:
            raise zipfile.BadZipFile(broken[:120])
        return [name.rpartition("/")[2] for name in archive.namelist()]


def _zipped(archive: zipfile.ZipFile, otherwise: Callable[[Name], Builder]) -> Any:
    member = next((n for n in archive.namelist() if n.endswith("/data.pkl")), None)
    if member is None:
        raise PickleError("it has no data.pkl")
    folder = member.removesuffix("data.pkl")
    if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") == b"big":
        raise PickleError("it was written on a big-endian machine")
    storages: dict[str, _Storage] = {}

    def reference(pid: Any) -> _Storage:
        """The storage of ('storage', type, key, location, count)."""
        key, storage = _storage(pid, 5)
        if key not in storages:
            storage.data = archive.read(f"{folder}data/{key}")
            storages[key] = storage
        return storages[key]

    known = _builders(otherwise)
    content, _ = read_plain(archive.read(member), known, reference)
    return finish(content)


def _stream(path: Path) -> Any:
    """Pickles one after another: magic, version, machine, content, keys; then the numbers."""
    if path.stat().st_size > LARGEST:
        raise PickleError(
            f"it is larger than the {LARGEST >> 20} MiB that a checkpoint has at most"
        )
    data = path.read_bytes()
    storages: dict[str, _Storage] = {}

    def reference(pid: Any) -> _Storage:
        """The storage of ('storage', type, key, location, count, view); its numbers are read later."""
        key, storage = _storage(pid, 6)
        if pid[5] is not None:
            raise PickleError("a storage that is part of another")
        return storages.setdefault(key, storage)

    known, at = _builders(_strict), 0
    parts = []
    for _ in range(5):
        part, at = read_plain(data, known, reference, at)
        parts.append(part)
    magic, version, machine, content, keys = parts
    if magic != MAGIC or version != STREAM_VERSION or not isinstance(machine, dict):
        raise PickleError("it is of an unknown version")
    if machine.get("little_endian") is not True:
        raise PickleError("it was written on a big-endian machine")
    for key in keys if isinstance(keys, list) else ():
        storage = storages.get(key) if isinstance(key, str) else None
        if storage is None:
            raise PickleError("its numbers belong to no tensor")
        count = int.from_bytes(data[at : at + 8], "little")
        end = at + 8 + count * storage.dtype.itemsize
        if end > len(data):
            raise PickleError("it ends too early")
        storage.data = data[at + 8 : end]
        at = end
    return finish(content)


def _storage(pid: Any, length: int) -> tuple[str, _Storage]:
    if not isinstance(pid, tuple) or len(pid) != length or pid[0] != "storage":
        raise PickleError("it refers to what is no storage")
    _, kind, key, _, count = pid[:5]
    if not isinstance(kind, Name) or kind.module != "torch" or kind.name not in STORAGES:
        raise Refused(str(kind) if isinstance(kind, Name) else "an unknown storage")
    if not isinstance(key, str) or type(count) is not int or count < 0:
        raise PickleError("it refers to what is no storage")
    return key, _Storage(STORAGES[kind.name])


def _builders(otherwise: Callable[[Name], Builder]) -> Callable[[Name], Builder]:
    budget = Budget()

    def tensor(storage: Any, offset: Any, size: Any, stride: Any, *_rest: Any) -> _Tensor:
        return _Tensor(budget, storage, offset, size, stride)

    known = plain_values(budget) | {
        ("torch._utils", "_rebuild_tensor_v2"): tensor,
        ("torch._utils", "_rebuild_tensor"): tensor,
        ("torch._utils", "_rebuild_parameter"): lambda data, *_: data,
        ("torch._utils", "_rebuild_parameter_with_state"): lambda data, *_: data,
        ("torch", "Size"): lambda numbers: sizes(numbers),
    }
    for name in ("torch.serialization._get_layout", "torch.per_tensor_affine"):
        known[name.rpartition(".")[0], name.rpartition(".")[2]] = lambda *_: None
    for name, kind in NOT_DENSE.items():
        known["torch._utils", name] = lambda *_, kind=kind: NotDense(kind)
    return builders(known, otherwise)


def _strict(name: Name) -> Builder:
    raise Refused(str(name))


def _of_script(name: Name) -> Builder:
    """Builder of objects in a TorchScript archive: modules keep their state, other objects are left out."""
    if name.module.startswith("__torch__"):
        return _Holder
    if name.module == "torch.jit._pickle":
        return lambda *_: Absent()
    raise Refused(str(name))


def _collect(module: Any, prefix: str, found: dict[str, torch.Tensor], seen: set[int]) -> None:
    """Collect tensors by their names; a module that is referenced several times is visited once."""
    if not isinstance(module, dict) or id(module) in seen:
        return
    seen.add(id(module))
    for name, value in module.items():
        if isinstance(value, torch.Tensor):
            found[f"{prefix}{name}"] = value
        else:
            _collect(value, f"{prefix}{name}.", found, seen)
