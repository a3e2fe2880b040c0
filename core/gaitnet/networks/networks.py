"""The networks of a MASS or GaitNet checkpoint, under the project's names.

What each generation writes is told by its keys; shapes come from the tensors. Hidden layers of the
policies are followed by ReLU, observations enter as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import CheckpointError
from ...policy import Policy
from ...readers.files import is_folder, is_there, read_bytes, read_start, read_text
from ...readers.plain_pickle import LARGEST
from ...readers.state_dicts import (
    archive_content,
    archive_members,
    check_tensors,
    own_names,
    script_tensors,
    state_dict_of,
)
from ...readers.torch_archive import ZIP, is_stream, is_zip
from .unpickle import read_pickle

StateDict = dict[str, torch.Tensor]
DIRECTORY_METADATA = ("metadata.yaml", "metadata.xml", "metadata.txt")
FILE_METADATA = ("metadata.txt", "metadata.yaml", "env.xml", "../data/metadata.txt")
"""Where an environment's text stands beside a checkpoint's folder or file; MASS writes to nn/."""
RAY_DIRECTORY = ("algorithm_state.pkl", "policies/default_policy/policy_state.pkl")


@dataclass(frozen=True)
class GaitNetNetworks:
    """The content of a MASS or GaitNet checkpoint, as plain data."""

    generation: str
    """For people: which program wrote it."""
    policy: StateDict
    """The project's keys (core/policy.py); empty where the file has none."""
    muscle: StateDict
    """fc.0/2/4/6.weight|bias; empty where the file has none."""
    metadata: str | None
    """The environment's text that stands in it or beside it."""
    path: Path
    metadata_path: Path | None = None
    """The file that the text stands in: paths in it are looked for from there."""
    others: dict[str, StateDict] = field(default_factory=dict)
    """Further networks: ref, marginal."""

    def said(self) -> str:
        """One line: what it is."""
        parts = [self.generation]
        if self.policy:
            weights = [v for k, v in self.policy.items() if k.startswith("actor.") and v.dim() == 2]
            parts.append(
                f"policy of {weights[0].shape[1]} observations, {weights[-1].shape[0]} actions"
            )
        if self.muscle:
            first, last = self.muscle["fc.0.weight"], self.muscle["fc.6.weight"]
            parts.append(f"muscle network of {first.shape[1]} inputs, {last.shape[0]} muscles")
        parts += [f"{name} network" for name in self.others]
        parts.append("with its environment" if self.metadata else "without an environment")
        return ", ".join(parts)


def is_gaitnet_file(path: Path) -> bool:
    """Whether a path may be a checkpoint of MASS or GaitNet: a folder, a pickle, or torch's archive
    of anything but the project's own."""
    if is_folder(path):
        return any((path / n).is_file() for n in ("agent.pt", "muscle.pt", *RAY_DIRECTORY))
    if not is_there(path):
        return False
    head = read_start(path, 64, CheckpointError, LARGEST)
    if head[:1] == b"\x80" and not is_stream(head):
        return True
    if not is_stream(head) and (head[:4] != ZIP or not is_zip(path)):
        return False
    try:
        tensors = _dotted(_tensors(path) or {})
    except CheckpointError:
        return False
    return "fc.0.weight" in tensors or any(
        re.fullmatch(actor, name) for actor, _, _ in FORMS for name in tensors
    )


def read_networks(path: str | Path) -> GaitNetNetworks:
    """Read a checkpoint of any generation. CheckpointError: one line with file, fault and fix."""
    path = Path(path)
    if is_folder(path):
        if (path / RAY_DIRECTORY[0]).is_file():
            return _ray_directory(path)
        return _directory(path)
    head = read_start(path, 64, CheckpointError, LARGEST, "a checkpoint")
    if head[:1] == b"\x80" and not is_stream(head):
        return _pickled(path)
    return _state_dicts(path)


def _directory(path: Path) -> GaitNetNetworks:
    """agent.pt, muscle.pt and, since November 2025, metadata.yaml."""
    found: dict[str, StateDict] = {}
    archive = False
    for name in ("agent", "muscle"):
        file = path / f"{name}.pt"
        if not file.is_file():
            raise CheckpointError(f"{path}: {name}.pt: missing; a checkpoint's folder holds it")
        tensors = _tensors(file)
        if tensors is None:
            raise CheckpointError(f"{file}: holds no state_dict; take the one of its training")
        archive = archive or any(key.endswith("_weight") for key in tensors)
        found[name] = _dotted(tensors)
    metadata, metadata_path = _beside(path, DIRECTORY_METADATA)
    if archive:
        generation = "libtorch fork, TorchScript archives (2026)"
    elif metadata:
        generation = "libtorch fork with metadata.yaml (from 25 November 2025)"
    else:
        generation = "libtorch fork (November 2025)"
    return GaitNetNetworks(
        generation, _policy(found["agent"], path / "agent.pt"),
        _muscle(found["muscle"], path / "muscle.pt"), metadata, path, metadata_path,
    )  # fmt: skip


def _state_dicts(path: Path) -> GaitNetNetworks:
    """MASS: NAME.pt and NAME_muscle.pt; or one file of another generation's directory."""
    tensors = _tensors(path)
    if tensors is None:
        raise CheckpointError(f"{path}: holds no state_dict of MASS or GaitNet")
    tensors = _dotted(tensors)
    if path.name in ("agent.pt", "muscle.pt") and (path.parent / "agent.pt").is_file():
        return _directory(path.parent)
    stem = path.stem.removesuffix("_muscle")
    policy_file, muscle_file = path.with_name(f"{stem}.pt"), path.with_name(f"{stem}_muscle.pt")
    policy: StateDict = {}
    muscle: StateDict = {}
    if "fc.0.weight" in tensors:
        muscle = _muscle(tensors, path)
        if policy_file != path and policy_file.is_file():
            policy = _policy(_dotted(_tensors(policy_file) or {}), policy_file)
    else:
        policy = _policy(tensors, path)
        if muscle_file.is_file():
            muscle = _muscle(_dotted(_tensors(muscle_file) or {}), muscle_file)
    generation = "MASS 2019" if "p_fc1.weight" in tensors or policy_file != path else "state_dict"
    metadata, metadata_path = _beside(path.parent, FILE_METADATA)
    return GaitNetNetworks(generation, policy, muscle, metadata, path, metadata_path)


def _pickled(path: Path) -> GaitNetNetworks:
    """Single pickles: Generative GaitNet (ray 1), Bidirectional GaitNet (ray 2), its FGN."""
    content = read_pickle(_bytes(path), path)
    if not isinstance(content, dict):
        raise CheckpointError(f"{path}: a pickle, not a checkpoint: no dictionary of networks")
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, str) else None
    others = {n: _arrays(content[n], path) for n in ("ref", "marginal") if content.get(n)}
    policy: StateDict = {}
    if "worker" in content:
        worker = content["worker"]
        state = read_pickle(worker, f"{path}: worker") if isinstance(worker, bytes) else worker
        policy = _policy(_arrays(_weights(state, path), path), path)
    muscle = _muscle(_arrays(content["muscle"], path), path) if content.get("muscle") else {}
    if not policy and not muscle and not others:
        raise CheckpointError(
            f"{path}: a pickle, not a checkpoint: without GaitNet's worker, muscle or ref; "
            "others are written by muscle-train or muscle_viewer.core.save_checkpoint"
        )
    if "worker" not in content and "is_cascaded" in content:
        generation = "Bidirectional GaitNet's FGN"
    elif metadata and metadata.lstrip().startswith("<"):
        generation = "Bidirectional GaitNet (ray 2)"
    else:
        generation = "Generative GaitNet (ray 1)"
    return GaitNetNetworks(
        generation, policy, muscle, metadata, path, path if metadata else None, others
    )


def _ray_directory(path: Path) -> GaitNetNetworks:
    """ray 2.12: algorithm_state.pkl and the policy's own."""
    state, policy = (read_pickle(_bytes(path / n), path / n) for n in _present(path))
    if not isinstance(state, dict) or not isinstance(policy, dict):
        raise CheckpointError(f"{path}: its pickles hold no dictionaries; not a checkpoint")
    weights = _arrays(policy.get("weights"), path / RAY_DIRECTORY[1])
    metadata = state.get("metadata")
    return GaitNetNetworks(
        "ray 2.12 (October 2025)",
        _policy(weights, path / RAY_DIRECTORY[1]),
        _muscle(_arrays(state["muscle"], path), path) if state.get("muscle") else {},
        metadata if isinstance(metadata, str) else None,
        path,
        path / RAY_DIRECTORY[0],
    )


def _present(path: Path) -> tuple[str, str]:
    for name in RAY_DIRECTORY:
        if not (path / name).is_file():
            raise CheckpointError(f"{path}: {name}: missing; a checkpoint's folder holds it")
    return RAY_DIRECTORY


def _weights(state: Any, path: Path) -> Any:
    """The policy's weights in a worker's state; ray 1 keeps them beside or among others."""
    try:
        policy = state["state"]["default_policy"]
        return policy["weights"] if "weights" in policy else policy
    except (KeyError, TypeError):
        raise CheckpointError(f"{path}: worker: holds no state.default_policy") from None


def _arrays(content: Any, path: Path) -> StateDict:
    """Arrays by name as tensors; what is no array is left out."""
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path}: a state_dict is expected, not {type(content).__name__}")
    out: StateDict = {}
    size = 0
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, np.ndarray):
            if value.dtype.kind != "f":
                raise CheckpointError(f"{path}: {name}: is {value.dtype}, floats are expected")
            size += value.nbytes
            if size > LARGEST:
                raise CheckpointError(f"{path}: its arrays have more than {LARGEST >> 20} MiB")
            out[name] = torch.from_numpy(np.array(value, dtype=np.float32))
    return out


def _tensors(path: Path) -> StateDict | None:
    """The tensors of torch's archive: a plain state_dict, or a TorchScript archive's buffers.

    None where it holds something else.
    """
    head = read_start(path, 64, CheckpointError, LARGEST, "a checkpoint")
    if not is_stream(head) and "constants.pkl" in archive_members(path):
        return own_names(script_tensors(path))
    return state_dict_of(archive_content(path))


def _bytes(path: Path) -> bytes:
    return read_bytes(path, CheckpointError, LARGEST)


def _dotted(tensors: StateDict) -> StateDict:
    """Names as a state_dict has them: `actor_mean_6_bias` is `actor_mean.6.bias`."""
    return {re.sub(r"_(\d+)_(weight|bias)$", r".\1.\2", name): t for name, t in tensors.items()}


FORMS = (
    (r"p_fc(\d)\.(weight|bias)", r"v_fc(\d)\.(weight|bias)", lambda k: 2 * (k - 1)),
    (r"p_fc\.(\d)\.(weight|bias)", r"v_fc\.(\d)\.(weight|bias)", lambda k: k),
    (r"actor_mean\.(\d)\.(weight|bias)", r"critic\.(\d)\.(weight|bias)", lambda k: k),
)
"""Actor's and critic's names of the generations, and the layer's number under the project's."""


def _policy(tensors: StateDict, path: Path) -> StateDict:
    """An actor and critic under the project's names, with ReLU and no normalisation."""
    for actor, critic, number in FORMS:
        found: StateDict = {}
        for pattern, part in ((actor, "actor"), (critic, "critic")):
            for name, tensor in tensors.items():
                match = re.fullmatch(pattern, name)
                if match:
                    check_tensors({name: tensor}, f"{path}: ")
                    found[f"{part}.{number(int(match[1]))}.{match[2]}"] = tensor.float()
        if found:
            break
    else:
        names = ", ".join(list(tensors)[:3])
        raise CheckpointError(
            f"{path}: no policy of MASS or GaitNet (p_fc1, p_fc.0 or actor_mean.0); found {names}"
        )
    last = max(int(n.split(".")[1]) for n in found if n.startswith("actor."))
    weight, first = found.get(f"actor.{last}.weight"), found.get("actor.0.weight")
    if first is None or weight is None or first.dim() != 2 or weight.dim() != 2:
        raise CheckpointError(f"{path}: the actor's first or last matrix is missing or misshapen")
    spread = next((tensors[n] for n in ("log_std", "actor_logstd") if n in tensors), None)
    found["log_std"] = (
        torch.zeros(weight.shape[0]) if spread is None else spread.float().reshape(-1)
    )
    inputs = first.shape[1]
    found |= {
        "obs_mean": torch.zeros(inputs),
        "obs_var": torch.full((inputs,), 1 - 1e-6),
        "obs_count": torch.tensor(1e-4, dtype=torch.float64),
        "form": torch.tensor([1.0, torch.finfo(torch.float32).max]),
    }
    try:
        Policy.from_state_dict(found)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return found


def _muscle(tensors: StateDict, path: Path) -> StateDict:
    """The muscle network fc.0/2/4/6, its layers checked against each other."""
    wanted = [f"fc.{k}.{kind}" for k in (0, 2, 4, 6) for kind in ("weight", "bias")]
    missing = [name for name in wanted if name not in tensors]
    if missing:
        raise CheckpointError(f"{path}: the muscle network lacks {', '.join(missing[:4])}")
    check_tensors({name: tensors[name] for name in wanted}, f"{path}: ")
    muscle = {name: tensors[name].float() for name in wanted}
    for a, b in ((0, 2), (2, 4), (4, 6)):
        one, two = muscle[f"fc.{a}.weight"], muscle[f"fc.{b}.weight"]
        if one.dim() != 2 or two.dim() != 2 or one.shape[0] != two.shape[1]:
            raise CheckpointError(f"{path}: fc.{a}.weight and fc.{b}.weight do not chain")
    return muscle


def _beside(folder: Path, names: tuple[str, ...]) -> tuple[str | None, Path | None]:
    """The first of these files that is there: its text and its path."""
    for name in names:
        text = _text(folder / name)
        if text:
            return text, folder / name
    return None, None


def _text(path: Path) -> str | None:
    if not is_there(path):
        return None
    try:
        return read_text(path, CheckpointError)
    except CheckpointError:
        return None
