"""Several networks of the GaitNets drive together, as a reckoning of its own in numpy says.

The formulas: the joints' changes of pose one after another, each times its weight; the weight
sigmoid(1000 (d - beta)), beta = 0.2 + 0.1 a; the muscle networks add up before relu(tanh(.)), and a
cascaded one reads [z/2, w, JtA/200, tau/200].
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from gaitnet_checkpoints import Sizes, arrays, muscle, sequential
from left_out import GAITNET_DATA as FILES
from left_out import needs_gaitnet
from muscle_viewer.core import BatchEnv, Checkpoint, _core, load_checkpoint, load_config
from muscle_viewer.core.convert import main as convert
from small_gaitnet import environment_tree, write_all

ACTIONS = 24  # the small person's joint dofs and the phase: 23 + 1
BETA = (-2.0002, -2.0005, -1.9997)
"""Last actions that give weights well between 0 and 1."""
STRIDE = {"stride": {"min": 0.8, "max": 1.2, "default": 1.1}, "cadence": {"min": 0.8, "max": 1.2}}


def write_network(path: Path, sizes: Sizes, beta: float | None, metadata: str = "") -> None:
    """A pickle as Bidirectional GaitNet's; beta: what its last action always is."""
    policy = sequential(sizes, "p_fc", sizes.actions) | sequential(sizes, "v_fc", 1)
    if beta is not None:
        policy["p_fc.6.weight"][-1] = 0
        policy["p_fc.6.bias"][-1] = beta
    worker = {"state": {"default_policy": {"weights": arrays(policy)}}}
    content: dict[str, Any] = {"worker": worker, "muscle": arrays(muscle(sizes))}
    if metadata:
        content["metadata"] = metadata
    path.write_bytes(pickle.dumps(content))


def environment(folder: Path, cascading: Any) -> Path:
    """The small person's environment with one substep a control step, and networks beside it."""
    tree = environment_tree()
    inner = tree["environment"]
    inner["simulation"]["control_hz"] = 480
    inner["parameters"]["gait"] = STRIDE
    inner["cascading"] = cascading
    path = folder / "data" / "env" / "cascade.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three networks: a first one, one that knows narrower ranges, and a cascaded one of all."""
    folder = tmp_path_factory.mktemp("cascade")
    write_all(folder)
    env = BatchEnv(environment(folder, False), num_envs=1)
    torch.manual_seed(3)
    plain = Sizes(env.obs_dim, env.action_dim, env.network_inputs, env.num_muscles)
    cascaded = Sizes(
        env.obs_dim, env.action_dim + 1, env.network_inputs + env.num_muscles + 1, env.num_muscles
    )
    narrow = environment_tree()
    narrow["environment"]["parameters"]["gait"] = {"stride": {"min": 0.9, "max": 1.05}}
    one_less = Sizes(cascaded.observations - 1, cascaded.actions, cascaded.inputs, cascaded.muscles)
    write_network(folder / "data" / "skel", plain, None)
    write_network(folder / "data" / "hip", one_less, BETA[0], yaml.safe_dump(narrow))
    write_network(folder / "data" / "merge", cascaded, BETA[1])
    write_network(folder / "data" / "own", cascaded, BETA[2])
    return folder


THREE = {
    "networks": ["@data/skel", "@data/hip", "@data/merge"],
    "edges": [[0, 1], [0, 2], [1, 2]],
}


def layers(tensors: dict[str, torch.Tensor], start: str, x: np.ndarray, slope: float) -> np.ndarray:
    """A multilayer perceptron of a state_dict; `slope` of negative values between its layers."""
    for k in (0, 2, 4, 6):
        weight, bias = (
            tensors[f"{start}{k}.{n}"].numpy().astype(float) for n in ("weight", "bias")
        )
        x = x @ weight.T + bias
        if k < 6:
            x = np.where(x > 0, x, slope * x)
    return x


def network(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    content = pickle.loads(path.read_bytes())  # written above
    weights = content["worker"]["state"]["default_policy"]["weights"]
    return tuple({n: torch.from_numpy(a) for n, a in part.items()} for part in (weights, content["muscle"]))  # type: ignore[return-value]  # fmt: skip


def turn(vector: np.ndarray) -> np.ndarray:
    """The rotation matrix of a rotation vector."""
    x, y, z = vector
    return torch.linalg.matrix_exp(torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]])).numpy()


def vector_of(matrix: np.ndarray) -> np.ndarray:
    angle = np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))
    skew = np.array([matrix[2, 1], matrix[0, 2], matrix[1, 0]]) - [
        matrix[1, 2], matrix[2, 0], matrix[0, 1],
    ]  # fmt: skip
    return angle / (2 * np.sin(angle)) * skew if angle > 1e-9 else skew / 2


def composed(changes: list[np.ndarray]) -> np.ndarray:
    """Changes of the small person's pose one after another: balls are 0, 3, 6, 10, 13, 17, 20; hinges 9, 16."""
    out = changes[0].copy()
    for change in changes[1:]:
        for first in (0, 3, 6, 10, 13, 17, 20):
            part = slice(first, first + 3)
            out[part] = vector_of(turn(out[part]) @ turn(change[part]))
        for hinge in (9, 16):
            out[hinge] += change[hinge]
    return out


def sigmoid(beta: float) -> float:
    return float(1 / (1 + np.exp(1000 * (0.2 + 0.1 * float(np.float32(beta))))))


def stepped(checkpoint: Checkpoint) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One control step: observation, action, the network's torques and the activations."""
    env = BatchEnv(checkpoint.config, num_envs=3, seed=4)
    policy = checkpoint.load_into(env)
    obs = env.reset().copy()
    action = policy.act(obs)
    env.step(action)
    samples = env.muscle_samples
    torques = np.concatenate([samples.jta[:, env.network_entries], samples.torque], axis=1)
    return obs, action, np.array(torques, float) / 200, env.activations.copy()


def test_three_networks_of_an_environment_drive_together(folder: Path) -> None:
    checkpoint = load_checkpoint(environment(folder, THREE))
    assert checkpoint.config.action.network_weights == 3
    obs, action, torques, activations = stepped(checkpoint)
    assert action.shape == (3, ACTIONS + 3)
    weights = [1.0, sigmoid(BETA[0]), sigmoid(BETA[1])]
    assert all(0.05 < w < 0.95 for w in weights[1:])
    np.testing.assert_allclose(action[:, ACTIONS:], [weights] * 3, rtol=2e-4)

    files = [network(folder / "data" / name) for name in ("skel", "hip", "merge")]
    told = obs.astype(float)
    np.testing.assert_allclose(told[0, -2:], [1.1, 1.0])
    narrow = np.concatenate([told[:, :-2], np.full((3, 1), 1.05)], axis=1)  # 0.9 to 1.05
    shown = [told, narrow, told]
    acted = [layers(p, "p_fc.", x, 0.0) for (p, _), x in zip(files, shown, strict=True)]
    for row in range(3):
        changes = [0.04 * w * a[row, :23] for w, a in zip(weights, acted, strict=True)]
        np.testing.assert_allclose(0.04 * action[row, :23], composed(changes), atol=1e-6)
        phase = sum(w * a[row, 23] for w, a in zip(weights, acted, strict=True))
        assert action[row, 23] == pytest.approx(phase, abs=1e-5)

    z = [layers(files[0][1], "fc.", torques, 0.2)]
    for k, sources in ((1, [0]), (2, [0, 1])):
        before = np.sum([z[s] for s in sources], axis=0)
        given = np.concatenate([before / 2, np.full((3, 1), weights[k]), torques], axis=1)
        own = weights[k] * layers(files[k][1], "fc.", given, 0.2)
        z.append(weights[k] * (before + own))  # the fork's own C++ hands on what it reads
    wanted = np.maximum(np.tanh(np.sum(z, axis=0)), 0)
    assert wanted.max() > 0.1
    np.testing.assert_allclose(activations, wanted, atol=2e-4)


def test_a_checkpoint_s_own_network_acts_after_those_of_its_environment(folder: Path) -> None:
    path = environment(folder, {"networks": ["@data/skel"], "edges": []})
    checkpoint = load_checkpoint(folder / "data" / "own", path)
    assert checkpoint.meta["generation"].startswith("Generative") or checkpoint.meta["generation"]
    obs, action, torques, activations = stepped(checkpoint)
    np.testing.assert_array_equal(action[:, ACTIONS:], 1.0)  # no edge reaches it
    (first, first_muscle), (own, own_muscle) = (
        network(folder / "data" / n) for n in ("skel", "own")
    )
    acted = [layers(p, "p_fc.", obs.astype(float), 0.0) for p in (first, own)]
    np.testing.assert_allclose(
        0.04 * action[1, :23], composed([0.04 * a[1, :23] for a in acted]), atol=1e-6
    )
    phase = acted[0][:, 23] + (acted[0][:, 23] + acted[1][:, 23])
    np.testing.assert_allclose(action[:, 23], phase, atol=1e-5)
    given = np.concatenate([np.zeros((3, 12)), np.ones((3, 1)), torques], axis=1)
    z = layers(first_muscle, "fc.", torques, 0.2) + layers(own_muscle, "fc.", given, 0.2)
    np.testing.assert_allclose(activations, np.maximum(np.tanh(z), 0), atol=2e-5)


@pytest.mark.parametrize("pass_through", [False, True])
def test_cascaded_networks_add_up_before_the_activation(pass_through: bool) -> None:
    """Bidirectional GaitNet adds w f; its fork hands on what a network reads as well."""
    torch.manual_seed(5)
    sizes = [Sizes(1, 1, 7 + extra, 4) for extra in (0, 5, 5)]
    states = [muscle(s) for s in sizes]
    networks = [_core.MuscleNN(s, 7, 4, "torch", cascaded=k > 0) for k, s in enumerate(states)]
    cascade = _core.CascadeNN(networks, [[], [0], [0, 1]], pass_through)
    assert (cascade.inputs, cascade.outputs) == (10, 4)
    rows = np.random.default_rng(0).normal(size=(20, 10)).astype(np.float32)
    rows[:, 7:] = np.random.default_rng(1).uniform(size=(20, 3))
    x = rows[:, :7].astype(float)
    z = [layers(states[0], "fc.", x, 0.2)]
    for k, sources in ((1, [0]), (2, [0, 1])):
        w = rows[:, 7 + k : 8 + k].astype(float)
        before = np.sum([z[s] for s in sources], axis=0)
        added = w * layers(states[k], "fc.", np.concatenate([before / 2, w, x], axis=1), 0.2)
        z.append(w * (before + added) if pass_through else added)
    wanted = np.maximum(np.tanh(np.sum(z, axis=0)), 0)
    np.testing.assert_allclose(cascade.forward(rows), wanted, atol=1e-5)


def test_a_cascade_is_the_same_for_any_batch_and_number_of_threads(folder: Path) -> None:
    checkpoint = load_checkpoint(environment(folder, THREE))
    seen = []
    for envs, threads in ((3, 1), (40, 2)):
        env = BatchEnv(checkpoint.config, num_envs=envs, seed=4, threads=threads)
        policy = checkpoint.load_into(env)
        obs = env.reset()
        for _ in range(5):
            obs = env.step(policy.act(obs))[0]
        seen.append(obs[:3].copy())
    np.testing.assert_array_equal(*seen)


def test_a_cascade_is_converted_into_one_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = environment(folder, THREE), tmp_path / "one.pt"
    first = load_checkpoint(path)
    assert convert([str(path), str(out)]) == 0
    second = load_checkpoint(out)
    assert second.config.cascade is None and second.config.not_trained == ["cascading"]
    for a, b in zip(stepped(first), stepped(second), strict=True):
        np.testing.assert_array_equal(a, b)


def test_networks_that_are_not_there_are_named_and_the_environment_opens(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = load_config(environment(folder, ["@data/skel", "@data/gone"]))
    assert config.cascade is None and config.action.network_weights == 0
    assert "cascading: of its 2 networks '@data/gone' is not there" in caplog.text
    assert any("@data/gone" in name for name in config.not_trained)


@pytest.mark.parametrize(
    ("cascading", "words"),
    [
        ({"networks": []}, "networks"),
        ({"networks": ["@data/skel"], "edges": [[0, 1]]}, "to a later one of 1"),
        ({"networks": ["@data/skel", "@data/hip"], "edges": [[1, 0]]}, "to a later one of 2"),
        ({"networks": ["@data/hip", "@data/skel"], "edges": []}, "a plain muscle network"),
        ({"networks": ["@data/skel", "@data/skel"], "edges": [[0, 1]]}, "a plain muscle network"),
        (["@data/muscles.yaml"], "muscles.yaml"),
    ],
)
def test_a_cascade_that_cannot_drive_is_one_line(
    folder: Path, complaint: Callable[..., str], cascading: Any, words: str
) -> None:
    assert words in complaint(load_checkpoint, environment(folder, cascading))


@pytest.mark.slow
@needs_gaitnet
def test_env_merge_drives_with_its_four_networks(tmp_path: Path) -> None:
    """The real file with networks of random weights where it names the trained ones."""
    real = FILES / "bidirectional-gaitnet/data"
    (tmp_path / "env").mkdir()
    (tmp_path / "data").mkdir()
    for name in real.iterdir():
        (tmp_path / "data" / name.name).symlink_to(name)
    (tmp_path / "data/trained_nn").mkdir()
    path = tmp_path / "env" / "env_merge.xml"
    path.write_bytes((real / "env_merge.xml").read_bytes())
    torch.manual_seed(6)
    for k, (name, metadata) in enumerate(
        (("skel", "env"), ("hip", "env_skel"), ("ankle", "env_ankle"), ("merge", "env_merge"))
    ):
        more = 0 if k == 0 else 1
        sizes = Sizes(517 if k == 0 else 783, 51 + more, 1274 + 305 * more, 304)
        write_network(
            tmp_path / f"data/trained_nn/{name}_no_mesh_lbs", sizes, -2.0001 if more else None,
            (real / f"{metadata}.xml").read_text(),
        )  # fmt: skip
    checkpoint = load_checkpoint(path)
    env = BatchEnv(checkpoint.config, num_envs=2, seed=1)
    policy = checkpoint.load_into(env)
    obs = env.reset()
    for _ in range(10):
        action = policy.act(obs)
        obs = env.step(action)[0]
        assert np.isfinite(obs).all()
    np.testing.assert_allclose(action[:, 51:], [[1.0] + 3 * [sigmoid(-2.0001)]] * 2, rtol=1e-3)
    assert env.activations.max() > 0.01
