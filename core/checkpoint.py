"""Checkpoints: one .pt with the environment's YAML, the policy and the muscle network."""

from __future__ import annotations

import os
import pickle
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from .configuration import EnvironmentConfig, parse_config
from .errors import CheckpointError

FORMAT = "muscle-viewer/1"
StateDict = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds. `muscle` is empty where the actuator needs no muscle network."""

    config: EnvironmentConfig
    policy: StateDict
    muscle: StateDict
    meta: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint; nothing in it is executed (weights_only).

    CheckpointError: one line with the file, what is wrong and the fix.
    """
    path = Path(path)
    content = _load(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: {_foreign(content)}")
    for key, kind in (("config", str), ("policy", Mapping), ("muscle", Mapping), ("meta", Mapping)):
        if not isinstance(content.get(key), kind):
            found = type(content[key]).__name__ if key in content else "nothing"
            raise CheckpointError(f"{path}: {key}: {kind.__name__} wanted, {found} found")
    for key in ("policy", "muscle"):
        _check_tensors(content[key], f"{path}: {key}")
    config = parse_config(content["config"], f"{path}: config")
    if config.actuator == "muscle" and not content["muscle"]:
        raise CheckpointError(
            f"{path}: muscle: no weights, and the environment's actuator is muscle; "
            "every activation would be zero"
        )
    return Checkpoint(
        config, dict(content["policy"]), dict(content["muscle"]), dict(content["meta"]), path
    )


def save_checkpoint(
    path: str | Path,
    config: EnvironmentConfig,
    policy: Mapping[str, torch.Tensor],
    muscle: Mapping[str, torch.Tensor],
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint; a crash in the middle leaves the old file as it was."""
    content = {
        "format": FORMAT,
        "config": config.to_yaml(),
        "policy": {name: tensor.detach().cpu().clone() for name, tensor in policy.items()},
        "muscle": {name: tensor.detach().cpu().clone() for name, tensor in muscle.items()},
        "meta": dict(meta or {}),
    }
    save_atomically(Path(path), content)


def save_atomically(path: Path, content: Any) -> None:
    """torch.save to a file beside, synced, then renamed over `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _load(path: Path) -> Any:
    if not path.exists():
        raise CheckpointError(f"{path}: no such file; give the path of a checkpoint (.pt)")
    if path.is_dir():
        raise CheckpointError(f"{path}: is a folder, a checkpoint file (.pt) is wanted")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise CheckpointError(
                    f"{path}: a TorchScript archive, not a checkpoint; "
                    "save its state_dict with muscle_viewer.core.save_checkpoint"
                )
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as error:
        first = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: refused: it holds more than tensors and plain values, "
            f"or is no checkpoint at all ({first})"
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, AttributeError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise CheckpointError(f"{path}: truncated, or not a checkpoint ({lines[0]})") from None


def _foreign(content: Any) -> str:
    if isinstance(content, dict) and "format" in content:
        return f"format '{content['format']}' is not known; '{FORMAT}' is wanted"
    if isinstance(content, dict) and content and all(map(torch.is_tensor, content.values())):
        keys = ", ".join(list(content)[:3])
        return (
            f"a bare state_dict ({keys}, ...), not a checkpoint; "
            "put it into one with muscle_viewer.core.save_checkpoint"
        )
    return f"not a muscle-viewer checkpoint: no key 'format' with '{FORMAT}'"


def _check_tensors(tensors: Mapping[Any, Any], where: str) -> None:
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not torch.is_tensor(tensor):
            raise CheckpointError(f"{where}.{name}: a tensor is wanted, not {type(tensor).__name__}")
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise CheckpointError(f"{where}.{name}: a dense tensor is wanted")
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError(f"{where}.{name}: has values that are not finite")
