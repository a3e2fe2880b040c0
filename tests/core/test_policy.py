"""The policy: sizes from its weights, actions by a product that numpy agrees with."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from muscle_viewer.core import CheckpointError, Policy, ShapeError


def test_sizes_come_from_the_state_dict() -> None:
    policy = Policy.from_state_dict(Policy(7, 3, hidden=(32, 16, 8)).state_dict())
    assert (policy.obs_dim, policy.action_dim) == (7, 3)
    assert [layer.out_features for layer in policy.actor if hasattr(layer, "out_features")] == [
        32,
        16,
        8,
        3,
    ]


def test_actions_are_the_mean_of_normalised_and_clipped_observations() -> None:
    torch.manual_seed(0)
    policy = Policy(5, 2, hidden=(8, 8))
    policy.obs_mean.copy_(torch.arange(5.0))
    policy.obs_var.copy_(torch.arange(1.0, 6.0))
    obs = np.random.default_rng(0).normal(size=(4, 5)) * 20
    x = np.clip((obs - np.arange(5)) / np.sqrt(np.arange(1, 6) + 1e-6), -5, 5)
    weights = {name: tensor.double().numpy() for name, tensor in policy.state_dict().items()}
    for layer in (0, 2, 4):
        x = x @ weights[f"actor.{layer}.weight"].T + weights[f"actor.{layer}.bias"]
        if layer < 4:
            x = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    actions = policy.act(obs)
    assert actions.dtype == np.float32
    assert np.allclose(actions, x, atol=1e-5)


def test_one_observation_gives_one_action() -> None:
    policy = Policy(5, 2, hidden=(8, 8))
    rows = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    assert policy.act(rows[1]).shape == (2,)
    assert np.allclose(policy.act(rows[1]), policy.act(rows)[1], atol=1e-6)
    assert policy.act(rows[:0]).shape == (0, 2)


@pytest.mark.parametrize("hidden", [(256, 256), (64,), (33, 7)])
def test_a_row_gives_the_same_action_bit_for_bit_whatever_the_number_of_rows(
    hidden: tuple[int, ...],
) -> None:
    torch.manual_seed(1)
    policy = Policy(255, 49, hidden)
    rows = np.random.default_rng(0).normal(size=(70, 255)).astype(np.float32)
    whole = policy.act(rows)
    for count in (1, 2, 3, 7, 16, 17, 31, 48, 69):
        assert np.array_equal(policy.act(rows[:count]), whole[:count])
    assert np.array_equal(policy.act(rows[0]), whole[0])
    strange = rows.copy()
    strange[1:] = np.nan
    assert np.array_equal(policy.act(strange)[0], whole[0])


@pytest.mark.slow
def test_acting_leaves_the_number_of_torchs_threads_alone_whoever_acts() -> None:
    program = """
import threading
import numpy as np, torch
from muscle_viewer.core import Policy

torch.set_num_threads(3)
policy, rows = Policy(200, 50), np.zeros((64, 200), np.float32)
seen = []
acting = [threading.Thread(target=lambda: [policy.act(rows) for _ in range(300)]) for _ in range(4)]
for thread in acting:
    thread.start()
while any(thread.is_alive() for thread in acting):
    later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    later.start()
    later.join()
policy.act(rows)
print(set(seen), torch.get_num_threads())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "{3} 3\n", done.stderr


def test_read_only_observations_are_taken_without_a_warning() -> None:
    rows = np.zeros((3, 5), np.float32)
    rows.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Policy(5, 2).act(rows)


@pytest.mark.parametrize("shape", [(4,), (2, 4), (1, 2, 5), ()])
def test_observations_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"observations: shape .* expected"):
        Policy(5, 2, hidden=(8, 8)).act(np.zeros(shape))


def test_running_statistics_are_those_of_all_rows_together() -> None:
    policy = Policy(3, 1)
    rows = torch.randn(1000, 3, generator=torch.Generator().manual_seed(1)) * 3 + 5
    for part in rows.split([1, 99, 400, 500]):
        policy.observe(part)
    assert torch.allclose(policy.obs_mean, rows.mean(0), atol=1e-3)
    assert torch.allclose(policy.obs_var, rows.var(0, unbiased=False), rtol=1e-3)


def test_all_that_does_not_fit_is_named_at_once() -> None:
    state = Policy(5, 2, hidden=(8, 8)).state_dict()
    del state["obs_mean"]
    state["actor.2.bias"] = torch.zeros(9)
    state["spare"] = torch.zeros(1)
    with pytest.raises(CheckpointError) as raised:
        Policy.from_state_dict(state)
    line = str(raised.value)
    for part in (
        "obs_mean: missing",
        "actor.2.bias: shape (9,), (8,) expected",
        "spare: unexpected",
    ):
        assert part in line
