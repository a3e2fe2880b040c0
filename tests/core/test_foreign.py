"""Policies of other trainers: from modules, from files, and what is refused. No library is needed here."""

from __future__ import annotations

import base64
import io
import json
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import CheckpointError, Policy, load_checkpoint
from muscle_viewer.core.convert import main as convert
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.core.foreign import Actor, Normalisation, actor_of, assemble, read_foreign
from muscle_viewer.core.foreign.statistics import LARGEST_ARRAY, read_normalisation
from muscle_viewer.core.policy import ACTIVATIONS
from torch import nn

WALK = checkpoints_folder() / "walk.pt"
RNG = np.random.default_rng(0)
OBS = (3 + 50 * RNG.normal(size=(40, 6))).astype(np.float32)


def network(
    activation: type[nn.Module], *last: nn.Module, sizes: tuple[int, ...] = (6, 9, 7, 3)
) -> nn.Sequential:
    torch.manual_seed(1)
    layers: list[nn.Module] = []
    for k in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[k], sizes[k + 1]), activation()]
    return nn.Sequential(*layers[:-1], *last)


def outputs(module: nn.Module, obs: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(obs)).numpy()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_function_acts_as_torchs(activation: type[nn.Module]) -> None:
    module = network(activation)
    layers, name, squashed = actor_of([module])
    assert not squashed
    state = assemble(Actor(layers, name))
    np.testing.assert_allclose(
        Policy.from_state_dict(state).act(OBS), outputs(module, OBS), rtol=1e-6, atol=1e-6
    )


def test_normalisation_squashing_clip_and_scale_follow_each_other() -> None:
    module = network(nn.Tanh, nn.Tanh())
    layers, name, squashed = actor_of([module])
    mean, var = RNG.normal(size=6), RNG.uniform(0.1, 2000, size=6)
    state = assemble(
        Actor(layers, name, squashed=squashed, clip=0.2, scale=7.0),
        Normalisation(mean, var, 1e-8, 2.5),
    )
    normal = np.clip((OBS - mean) / np.sqrt(var + 1e-8), -2.5, 2.5).astype(np.float32)
    wanted = 7 * np.clip(outputs(module, normal), -0.2, 0.2)
    assert np.abs(wanted).max() == np.float32(1.4)
    np.testing.assert_allclose(Policy.from_state_dict(state).act(OBS), wanted, atol=1e-6)


def test_statistics_are_used_in_the_precision_that_they_have() -> None:
    """A mean far from zero and a small deviation: in single precision the difference would be wrong."""
    layers, name, _ = actor_of([network(nn.ELU)])
    mean, deviation = np.full(6, 1000.0 + 1e-5), np.full(6, 1e-3)
    state = assemble(Actor(layers, name), Normalisation.of_deviation(mean, deviation))
    obs = np.full((1, 6), 1000.0, np.float32)
    normal = ((obs - mean) / deviation).astype(np.float32)
    np.testing.assert_allclose(
        Policy.from_state_dict(state).act(obs),
        outputs(network(nn.ELU), normal),
        atol=1e-6,
    )


def test_modules_that_no_policy_here_holds_are_named(complaint: Callable[..., str]) -> None:
    assert "LayerNorm stands where" in complaint(
        actor_of, [nn.Sequential(nn.Linear(6, 3), nn.LayerNorm(3), nn.Linear(3, 2))]
    )
    mixed = nn.Sequential(nn.Linear(6, 3), nn.ELU(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2))
    assert "several activation functions (elu, relu)" in complaint(actor_of, [mixed])
    other = nn.Sequential(nn.Linear(6, 3), nn.ELU(alpha=0.5), nn.Linear(3, 2))
    assert "a module ELU stands where" in complaint(actor_of, [other])
    layers, _, _ = actor_of([network(nn.ELU)])
    assert "'mish' given" in complaint(assemble, Actor(layers, "mish"))


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ([8.0, 5.0], "activation 8 given, 0 to 7 expected"),
        ([0.5, 5.0], "activation 0.5 given"),
        ([0.0, -1.0], "positive bounds and scale"),
        ([0.0, 5.0, 0.0, 2.0, 1.0, 1.0], "squashed 2 given"),
        ([0.0, 5.0, 0.0, 0.0, 1.0, 0.0], "positive bounds and scale"),
        ([0.0, 5.0, 0.0], r"shape \(3,\) given"),
    ],
)
def test_a_form_that_cannot_be_is_refused(form: list[float], part: str) -> None:
    state = Policy(6, 3, hidden=(9, 7)).state_dict() | {"form": torch.tensor(form)}
    with pytest.raises(CheckpointError, match=part):
        Policy.from_state_dict(state)


class Cleanrl(nn.Module):
    """The names that CleanRL's ppo_continuous_action gives its tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.critic = network(nn.Tanh, sizes=(255, 16, 16, 1))
        self.actor_mean = network(nn.Tanh, sizes=(255, 16, 16, 49))
        self.actor_logstd = nn.Parameter(torch.full((1, 49), -0.7))


def test_a_state_dict_of_cleanrl_becomes_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = Cleanrl()
    torch.save(agent.state_dict(), tmp_path / "ppo.cleanrl_model")
    files = [str(tmp_path / "ppo.cleanrl_model"), str(tmp_path / "out.pt")]
    assert convert([*files, "--muscle", str(WALK)]) == 0
    assert "policy of CleanRL; activation tanh assumed (--activation)" in capsys.readouterr().out
    policy = Policy.from_state_dict(load_checkpoint(tmp_path / "out.pt").policy)
    obs = RNG.normal(size=(20, 255)).astype(np.float32)
    np.testing.assert_allclose(policy.act(obs), outputs(agent.actor_mean, obs), atol=1e-6)
    assert torch.allclose(policy.log_std, torch.full((49,), -0.7))
    assert convert([*files, "--muscle", str(WALK), "--activation", "relu"]) == 0
    other = Policy.from_state_dict(load_checkpoint(tmp_path / "out.pt").policy)
    assert not np.allclose(other.act(obs), policy.act(obs))


def sb3_file(path: Path, tensors: dict[str, torch.Tensor], data: bytes = b"{}") -> Path:
    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("policy.pth", buffer.getvalue())
        archive.writestr("data", data)
    return path


def sb3_tensors() -> dict[str, torch.Tensor]:
    return {
        "mlp_extractor.policy_net.0.weight": torch.ones(4, 6),
        "mlp_extractor.policy_net.0.bias": torch.ones(4),
        "mlp_extractor.value_net.0.weight": torch.ones(5, 6),
        "mlp_extractor.value_net.0.bias": torch.ones(5),
        "action_net.weight": torch.ones(2, 4),
        "action_net.bias": torch.ones(2),
        "value_net.weight": torch.ones(1, 5),
        "value_net.bias": torch.ones(1),
    }


def test_the_activation_function_that_a_file_names_is_taken(tmp_path: Path) -> None:
    said = {"activation_fn": "<class 'torch.nn.modules.activation.SiLU'>", ":serialized:": "x"}
    data = json.dumps({"policy_kwargs": said}).encode()
    found = read_foreign(sb3_file(tmp_path / "m.zip", sb3_tensors(), data))
    assert found.actor.activation == "silu"
    assert not found.assumed
    assert len(found.actor.layers) == 2 and len(found.actor.critic) == 2
    for damaged in (b"", b"{", b"[]", b'{"policy_kwargs": 3}'):
        file = sb3_file(tmp_path / "m.zip", sb3_tensors(), damaged)
        assert read_foreign(file).actor.activation == "tanh"


def test_layers_that_do_not_chain_are_named(tmp_path: Path, complaint: Callable[..., str]) -> None:
    tensors = sb3_tensors() | {"action_net.weight": torch.ones(2, 3)}
    line = complaint(read_foreign, sb3_file(tmp_path / "m.zip", tensors))
    assert "layers of 4 outputs and 3 inputs follow each other" in line
    assert "no policy of linear layers" in complaint(
        read_foreign, sb3_file(tmp_path / "m.zip", {"a": torch.ones(3)})
    )


class Attack:
    """What runs code where a pickle is loaded by Python's own reader."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("attacked"),))


def test_pickles_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: Callable[..., str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (Attack(), {"obs_rms": Attack(), "epsilon": Attack(), "clip_obs": 1.0}):
        Path("bad.pkl").write_bytes(pickle.dumps(content))
        complaint(read_normalisation, Path("bad.pkl"))
        complaint(read_foreign, Path("bad.pkl"))
    assert not Path("attacked").exists()
    pickle.loads(Path("bad.pkl").read_bytes())
    assert Path("attacked").exists()  # the attack is one


def packed(array: np.ndarray) -> str:
    """As RLlib packs arrays."""
    file = io.BytesIO()
    np.save(file, array)
    return base64.b64encode(zlib.compress(file.getvalue())).decode()


def state_of_rllib(mean: object, squares: object, **other: object) -> dict[None, dict[str, object]]:
    statistics = {"num_pushes": 40, "mean_array": mean, "sum_sq_diff_array": squares}
    flags = {"de_mean_to_zero": True, "de_std_to_one": True, "clip_by_value": 2.0}
    return {None: {**flags, "running_stats": [statistics], **other}}


def test_the_filter_of_rllib_is_read(tmp_path: Path) -> None:
    path = tmp_path / "state.pkl"
    mean = OBS.mean(0, dtype=np.float64)
    squares = ((OBS - mean) ** 2).sum(0)
    path.write_bytes(pickle.dumps(state_of_rllib(packed(mean), packed(squares))))
    layers, name, _ = actor_of([network(nn.Tanh)])
    policy = Policy.from_state_dict(assemble(Actor(layers, name), read_normalisation(path)))
    deviation = np.sqrt((squares / 39).astype(np.float32)) + np.float32(1e-6)
    wanted = np.clip((OBS - mean) / deviation, -2, 2)
    assert (np.abs(wanted) == 2).any()
    np.testing.assert_allclose(policy.normalise(torch.from_numpy(OBS)), wanted, atol=1e-6)
    whole = state_of_rllib(packed(mean), packed(squares), de_std_to_one=False, clip_by_value=None)
    path.write_bytes(pickle.dumps(whole))
    policy = Policy.from_state_dict(assemble(Actor(layers, name), read_normalisation(path)))
    np.testing.assert_allclose(policy.normalise(torch.from_numpy(OBS)), OBS - mean, atol=2e-5)


@pytest.mark.parametrize(
    "mean",
    [
        "no base64!",
        base64.b64encode(b"not compressed").decode(),
        packed(np.zeros(6, np.int64)),
        packed(np.array([{}, {}], object)),
        packed(np.zeros(LARGEST_ARRAY // 8 + 1)),
        packed(np.zeros(6))[:40],
        None,
    ],
)
def test_a_filter_of_rllib_that_is_no_array_of_numbers_is_refused(
    mean: object, tmp_path: Path, complaint: Callable[..., str]
) -> None:
    path = tmp_path / "state.pkl"
    path.write_bytes(pickle.dumps(state_of_rllib(mean, packed(np.ones(6)))))
    assert "no running_stats of RLlib's MeanStdFilter" in complaint(read_normalisation, path)


def test_statistics_that_are_missing_or_misshapen_are_refused(
    tmp_path: Path, complaint: Callable[..., str]
) -> None:
    path = tmp_path / "normalisation.pkl"
    path.write_bytes(pickle.dumps({"mean": np.zeros(3)}))
    assert "holds no obs_rms" in complaint(read_normalisation, path)
    statistics = {"mean": np.zeros(255), "var": np.full(255, -1.0)}
    path.write_bytes(pickle.dumps({"obs_rms": statistics, "epsilon": 1e-8, "clip_obs": 10.0}))
    layers, name, _ = actor_of([network(nn.ELU, sizes=(255, 8, 8, 49))])
    assert "negative variances" in complaint(
        assemble, Actor(layers, name), read_normalisation(path)
    )
    assert "obs_mean: shape (255,), (6,) expected" in complaint(
        assemble, Actor(actor_of([network(nn.ELU)])[0], "elu"), read_normalisation(path)
    )
