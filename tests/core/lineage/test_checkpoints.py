"""Checkpoints of each generation, made from the tables of their keys with random weights."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core.errors import CheckpointError
from muscle_viewer.core.lineage import is_lineage, read_networks
from muscle_viewer.core.policy import Policy

OBS, ACTIONS, INPUTS, MUSCLES = 12, 5, 20, 7


def layers(names: list[str], sizes: list[int]) -> dict[str, torch.Tensor]:
    out = {}
    for name, (m, n) in zip(names, zip(sizes, sizes[1:], strict=False), strict=True):
        out[f"{name}.weight"], out[f"{name}.bias"] = torch.randn(n, m), torch.randn(n)
    return out


def muscle() -> dict[str, torch.Tensor]:
    return layers([f"fc.{k}" for k in (0, 2, 4, 6)], [INPUTS, 16, 16, 16, MUSCLES])


def numbered(prefix: str, out: int, count: int, pattern: str) -> dict[str, torch.Tensor]:
    names = [prefix + pattern.format(k) for k in range(1, count + 1)]
    return layers(names, [OBS, *[16] * (count - 1), out])


def sequential(prefix: str, out: int) -> dict[str, torch.Tensor]:
    return layers([f"{prefix}.{k}" for k in (0, 2, 4, 6)], [OBS, 16, 16, 16, out])


def arrays(tensors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def write_mass(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    policy = numbered("p_", ACTIONS, 3, "fc{}") | numbered("v_", 1, 3, "fc{}")
    policy["log_std"] = torch.zeros(ACTIONS)
    torch.save(OrderedDict(policy), folder / "max.pt")
    torch.save(OrderedDict(muscle()), folder / "max_muscle.pt")
    return folder / "max.pt", {k: v for k, v in policy.items() if k.startswith("p_")}


def write_ggn(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    policy = numbered("p_", ACTIONS, 4, "fc{}") | numbered("v_", 1, 4, "fc{}")
    worker = pickle.dumps({"state": {"default_policy": {"weights": arrays(policy)}}, "filters": {}})
    content = {"worker": worker, "muscle": arrays(muscle()), "metadata": "state_type 11\n"}
    (folder / "max_checkpoint").write_bytes(pickle.dumps(content, protocol=4))
    return folder / "max_checkpoint", {k: v for k, v in policy.items() if k.startswith("p_")}


def write_bgn(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    policy = sequential("p_fc", ACTIONS) | sequential("v_fc", 1)
    worker = {"state": {"default_policy": {"weights": arrays(policy)}}}
    content = {"worker": worker, "muscle": arrays(muscle()), "metadata": "<env></env>"}
    (folder / "skel").write_bytes(pickle.dumps(content, protocol=5))
    return folder / "skel", {k: v for k, v in policy.items() if k.startswith("p_")}


def write_ray(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    policy = sequential("p_fc", ACTIONS) | sequential("v_fc", 1)
    (folder / "policies/default_policy").mkdir(parents=True)
    state = {"muscle": arrays(muscle()), "metadata": "<env></env>"}
    (folder / "algorithm_state.pkl").write_bytes(pickle.dumps(state))
    (folder / "policies/default_policy/policy_state.pkl").write_bytes(
        pickle.dumps({"weights": arrays(policy)})
    )
    return folder, {k: v for k, v in policy.items() if k.startswith("p_")}


def agent() -> dict[str, torch.Tensor]:
    tensors = sequential("critic", 1) | sequential("actor_mean", ACTIONS)
    return {"actor_logstd": torch.zeros(1, ACTIONS), **tensors}


def write_fork(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    policy = agent()
    torch.save(OrderedDict(policy), folder / "agent.pt")
    torch.save(OrderedDict(muscle()), folder / "muscle.pt")
    return folder, {k: v for k, v in policy.items() if k.startswith("actor_mean")}


def write_fork_with_metadata(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    (folder / "metadata.yaml").write_text("environment: {}\n")
    return write_fork(folder)


def write_scripts(folder: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    policy = agent()
    for name, tensors in (("agent", policy), ("muscle", muscle())):
        module = torch.nn.Module()
        for key, tensor in tensors.items():
            module.register_buffer(key.replace(".", "_"), tensor)
        torch.jit.script(module).save(str(folder / f"{name}.pt"))
    return folder, {k: v for k, v in policy.items() if k.startswith("actor_mean")}


WRITERS = [
    (write_mass, "MASS 2019"),
    (write_ggn, "Generative GaitNet (ray 1)"),
    (write_bgn, "Bidirectional GaitNet (ray 2)"),
    (write_ray, "ray 2.12 (October 2025)"),
    (write_fork, "libtorch fork (November 2025)"),
    (write_fork_with_metadata, "libtorch fork with metadata.yaml (from 25 November 2025)"),
    (write_scripts, "libtorch fork, TorchScript archives (2026)"),
]


@pytest.mark.parametrize(("write", "generation"), WRITERS, ids=[w.__name__ for w, _ in WRITERS])
def test_each_generation_is_recognised_and_its_policy_acts_as_torch_says(
    tmp_path: Path, write, generation: str
) -> None:
    torch.manual_seed(0)
    path, actor = write(tmp_path)
    assert is_lineage(path)
    networks = read_networks(path)
    assert networks.generation == generation
    assert f"{OBS} observations, {ACTIONS} actions" in networks.said()
    assert f"{INPUTS} inputs, {MUSCLES} muscles" in networks.said()
    obs = 10 * torch.randn(3, OBS)
    h = obs
    weights = [v for k, v in actor.items() if k.endswith("weight")]
    biases = [v for k, v in actor.items() if k.endswith("bias")]
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        h = h @ w.T + b
        h = torch.relu(h) if k < len(weights) - 1 else h
    acted = Policy.from_state_dict(networks.policy).act(obs.numpy())
    np.testing.assert_allclose(acted, h.numpy(), rtol=2e-5, atol=1e-3)


def test_an_fgn_is_its_reference_network(tmp_path: Path) -> None:
    content = {"metadata": "<x/>", "is_cascaded": False, "muscle_optimizer": None}
    content["ref"] = arrays(layers([f"fc.{k}" for k in (0, 2)], [9, 8, 4]))
    (tmp_path / "fgn").write_bytes(pickle.dumps(content, protocol=4))
    networks = read_networks(tmp_path / "fgn")
    assert networks.generation == "Bidirectional GaitNet's FGN"
    assert networks.others["ref"]["fc.0.weight"].shape == (8, 9)


class Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_would_run_code_runs_none(tmp_path: Path) -> None:
    path, _ = write_bgn(tmp_path)
    content = pickle.loads(path.read_bytes())
    content["surprise"] = Harmful(tmp_path / "made")
    path.write_bytes(pickle.dumps(content))
    read_networks(path)
    assert not (tmp_path / "made").exists()


def test_a_script_archive_of_other_classes_is_refused(tmp_path: Path) -> None:
    import zipfile

    write_scripts(tmp_path)
    agent = tmp_path / "agent.pt"
    with zipfile.ZipFile(agent) as old:
        members = {n: old.read(n) for n in old.namelist()}
    name = next(n for n in members if n.endswith("/data.pkl"))
    members[name] = pickle.dumps(Harmful(tmp_path / "made"), protocol=2)
    with zipfile.ZipFile(agent, "w") as new:
        for key, data in members.items():
            new.writestr(key, data)
    with pytest.raises(CheckpointError, match="mkdir"):
        read_networks(tmp_path)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("write", "_name"), WRITERS[:4], ids=[w.__name__ for w, _ in WRITERS[:4]])
def test_a_truncated_file_is_one_clear_error(tmp_path: Path, write, _name: str, complaint) -> None:
    path, _ = write(tmp_path)
    file = path if path.is_file() else path / "algorithm_state.pkl"
    data = file.read_bytes()
    for share in (0.01, 0.3, 0.6, 0.95):
        file.write_bytes(data[: int(share * len(data))])
        assert str(file) in complaint(read_networks, path)


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_never_crash_the_pickle_reader(tmp_path: Path, seed: int) -> None:
    path, _ = write_bgn(tmp_path)
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    for at in random.integers(0, min(len(data), 4000), 5):
        data[at] = random.integers(256)
    path.write_bytes(bytes(data))
    try:
        read_networks(path)
    except CheckpointError as error:
        assert "\n" not in str(error)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path, complaint) -> None:
    write_fork(tmp_path)
    bad = agent()
    bad["actor_mean.2.bias"][0] = torch.nan
    torch.save(bad, tmp_path / "agent.pt")
    assert "actor.2.bias" in complaint(read_networks, tmp_path)
