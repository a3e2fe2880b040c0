"""Policies in the files of Stable-Baselines3, CleanRL, skrl, rsl_rl, torchrl and RLlib.

Their tensors are read as plain data, nothing of the libraries is needed and nothing in the files is
executed. What a file does not say, as the activation function, has the library's default.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import CheckpointError
from ..readers.files import read_start
from ..readers.plain_pickle import LARGEST
from ..readers.state_dicts import archive_content, archive_members
from ..readers.torch_archive import ZIP, is_zip
from .assemble import Actor, Layer, Normalisation
from .statistics import pickled, read_normalisation

OF_CRITIC = re.compile(r"(^|[._])(critic|value|vf|q_net|qf\d?|log_alpha)", re.IGNORECASE)
"""Names of tensors that the action does not depend on."""
LOG_STDS = ("log_std", "actor_logstd", "log_std_parameter")


@dataclass(frozen=True)
class ForeignPolicy:
    library: str
    actor: Actor
    normalisation: Normalisation | None
    assumed: str
    """What the file does not say, for people; empty where it says all."""


def read_foreign(
    path: Path,
    activation: str | None = None,
    normalisation: Path | None = None,
    actions: int | None = None,
) -> ForeignPolicy:
    """The policy of a file. CheckpointError: one line with file, what is wrong and the fix.

    activation: of the hidden layers, where the file does not say or says it wrong.
    normalisation: file of the statistics of observations, as of `read_normalisation`.
    actions: of the environment; twice as many outputs are means, then deviations.
    """
    library, tensors, scaling, found = _read(path)
    layers = _chain(tensors, path)
    used = activation or found or DEFAULTS[library]
    assumed = "" if activation or found else f"activation {used} assumed (--activation)"
    if normalisation is not None:
        scaling = read_normalisation(normalisation)
    bounded = library in ("Stable-Baselines3", "RLlib")  # they clip at the action space's bounds
    log_std = next((t for n, t in tensors.items() if n.split(".")[-1] in LOG_STDS), None)
    weight, bias = layers[-1]
    if actions is not None and len(weight) == 2 * actions:
        layers[-1] = (weight[:actions], bias[:actions])
    if log_std is not None and log_std.numel() != len(layers[-1][0]):
        log_std = None
    critic = _critic(tensors)
    actor = Actor(layers, used, critic, log_std, clip=1.0 if bounded else None)
    return ForeignPolicy(library, actor, scaling, assumed)


DEFAULTS = {
    "Stable-Baselines3": "tanh",
    "CleanRL": "tanh",
    "skrl": "elu",
    "rsl_rl": "elu",
    "RLlib": "tanh",
    "torchrl": "tanh",
}
"""Activation functions of the libraries' own networks."""


def _read(path: Path) -> tuple[str, Mapping[str, torch.Tensor], Normalisation | None, str]:
    """Library, tensors by name, normalisation, and the activation function if the file says it."""
    head = read_start(path, 64, CheckpointError, LARGEST, "a policy")
    if head[:4] == ZIP and is_zip(path) and "policy.pth" in archive_members(path):
        with zipfile.ZipFile(path) as archive:
            return _of_sb3(archive, path)
    if head[:1] == b"\x80" and b"torch" not in head and head[:2] != b"PK":
        return "RLlib", _floats(pickled(path)), None, ""
    content = archive_content(path)
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path}: holds no state_dict")
    for key in ("actor_state_dict", "model_state_dict"):
        if isinstance(content.get(key), Mapping):
            tensors = _floats(content[key])
            return "rsl_rl", tensors, _of_rsl_rl(tensors), ""
    if isinstance(content.get("policy"), Mapping) and "format" not in content:
        scaler = content.get("observation_preprocessor") or content.get("state_preprocessor")
        return "skrl", _floats(content["policy"]), _of_skrl(scaler), ""
    tensors = _floats(content)
    library = "CleanRL" if any(n.startswith("actor_mean.") for n in tensors) else "torchrl"
    return library, tensors, None, ""


def _of_sb3(
    archive: zipfile.ZipFile, path: Path
) -> tuple[str, Mapping[str, torch.Tensor], None, str]:
    member = archive.getinfo("policy.pth")
    if member.file_size > LARGEST:
        raise CheckpointError(f"{path}: policy.pth unpacks to {member.file_size >> 20} MiB")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(archive.extract(member, folder))
        content = archive_content(file)
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path}: policy.pth: holds no state_dict")
    return "Stable-Baselines3", _floats(content), None, _activation_of_sb3(archive)


def _activation_of_sb3(archive: zipfile.ZipFile) -> str:
    """What SB3's settings say in words, beside the pickles that nobody here reads."""
    try:
        member = archive.getinfo("data")
        if member.file_size > LARGEST:
            return ""
        settings = json.loads(archive.read(member))["policy_kwargs"]
        said = str(settings["activation_fn"])
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        return ""
    match = re.search(r"(\w+)'>$", said)
    return match[1].lower() if match else ""


def _of_rsl_rl(tensors: Mapping[str, torch.Tensor]) -> Normalisation | None:
    mean = next((t for n, t in tensors.items() if n.endswith("_mean") and "critic" not in n), None)
    deviation = next(
        (t for n, t in tensors.items() if n.endswith("_std") and "critic" not in n), None
    )
    if mean is None or deviation is None:
        return None
    return Normalisation.of_deviation(mean, deviation.double() + 1e-2)


def _of_skrl(scaler: Any) -> Normalisation | None:
    if not isinstance(scaler, Mapping) or "running_variance" not in scaler:
        return None
    deviation = scaler["running_variance"].double().sqrt() + 1e-8
    return Normalisation.of_deviation(scaler["running_mean"], deviation, 5.0)


def _floats(content: Any) -> dict[str, torch.Tensor]:
    """The tensors and arrays of floating-point numbers."""
    out = {}
    for name, value in content.items() if isinstance(content, Mapping) else ():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            value = torch.from_numpy(value.copy())
        if isinstance(name, str) and torch.is_tensor(value) and value.is_floating_point():
            out[name] = value
    return out


def _chain(tensors: Mapping[str, torch.Tensor], path: Path) -> list[Layer]:
    """The actor's layers in the order of the file, which is that of the modules' construction."""
    layers = _linear(tensors, lambda name: not OF_CRITIC.search(name))
    if len(layers) < 2:
        found = ", ".join(list(tensors)[:3]) or "nothing"
        raise CheckpointError(f"{path}: no policy of linear layers; found {found}")
    for k in range(len(layers) - 1):
        if layers[k + 1][0].shape[1] != layers[k][0].shape[0]:
            raise CheckpointError(
                f"{path}: layers of {layers[k][0].shape[0]} outputs and {layers[k + 1][0].shape[1]} "
                "inputs follow each other; export the policy from the live model "
                "(muscle_viewer.training.interfaces.export)"
            )
    return layers


def _critic(tensors: Mapping[str, torch.Tensor]) -> list[Layer]:
    layers = _linear(tensors, lambda name: bool(OF_CRITIC.search(name)))
    fits = all(b[0].shape[1] == a[0].shape[0] for a, b in zip(layers, layers[1:], strict=False))
    return layers if fits and layers and layers[-1][0].shape[0] == 1 else []


def _linear(tensors: Mapping[str, torch.Tensor], wanted: Any) -> list[Layer]:
    layers = []
    for name, tensor in tensors.items():
        bias = tensors.get(name.removesuffix("weight") + "bias")
        if name.endswith("weight") and tensor.dim() == 2 and bias is not None and wanted(name):
            layers.append((tensor, bias))
    return layers
