"""State dictionaries in files of torch: one-line errors, and tensor names without the prefixes of wrappers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch

from ..errors import CheckpointError
from .plain_pickle import LARGEST, PickleError
from .torch_archive import NotDense, Refused, members, read_archive, read_script

Found = TypeVar("Found")
COPY_IT = "copy or download it again"

WRAPPERS = ("_orig_mod", "module", "_forward_module", "_fsdp_wrapped_module")
"""Prefixes that torch.compile and the parallel wrappers add to the names of a module's tensors."""

OWN = ("fc", "fc1", "fc2", "fc3", "fc4", "actor", "critic", "actor_mean", "p_fc", "v_fc")
"""First parts of the tensor names of known networks; another first part that all tensors share is a wrapper's."""


def archive_members(path: Path) -> list[str]:
    """Names of a zip archive's members without its folder. CheckpointError if it is damaged."""
    return _read(path, members)


def archive_content(path: Path) -> Any:
    """The plain values and tensors of a file of torch.save. CheckpointError in one line."""
    return _read(path, read_archive)


def script_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Parameters and buffers of a TorchScript archive. CheckpointError in one line."""
    return _read(path, read_script)


def _read(path: Path, read: Callable[[Path], Found]) -> Found:
    try:
        return read(path)
    except Refused as name:
        raise CheckpointError(
            f"{path}: refused: it contains {name}, and loading anything but "
            "tensors and plain values could run code; save only the state_dicts"
        ) from None
    except PickleError as reason:
        raise CheckpointError(f"{path}: damaged ({reason}); {COPY_IT}") from None
    except (
        Exception
    ) as error:  # zipfile and zlib raise exceptions of many types for damaged archives
        said = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise CheckpointError(f"{path}: damaged ({said}); {COPY_IT}") from None


def state_dict_of(content: Any) -> dict[str, torch.Tensor] | None:
    """The tensors of a state_dict, or of the only one in a dictionary, by their own names.

    None if there is no state_dict or more than one.
    """
    if _is_state_dict(content):
        return own_names(content)
    if not isinstance(content, Mapping) or "format" in content:
        return None
    inside = [value for value in content.values() if _is_state_dict(value)]
    return own_names(inside[0]) if len(inside) == 1 else None


def _is_state_dict(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(name, str) for name in value)
        and all(isinstance(tensor, (torch.Tensor, NotDense)) for tensor in value.values())
    )


def own_names(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors by their names without the prefixes of wrappers."""
    if not all(isinstance(name, str) for name in tensors):
        return dict(tensors)  # check_tensors reports the invalid name
    parts = {name: [part for part in name.split(".") if part not in WRAPPERS] for name in tensors}
    while parts:
        first = {words[0] if len(words) > 1 else "" for words in parts.values()}
        if len(first) != 1 or first <= {"", *OWN}:
            break
        parts = {name: words[1:] for name, words in parts.items()}
    found = {".".join(words): tensors[name] for name, words in parts.items()}
    return found if len(found) == len(tensors) else dict(tensors)


def check_tensors(tensors: Mapping[Any, Any], where: str) -> None:
    """Check that all values are dense floating-point tensors, finite in single precision, and not too large together.

    where: prefix of the names in errors. CheckpointError names the first invalid tensor.
    """
    total = 0
    for name, tensor in tensors.items():
        field = f"{where}{name}"
        if isinstance(tensor, NotDense):
            raise CheckpointError(f"{field}: a dense tensor is expected, not {tensor.kind}")
        if not isinstance(name, str):
            raise CheckpointError(f"{field}: a tensor is expected under a name that is a text")
        if not torch.is_tensor(tensor):
            raise CheckpointError(f"{field}: a tensor is expected, not {type(tensor).__name__}")
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_nested:
            raise CheckpointError(f"{field}: a dense tensor is expected, not sparse or quantised")
        if tensor.is_meta:
            raise CheckpointError(f"{field}: is a meta tensor, which has no values")
        if not tensor.is_floating_point():
            raise CheckpointError(
                f"{field}: is {tensor.dtype}, floating-point numbers are expected"
            )
        total += 4 * tensor.numel()
        if total > LARGEST:
            raise CheckpointError(
                f"{field}: up to this one the tensors have more than {LARGEST >> 20} MiB, "
                "the limit of a checkpoint"
            )
        bad = int((~torch.isfinite(tensor.float())).sum())
        if bad and tensor.dtype == torch.float16:
            raise CheckpointError(
                f"{field}: {bad} of {tensor.numel()} values are not finite; it is float16, "
                "which ends at 65504: save it in float32"
            )
        if bad:
            raise CheckpointError(
                f"{field}: {bad} of {tensor.numel()} values are not finite; "
                "use an earlier checkpoint of the training run"
            )
