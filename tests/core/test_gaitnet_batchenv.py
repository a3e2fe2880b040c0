"""muscle_viewer.core.batchenv: GaitNet's names, dtypes and kind of reset."""

from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, load_checkpoint, load_config
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.gaitnet import batchenv as former

pytestmark = pytest.mark.slow

SHIPPED = checkpoints_folder() / "walk.pt"


def both(num_envs: int = 3) -> tuple[former.BatchEnv, BatchEnv]:
    """The same environments by GaitNet's names and by ours, with short episodes."""
    checkpoint = load_checkpoint(SHIPPED)
    text = checkpoint.config.to_yaml().replace("max_time: 10.0", "max_time: 0.1")
    ours = BatchEnv(text, num_envs)
    ours.load_muscle_weights(checkpoint.muscle)
    theirs = former.BatchEnv(text, num_envs)
    theirs.setMuscleNetworkWeight(checkpoint.muscle)
    return theirs, ours


def test_sizes_are_calls() -> None:
    theirs, ours = both()
    assert theirs.num_envs() == 3
    assert theirs.obs_dim() == ours.obs_dim
    assert theirs.action_dim() == ours.action_dim


def test_a_done_comes_with_the_last_observation_and_the_next_step_begins_anew() -> None:
    theirs, ours = both()
    assert np.array_equal(theirs.reset(), ours.reset())
    actions = np.zeros((3, ours.action_dim), dtype=np.float32)
    for step in range(4):
        obs, rewards, dones = theirs.step(actions)
        our_obs, our_rewards, terminated, truncated = ours.step(actions)
        assert dones.dtype == np.uint8
        assert obs.dtype == rewards.dtype == np.float32
        assert np.array_equal(dones.astype(bool), terminated | truncated)
        assert np.array_equal(rewards, our_rewards)
        expected = ours.final_observation if step == 2 else our_obs
        assert bool(dones.all()) == (step == 2)
        assert np.array_equal(obs, expected)


def test_what_a_step_returned_is_not_overwritten_by_the_next() -> None:
    theirs, _ = both()
    theirs.reset()
    actions = np.zeros((3, theirs.action_dim()), dtype=np.float32)
    obs, rewards, _ = theirs.step(actions)
    kept = obs.copy(), rewards.copy()
    theirs.step(actions + 1)
    assert np.array_equal(obs, kept[0])
    assert np.array_equal(rewards, kept[1])


def test_weights_may_be_numpy_arrays_as_gaitnet_sent_them(tmp_path: Path) -> None:
    theirs, _ = both(1)
    weights = load_checkpoint(SHIPPED).muscle
    theirs.setMuscleNetworkWeight({name: tensor.numpy() for name, tensor in weights.items()})
    theirs.reset()
    theirs.step(np.zeros((1, theirs.action_dim()), dtype=np.float32))


def test_the_first_argument_is_the_configurations_text() -> None:
    text = load_config(load_checkpoint(SHIPPED).config).to_yaml()
    assert former.BatchEnv(yaml_content=text, num_envs=1).num_envs() == 1
    with pytest.raises(TypeError):
        former.BatchEnv(text)  # type: ignore[call-arg]
    assert torch.is_tensor(load_checkpoint(SHIPPED).muscle["fc.0.weight"])


def test_the_gaitnet_configurations_text_builds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their A2_sep.yaml, its `@data/` found from the working directory, as theirs from the repository."""
    from small_gaitnet import write_all

    text = (write_all(tmp_path) / "A2_sep.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    theirs = former.BatchEnv(text, 2)
    inputs = theirs.getNumMuscleDof() + theirs.getNumActuatorAction()
    sizes = [inputs, 8, 8, 8, theirs.getNumMuscles()]
    torch.manual_seed(0)
    weights = {}
    for k, (m, n) in enumerate(zip(sizes, sizes[1:], strict=False)):
        weights[f"fc.{2 * k}.weight"] = 0.1 * torch.randn(n, m)
        weights[f"fc.{2 * k}.bias"] = 0.1 * torch.randn(n)
    theirs.setMuscleNetworkWeight(weights)
    obs = theirs.reset()
    for _ in range(4):
        obs, rewards, dones = theirs.step(np.zeros((2, theirs.action_dim()), np.float32))
    assert obs.shape == (2, theirs.obs_dim())
    assert np.isfinite(obs).all() and np.isfinite(rewards).all()
    assert dones.shape == (2,)
    assert len(theirs.get_muscle_tuples()[1][0]) == 4


def test_the_gaitnet_loop_learns_a_muscle_network_from_the_tuples() -> None:
    """Their training loop: collect, fetch the tuples once, update, hand the weights over."""
    theirs, _ = both(2)
    assert theirs.is_hierarchical() and not theirs.use_cascading()
    joints, muscles = theirs.getNumActuatorAction(), theirs.getNumMuscles()
    entries = theirs.getNumMuscleDof()
    assert joints == theirs.action_dim() - 1 == 48
    theirs.reset()
    for _ in range(3):
        theirs.step(np.zeros((2, theirs.action_dim()), dtype=np.float32))
    tuples = theirs.get_muscle_tuples()
    assert len(tuples) == 2
    wanted, reduced, full = tuples[0]
    assert [a.shape for a in wanted] == [(joints,)] * 3
    assert [a.shape for a in reduced] == [(entries,)] * 3
    assert [a.shape for a in full] == [(joints, muscles)] * 3
    # The matrix is muscle by muscle what the reduced one lists.
    np.testing.assert_array_equal(full[1].T[full[1].T != 0], reduced[1][reduced[1] != 0])
    assert theirs.get_muscle_tuples() == [[[], [], []], [[], [], []]]

    weights = load_checkpoint(SHIPPED).muscle
    net = torch.nn.Sequential(
        *(
            layer
            for k in (0, 2, 4, 6)
            for layer in (
                torch.nn.Linear(*reversed(weights[f"fc.{k}.weight"].shape)),
                torch.nn.LeakyReLU(0.2),
            )
        )
    )[:-1]
    net.load_state_dict({name.removeprefix("fc."): t for name, t in weights.items()})
    optimiser = torch.optim.Adam(net.parameters(), 1e-5)
    inputs = torch.from_numpy(np.hstack([reduced, wanted]) / 200.0)
    jta, torque = torch.from_numpy(np.array(full)), torch.from_numpy(np.array(wanted))
    losses = []
    for _ in range(20):
        a = torch.relu(torch.tanh(net(inputs)))
        error = (jta @ a[:, :, None])[:, :, 0] - torque
        loss = (error / 100).square().mean() + 0.01 * a.square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    theirs.update_muscle_weights({f"fc.{name}": t for name, t in net.state_dict().items()})
    obs, rewards, _ = theirs.step(np.zeros((2, theirs.action_dim()), dtype=np.float32))
    assert np.isfinite(obs).all() and np.isfinite(rewards).all()


def test_it_steps_with_random_weights_until_it_is_given_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = load_checkpoint(SHIPPED).config.to_yaml()
    first, second = former.BatchEnv(text, 2), former.BatchEnv(text, 2)
    global_state = torch.random.get_rng_state()
    for env in (first, second):
        env.reset()
        for _ in range(3):
            seen = env.step(np.zeros((2, env.action_dim()), np.float32))[0]
    assert torch.equal(torch.random.get_rng_state(), global_state)
    assert caplog.text.count("acts with random ones") == 2  # a line each
    assert first._env.activations.max() > 0
    np.testing.assert_array_equal(first._env.activations, second._env.activations)
    first.setMuscleNetworkWeight(load_checkpoint(SHIPPED).muscle)
    other = first.step(np.zeros((2, first.action_dim()), np.float32))[0]
    assert np.isfinite(seen).all() and np.isfinite(other).all()
