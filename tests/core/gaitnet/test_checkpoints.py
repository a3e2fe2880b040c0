"""Checkpoints of each generation, made from the tables of their keys with random weights."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gaitnet_checkpoints import (
    WRITERS,
    Sizes,
    agent,
    arrays,
    layers,
    write_bgn,
    write_fork,
    write_scripts,
)
from muscle_viewer.core import load_checkpoint
from muscle_viewer.core.errors import CheckpointError
from muscle_viewer.core.gaitnet.networks import is_gaitnet_file, read_networks
from muscle_viewer.core.policy import Policy

SMALL = Sizes(observations=12, actions=5, inputs=20, muscles=7)


@pytest.mark.parametrize(("write", "generation"), WRITERS, ids=[w.__name__ for w, _ in WRITERS])
def test_each_generation_is_recognised_and_its_policy_acts_as_torch_says(
    tmp_path: Path, write, generation: str
) -> None:
    torch.manual_seed(0)
    path, actor = write(tmp_path, SMALL)
    assert is_gaitnet_file(path)
    networks = read_networks(path)
    assert networks.generation == generation
    assert f"{SMALL.observations} observations, {SMALL.actions} actions" in networks.said()
    assert f"{SMALL.inputs} inputs, {SMALL.muscles} muscles" in networks.said()
    obs = 10 * torch.randn(3, SMALL.observations)
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
    with pytest.raises(CheckpointError, match=r"FGN, ref network.*without a policy nothing acts"):
        load_checkpoint(tmp_path / "fgn")


class Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_would_run_code_runs_none(tmp_path: Path) -> None:
    path, _ = write_bgn(tmp_path, SMALL)
    content = pickle.loads(path.read_bytes())
    content["surprise"] = Harmful(tmp_path / "made")
    path.write_bytes(pickle.dumps(content))
    read_networks(path)
    assert not (tmp_path / "made").exists()


def test_a_pickle_that_nests_itself_or_a_billion_ways_is_answered_at_once(
    tmp_path: Path, complaint
) -> None:
    path, _ = write_bgn(tmp_path, SMALL)
    content = pickle.loads(path.read_bytes())
    lists: list[Any] = [1]
    for _ in range(40):
        lists = [lists, lists]
    path.write_bytes(pickle.dumps(content | {"lists": lists}))
    assert read_networks(path).policy
    lists.append(content)
    content["itself"] = lists
    path.write_bytes(pickle.dumps(content | {"lists": lists}))
    assert "contains itself" in complaint(read_networks, path)
    deep = b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."
    path.write_bytes(deep)
    assert "nested too deeply" in complaint(read_networks, path)


def test_a_script_archive_of_other_classes_is_refused(tmp_path: Path) -> None:
    import zipfile

    write_scripts(tmp_path, SMALL)
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
    path, _ = write(tmp_path, SMALL)
    file = path if path.is_file() else path / "algorithm_state.pkl"
    data = file.read_bytes()
    for share in (0.01, 0.3, 0.6, 0.95):
        file.write_bytes(data[: int(share * len(data))])
        assert str(file) in complaint(read_networks, path)


@pytest.mark.parametrize("at", [0, 4, 6, 8, 12, 30])
def test_bytes_of_an_archive_s_directory_are_one_clear_error(
    tmp_path: Path, at: int, complaint
) -> None:
    """zipfile raises what it likes: BadZipFile, NotImplementedError, UnicodeDecodeError."""
    write_fork(tmp_path, SMALL)
    file = tmp_path / "muscle.pt"
    data = bytearray(file.read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    data[directory + at] = 0xFF
    data[directory + 46] = 0xFF
    file.write_bytes(bytes(data))
    assert str(file) in complaint(read_networks, tmp_path)


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_never_crash_the_pickle_reader(tmp_path: Path, seed: int) -> None:
    path, _ = write_bgn(tmp_path, SMALL)
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
    write_fork(tmp_path, SMALL)
    bad = agent(SMALL)
    bad["actor_mean.2.bias"][0] = torch.nan
    torch.save(bad, tmp_path / "agent.pt")
    assert "actor_mean.2.bias" in complaint(read_networks, tmp_path)
