"""Files of torch as people have them: older forms, wrappers, strange tensors, archives that unpack to too much."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gaitnet_checkpoints import WRITERS, Sizes, agent, muscle, write_fork, write_mass
from muscle_viewer.core import (
    CheckpointError,
    Environment,
    Policy,
    load_checkpoint,
    load_config,
    save_checkpoint,
)
from muscle_viewer.core.gaitnet.networks import is_gaitnet_file, read_networks
from muscle_viewer.core.readers.state_dicts import archive_content, own_names

SMALL = Sizes(observations=12, actions=5, inputs=20, muscles=7)
Complaint = Callable[..., str]


def saved(path: Path, content: Any, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


def older(path: Path) -> None:
    """Write a file again as torch did before 1.6."""
    saved(path, torch.load(path, weights_only=True), _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("zipped", [True, False])
def test_tensors_of_every_kind_are_those_that_torch_loads(zipped: bool, tmp_path: Path) -> None:
    whole = torch.randn(6, 4)
    content = {
        "tensors": OrderedDict(
            whole=whole,
            part=whole[1:3, 1:],
            transposed=whole.t(),
            expanded=torch.tensor([1.5]).expand(3, 2),
            scalar=torch.tensor(3.0, dtype=torch.float64),
            empty=torch.zeros(0, 3),
            half=torch.randn(3).half(),
            brain=torch.randn(3).bfloat16(),
            parameter=torch.nn.Parameter(torch.randn(2)),
        ),
        "integers": torch.arange(5),
        "flags": torch.tensor([True, False]),
        "meta": {"n": 3, "x": 2.5, "t": ("a", None, True), "size": torch.Size([1, 2])},
    }
    path = saved(tmp_path / "x.pt", content, _use_new_zipfile_serialization=zipped)
    ours, theirs = archive_content(path), torch.load(path, weights_only=True)
    assert list(ours["tensors"]) == list(theirs["tensors"])
    for name, tensor in theirs["tensors"].items():
        assert ours["tensors"][name].dtype == tensor.dtype
        assert torch.equal(ours["tensors"][name], tensor)
    assert torch.equal(ours["integers"], theirs["integers"])
    assert torch.equal(ours["flags"], theirs["flags"])
    assert ours["meta"] == {"n": 3, "x": 2.5, "t": ("a", None, True), "size": (1, 2)}


def test_networks_saved_before_torch_1_6_open(tmp_path: Path) -> None:
    """All of MASS's networks are of 2019 (open-mmlab/mmpretrain#74, NVIDIA/waveglow#222)."""
    path, _ = write_mass(tmp_path, SMALL)
    now = read_networks(path)
    older(path)
    older(tmp_path / "max_muscle.pt")
    assert path.read_bytes()[:1] == b"\x80"
    assert is_gaitnet_file(path)
    then = read_networks(path)
    assert then.generation == now.generation == "MASS 2019"
    for part in ("policy", "muscle"):
        ours, theirs = getattr(then, part), getattr(now, part)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_checkpoint_of_our_own_in_the_older_form_opens(
    small_environment: Path, tmp_path: Path
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    now = load_checkpoint(path)
    older(path)
    then = load_checkpoint(path)
    assert then.config == now.config and then.meta == now.meta
    assert all(torch.equal(then.policy[name], now.policy[name]) for name in now.policy)


def own_checkpoint(environment: Path, path: Path, meta: dict[str, Any] | None = None) -> Path:
    """A checkpoint of a character without a muscle network."""
    config = load_config(environment).model_copy(update={"actuator": "pd"})
    env = Environment(config)
    policy = Policy(env.obs_dim, env.action_dim, (4, 4)).state_dict()
    save_checkpoint(path, config, policy, {}, meta)
    return path


@pytest.mark.parametrize(
    "wrap",
    [
        lambda t: {f"_orig_mod.{k}": v for k, v in t.items()},
        lambda t: {f"module.{k}": v for k, v in t.items()},
        lambda t: {f"module._orig_mod.{k}": v for k, v in t.items()},
        lambda t: {f"agent.{k}": v for k, v in t.items()},
        lambda t: {k.replace("actor_mean.", "actor_mean._orig_mod."): v for k, v in t.items()},
        lambda t: {"model": t},
        lambda t: {"state_dict": {f"module.{k}": v for k, v in t.items()}, "epoch": 3},
        lambda t: {"model_state_dict": t, "optimizer": {"state": {}, "param_groups": []}},
    ],
)
def test_wrappers_of_a_state_dict_are_taken_off(
    wrap: Callable[[dict[str, Any]], dict[str, Any]], tmp_path: Path
) -> None:
    """torch.compile, DataParallel and training loops (karpathy/nanoGPT#325, pytorch#3805)."""
    write_fork(tmp_path, SMALL)
    plain = read_networks(tmp_path)
    for name in ("agent.pt", "muscle.pt"):
        saved(tmp_path / name, wrap(torch.load(tmp_path / name, weights_only=True)))
    wrapped = read_networks(tmp_path)
    for part in ("policy", "muscle"):
        ours, theirs = getattr(wrapped, part), getattr(plain, part)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_wrapped_networks_in_a_checkpoint_of_our_own_open(
    small_environment: Path, tmp_path: Path
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    content = torch.load(path, weights_only=True)
    content["policy"] = {f"_orig_mod.{k}": v for k, v in content["policy"].items()}
    saved(path, content)
    assert "actor.0.weight" in load_checkpoint(path).policy


def test_names_of_our_own_keep_what_they_share() -> None:
    names = ["fc.0.weight", "fc.0.bias", "fc.2.weight"]
    assert list(own_names(dict.fromkeys(names))) == names
    assert list(own_names({"a.b": 1, "a._orig_mod.b": 2})) == ["a.b", "a._orig_mod.b"]


def test_two_state_dicts_in_one_file_are_not_chosen_between(
    tmp_path: Path, complaint: Complaint
) -> None:
    write_fork(tmp_path, SMALL)
    saved(tmp_path / "agent.pt", {"old": agent(SMALL), "new": agent(SMALL)})
    assert "agent.pt: holds no state_dict" in complaint(read_networks, tmp_path)


@pytest.mark.parametrize(
    ("tensor", "part"),
    [
        (torch.zeros(4).to_sparse(), "not sparse"),
        (torch.zeros(2, 2).to_sparse_csr(), "not sparse"),
        (torch.zeros(4, device="meta"), "meta tensor"),
        (torch.zeros(1).expand(1 << 40), "256 MiB"),
        (torch.quantize_per_tensor(torch.zeros(4), 0.1, 0, torch.qint8), "not quantised"),
        (torch.zeros(4, dtype=torch.complex64), "complex"),
        (torch.arange(4), "int64"),
        (torch.full((4,), 1e5).half(), "float16"),
    ],
)
def test_a_tensor_that_is_no_dense_one_is_refused_by_its_name(
    tensor: torch.Tensor, part: str, small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    content = torch.load(path, weights_only=True)
    content["policy"]["log_std"] = tensor
    saved(path, content)
    line = complaint(load_checkpoint, path)
    assert str(path) in line and part in line
    if part != "256 MiB":
        assert "policy.log_std" in line


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(8, 6).to_sparse(),
        torch.zeros(8, 6).to_sparse_csr(),
        torch.zeros(8, 6, device="meta"),
        torch.zeros(1).expand(1 << 40, 6),
        torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
        None,
        "text",
    ],
)
def test_networks_given_by_a_program_are_refused_as_those_of_files(
    tensor: Any, small_environment: Path, complaint: Complaint
) -> None:
    env = Environment(small_environment)
    assert "fc.0.weight" in complaint(env.load_muscle_weights, {"fc.0.weight": tensor})
    policy = Policy(3, 2).state_dict() | {"actor.0.weight": tensor}
    with pytest.raises(CheckpointError, match=r"actor\.0\.weight"):
        Policy.from_state_dict(policy)


def rewritten(path: Path, change: Callable[[str, bytes], bytes], deflate: bool = False) -> None:
    """The archive with every member changed."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as new:
        for name, data in members.items():
            new.writestr(name, change(name, data))


@pytest.mark.slow
def test_an_archive_that_unpacks_to_too_much_says_so(
    small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    rewritten(path, lambda n, d: bytes(1 << 29) if n.endswith("/data/0") else d, deflate=True)
    assert path.stat().st_size < 1 << 20
    assert "unpacks to 512 MiB" in complaint(load_checkpoint, path)


def test_tensors_that_reach_beyond_their_numbers_are_refused(
    small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    rewritten(path, lambda n, d: d[:-4] if "/data/" in n else d)
    assert "reaches beyond its numbers" in complaint(load_checkpoint, path)


def test_the_older_form_may_end_anywhere(tmp_path: Path) -> None:
    whole = io.BytesIO()
    torch.save(OrderedDict(muscle(SMALL)), whole, _use_new_zipfile_serialization=False)
    data = whole.getvalue()
    path = tmp_path / "x_muscle.pt"
    for size in range(1, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError) as raised:
            read_networks(path)
        assert "\n" not in str(raised.value)


def test_numbers_of_numpy_in_meta_are_kept_as_pythons(
    small_environment: Path, tmp_path: Path
) -> None:
    """deepmodeling/deepmd-kit#4147, nerfstudio#3702: written, then refused."""
    meta = {
        "mean_return": np.float64(312.5),
        "steps": np.int64(7),
        "is_best": np.bool_(True),
        "returns": np.array([1.0, 2.0]),
        "nested": {"deep": [np.float32(0.5), (np.int8(1), "x")], np.int64(3): None},
    }
    path = own_checkpoint(small_environment, tmp_path / "small.pt", meta)
    assert load_checkpoint(path).meta == {
        "mean_return": 312.5,
        "steps": 7,
        "is_best": True,
        "returns": [1.0, 2.0],
        "nested": {"deep": [0.5, (1, "x")], 3: None},
    }


@pytest.mark.parametrize(
    ("meta", "part"),
    [
        ({"when": __import__("datetime").date(2026, 1, 1)}, "meta.when: a date cannot be saved"),
        ({"run": {"folder": Path("runs/a")}}, "meta.run.folder: a PosixPath cannot be saved"),
        ({"objects": np.array([{}], dtype=object)}, "meta.objects: a ndarray cannot be saved"),
        ({"f": [1, lambda: 0]}, "meta.f[1]: a function cannot be saved"),
        ({(1, 2.5): 3}, "meta: a key of type tuple"),
        ({"n": 10**400}, "meta.n: an integer of"),
    ],
)
def test_what_could_not_be_read_again_is_refused_at_saving_by_its_key(
    meta: dict[Any, Any], part: str, small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    before = path.read_bytes()
    assert part in complaint(own_checkpoint, small_environment, path, meta)
    assert path.read_bytes() == before


def test_weights_that_could_not_be_read_again_are_refused_at_saving(
    small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    config = load_config(small_environment)
    bad = {"log_std": torch.tensor([float("nan")])}
    assert "policy.log_std" in complaint(save_checkpoint, tmp_path / "a.pt", config, bad, {})
    assert not (tmp_path / "a.pt").exists()


def test_an_older_checkpoint_with_numpys_numbers_in_meta_opens(
    small_environment: Path, tmp_path: Path
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    content = torch.load(path, weights_only=True)
    saved(path, content | {"meta": {"mean_return": np.float64(312.5)}})
    assert load_checkpoint(path).meta == {"mean_return": 312.5}


def test_a_folder_of_a_training_names_the_checkpoints_in_it(
    tmp_path: Path, complaint: Complaint
) -> None:
    """RLlib's parent folder (ray-project/ray#36798)."""
    write = next(w for w, generation in WRITERS if generation.startswith("ray"))
    inside = tmp_path / "PPO_Env_0" / "checkpoint_000010"
    inside.mkdir(parents=True)
    write(inside, SMALL)
    line = complaint(load_checkpoint, tmp_path)
    assert f"{tmp_path}: is a folder; give a checkpoint in it: PPO_Env_0/checkpoint_000010" in line
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "rllib_checkpoint.json").write_text("{}")
    assert "RLlib" in complaint(load_checkpoint, tmp_path / "new")


def test_a_script_of_modules_within_modules_is_looked_at_once(tmp_path: Path) -> None:
    class Inner(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("fc_0_weight", torch.ones(2, 2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    class Outer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = Inner()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.net(x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(Outer()).save(str(tmp_path / "s.pt"))
    from muscle_viewer.core.readers.state_dicts import script_tensors

    assert torch.equal(script_tensors(tmp_path / "s.pt")["net.fc_0_weight"], torch.ones(2, 2))


def test_a_pickle_of_the_magic_number_alone_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2))
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path)


def test_tensors_whose_names_are_no_texts_are_refused(
    small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    path = own_checkpoint(small_environment, tmp_path / "small.pt")
    content = torch.load(path, weights_only=True)
    content["policy"][7] = torch.zeros(1)
    assert "policy.7: a tensor is expected" in complaint(load_checkpoint, saved(path, content))
