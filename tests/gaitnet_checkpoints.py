"""Checkpoints of each version of MASS and GaitNet files, made from the tables of their keys with random weights."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Sizes:
    """What the networks are made for."""

    observations: int
    actions: int
    inputs: int
    muscles: int
    hidden: int = 16


def layers(names: list[str], sizes: list[int]) -> Tensors:
    """Weights and biases, small enough that activations and actions stay moderate."""
    out = {}
    for name, (m, n) in zip(names, zip(sizes, sizes[1:], strict=False), strict=True):
        out[f"{name}.weight"] = torch.randn(n, m) / m**0.5
        out[f"{name}.bias"] = 0.1 * torch.randn(n)
    return out


def muscle(s: Sizes) -> Tensors:
    return layers([f"fc.{k}" for k in (0, 2, 4, 6)], [s.inputs, *[s.hidden] * 3, s.muscles])


def numbered(s: Sizes, prefix: str, out: int, count: int) -> Tensors:
    names = [f"{prefix}fc{k}" for k in range(1, count + 1)]
    return layers(names, [s.observations, *[s.hidden] * (count - 1), out])


def sequential(s: Sizes, prefix: str, out: int) -> Tensors:
    names = [f"{prefix}.{k}" for k in (0, 2, 4, 6)]
    return layers(names, [s.observations, *[s.hidden] * 3, out])


def arrays(tensors: Tensors) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def _starting(tensors: Tensors, prefix: str) -> Tensors:
    return {name: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


# Each writer makes a checkpoint in a folder: (its path, the actor's tensors in their order).
Writer = Callable[[Path, Sizes], tuple[Path, Tensors]]


def write_mass(folder: Path, s: Sizes) -> tuple[Path, Tensors]:
    policy = numbered(s, "p_", s.actions, 3) | numbered(s, "v_", 1, 3)
    policy["log_std"] = torch.zeros(s.actions)
    torch.save(OrderedDict(policy), folder / "max.pt")
    torch.save(OrderedDict(muscle(s)), folder / "max_muscle.pt")
    return folder / "max.pt", _starting(policy, "p_")


def write_ggn(folder: Path, s: Sizes, metadata: str = "state_type 11\n") -> tuple[Path, Tensors]:
    policy = numbered(s, "p_", s.actions, 4) | numbered(s, "v_", 1, 4)
    worker = pickle.dumps({"state": {"default_policy": {"weights": arrays(policy)}}, "filters": {}})
    content = {"worker": worker, "muscle": arrays(muscle(s)), "metadata": metadata}
    (folder / "max_checkpoint").write_bytes(pickle.dumps(content, protocol=4))
    return folder / "max_checkpoint", _starting(policy, "p_")


def write_bgn(folder: Path, s: Sizes, metadata: str = "<env></env>") -> tuple[Path, Tensors]:
    policy = sequential(s, "p_fc", s.actions) | sequential(s, "v_fc", 1)
    worker = {"state": {"default_policy": {"weights": arrays(policy)}}}
    content = {"worker": worker, "muscle": arrays(muscle(s)), "metadata": metadata}
    (folder / "skel").write_bytes(pickle.dumps(content, protocol=5))
    return folder / "skel", _starting(policy, "p_")


def write_ray(folder: Path, s: Sizes) -> tuple[Path, Tensors]:
    policy = sequential(s, "p_fc", s.actions) | sequential(s, "v_fc", 1)
    (folder / "policies/default_policy").mkdir(parents=True)
    state = {"muscle": arrays(muscle(s)), "metadata": "<env></env>"}
    (folder / "algorithm_state.pkl").write_bytes(pickle.dumps(state))
    (folder / "policies/default_policy/policy_state.pkl").write_bytes(
        pickle.dumps({"weights": arrays(policy)})
    )
    return folder, _starting(policy, "p_")


def agent(s: Sizes) -> Tensors:
    tensors = sequential(s, "critic", 1) | sequential(s, "actor_mean", s.actions)
    return {"actor_logstd": torch.zeros(1, s.actions), **tensors}


def write_fork(folder: Path, s: Sizes) -> tuple[Path, Tensors]:
    policy = agent(s)
    torch.save(OrderedDict(policy), folder / "agent.pt")
    torch.save(OrderedDict(muscle(s)), folder / "muscle.pt")
    return folder, _starting(policy, "actor_mean")


def write_fork_with_metadata(
    folder: Path, s: Sizes, metadata: str = "environment: {}\n"
) -> tuple[Path, Tensors]:
    (folder / "metadata.yaml").write_text(metadata)
    return write_fork(folder, s)


def write_scripts(folder: Path, s: Sizes) -> tuple[Path, Tensors]:
    policy = agent(s)
    for name, tensors in (("agent", policy), ("muscle", muscle(s))):
        module = torch.nn.Module()
        for key, tensor in tensors.items():
            module.register_buffer(key.replace(".", "_"), tensor)
        torch.jit.script(module).save(str(folder / f"{name}.pt"))
    return folder, _starting(policy, "actor_mean")


WRITERS: list[tuple[Writer, str]] = [
    (write_mass, "MASS 2019"),
    (write_ggn, "Generative GaitNet (ray 1)"),
    (write_bgn, "Bidirectional GaitNet (ray 2)"),
    (write_ray, "ray 2.12 (October 2025)"),
    (write_fork, "libtorch fork (November 2025)"),
    (write_fork_with_metadata, "libtorch fork with metadata.yaml (from 25 November 2025)"),
    (write_scripts, "libtorch fork, TorchScript archives (2026)"),
]
