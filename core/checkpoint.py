"""Checkpoints: one .pt with the environment's YAML, the policy and the muscle network."""

from __future__ import annotations

import os
import pickle
import re
import threading
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from . import _core
from .configuration import EnvironmentConfig, load_config, parse_config
from .errors import CheckpointError
from .policy import Policy

if TYPE_CHECKING:
    from .batch_env import BatchEnv
    from .environment import Environment

FORMAT = "muscle-viewer/1"
ZIP = b"PK\x03\x04"
_WRITTEN_BY = "checkpoints are written by muscle-train or muscle_viewer.core.save_checkpoint"
StateDict = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds. `muscle` is empty where the actuator needs no muscle network."""

    config: EnvironmentConfig
    policy: StateDict
    muscle: StateDict
    meta: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None

    def on_engine(self, engine: str | None) -> Checkpoint:
        """The same on another engine (EnvironmentConfig.on_engine); None leaves its own."""
        return replace(self, config=self.config.on_engine(engine))

    def load_into(self, env: BatchEnv | Environment) -> Policy:
        """Give `env` the muscle network's weights; the policy that acts in it.

        CheckpointError names the file and the tensors that do not fit the environment.
        """
        try:
            policy = Policy.from_state_dict(self.policy)
            for size, given, wanted in (
                ("observations", policy.obs_dim, env.obs_dim),
                ("actions", policy.action_dim, env.action_dim),
            ):
                if given != wanted:
                    raise CheckpointError(
                        f"policy: made for {given} {size}, the environment has {wanted}; "
                        "take the environment that it was trained in (--environment)"
                    )
            if env.config.infers:
                env.load_muscle_weights(self.muscle)
        except CheckpointError as error:
            raise CheckpointError(f"{self.path or 'checkpoint'}: {error}") from None
        return policy


def read_checkpoint(path: Path, environment: Path | None = None) -> Checkpoint:
    """A checkpoint in the project's own format, to act in another environment if its file is named.

    Nothing in it is executed (weights_only). CheckpointError, ConfigError or ModelError: one line
    with the file, what is wrong and the fix.
    """
    content = _load(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: {_foreign(content)}")
    for key, kind in (("config", str), ("policy", dict), ("muscle", dict), ("meta", dict)):
        if key not in content:
            raise CheckpointError(f"{path}: {key}: missing; {_WRITTEN_BY}")
        if not isinstance(content[key], kind):
            given = type(content[key]).__name__
            raise CheckpointError(f"{path}: {key}: {given} given, {kind.__name__} wanted")
    for key in ("policy", "muscle"):
        _check_tensors(content[key], f"{path}: {key}")
    config = (
        parse_config(content["config"], f"{path}: config")
        if environment is None
        else load_config(environment)
    )
    if config.infers and not content["muscle"]:
        raise CheckpointError(
            f"{path}: muscle: no weights, and the environment's actuator is {config.actuator}; "
            "every activation would be zero: add the muscle network's state_dict"
        )
    try:
        Policy.from_state_dict(content["policy"])
        _check_layers(content["muscle"])
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
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
    """torch.save to a temporary file in the same folder, synced, then renamed over `path`.

    Its permissions are those of the umask. CheckpointError where the folder or the disk does not
    take it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if refusal := _refusal(error):
            raise CheckpointError(f"{path}: cannot be written: {refusal.strerror}") from None
        raise


def _refusal(error: BaseException | None) -> OSError | None:
    """The system's error behind one: torch.save ends a full disk's with a RuntimeError of its own."""
    while isinstance(error, RuntimeError):
        error = error.__context__
    return error if isinstance(error, OSError) else None


def _load(path: Path) -> Any:
    """The content of an archive of torch.save; never of a bare pickle, which could run code."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except FileNotFoundError:
        raise CheckpointError(
            f"{path}: no such file; give the path of a checkpoint (.pt)"
        ) from None
    except IsADirectoryError:
        raise CheckpointError(f"{path}: is a folder; give a checkpoint file (.pt) in it") from None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None
    if head != ZIP:
        kind = "an empty file" if not head else "a pickle" if head[0] == 0x80 else "something else"
        raise CheckpointError(f"{path}: {kind}, not a checkpoint; {_WRITTEN_BY}")
    if not zipfile.is_zipfile(path):
        raise CheckpointError(f"{path}: truncated: its end is missing; copy or download it again")
    try:
        with zipfile.ZipFile(path) as archive:
            members = [name.rpartition("/")[2] for name in archive.namelist()]
            broken = archive.testzip()  # torch does not look at the checksums
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        broken, members = str(error), []
    if broken:
        raise CheckpointError(f"{path}: damaged ({broken}); copy or download it again")
    if "constants.pkl" in members:
        raise CheckpointError(
            f"{path}: a TorchScript archive, not a checkpoint; "
            "save its state_dict with muscle_viewer.core.save_checkpoint"
        )
    if "data.pkl" not in members:
        raise CheckpointError(f"{path}: a zip archive, but not a checkpoint; {_WRITTEN_BY}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its advice is about trusted files
            return torch.load(path, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as error:
        name = re.search(r"GLOBAL ([\w.]+)", str(error))
        raise CheckpointError(
            f"{path}: refused: it holds {name[1] if name else 'objects'}, and loading more than "
            "tensors and plain values could run code; save the state_dicts alone"
        ) from None
    except Exception as error:  # whatever torch makes of a damaged archive
        lines = str(error).splitlines() or [type(error).__name__]
        reason = lines[0].split(". ")[0]
        raise CheckpointError(f"{path}: damaged ({reason}); copy or download it again") from None


def _foreign(content: Any) -> str:
    if isinstance(content, dict) and "format" in content:
        return (
            f"format '{content['format']}' is not known; '{FORMAT}' is wanted: "
            "take a matching version of the program"
        )
    if isinstance(content, dict) and content and all(map(torch.is_tensor, content.values())):
        keys = ", ".join(map(str, list(content)[:3]))
        return (
            f"a bare state_dict ({keys}, ...), not a checkpoint; "
            "put it into one with muscle_viewer.core.save_checkpoint"
        )
    return f"no key 'format' with '{FORMAT}', so not a checkpoint; {_WRITTEN_BY}"


def _check_tensors(tensors: Mapping[Any, Any], where: str) -> None:
    """Dense floating-point tensors whose values are finite in single precision."""
    for name, tensor in tensors.items():
        field = f"{where}.{name}"
        if not isinstance(name, str) or not torch.is_tensor(tensor):
            raise CheckpointError(f"{field}: a tensor is wanted, not {type(tensor).__name__}")
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise CheckpointError(f"{field}: a dense tensor is wanted, not sparse or quantised")
        if not tensor.is_floating_point():
            raise CheckpointError(f"{field}: is {tensor.dtype}, floating-point numbers are wanted")
        bad = int((~torch.isfinite(tensor.float())).sum())
        if bad:
            raise CheckpointError(
                f"{field}: {bad} of {tensor.numel()} values are not finite; "
                "take an earlier checkpoint of its training"
            )


def _check_layers(muscle: Mapping[str, torch.Tensor]) -> None:
    """Whether the muscle network's layers fit each other; its character is not known here."""
    if not muscle:
        return
    first, last = (
        muscle[a] if a in muscle else muscle.get(b)
        for a, b in (("fc.0.weight", "fc1.weight"), ("fc.6.weight", "fc4.weight"))
    )
    inputs = int(first.shape[1]) if first is not None and first.dim() == 2 else 0
    outputs = int(last.shape[0]) if last is not None and last.dim() == 2 else 0
    _core.MuscleNN(dict(muscle), inputs, outputs)
