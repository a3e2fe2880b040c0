"""PPO: advantages by their definition, learning on a task with a known answer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from muscle_viewer.core import Policy
from muscle_viewer.core.mirror import Mirror, SignedPermutation
from muscle_viewer.training import precision
from muscle_viewer.training.ppo import (
    Ppo,
    PpoSettings,
    Rollout,
    initialise,
    log_probability,
    standardised,
)
from muscle_viewer.training.precision import Precision

pytestmark = pytest.mark.slow


def ppo(settings: PpoSettings, obs_dim: int = 3, action_dim: int = 2, seed: int = 0) -> Ppo:
    torch.manual_seed(seed)
    policy = Policy(obs_dim, action_dim, settings.hidden, settings.log_std)
    initialise(policy)
    return Ppo(policy, settings, torch.Generator().manual_seed(seed))


def test_advantages_are_discounted_sums_of_errors_that_stop_at_an_episode_s_end():
    steps, gamma, lam = 7, 0.9, 0.8
    rollout = Rollout(steps, 2, 1, 1)
    rng = torch.Generator().manual_seed(1)
    rollout.rewards = torch.randn(steps, 2, generator=rng)
    rollout.values = torch.randn(steps, 2, generator=rng)
    rollout.ended[3, 0] = rollout.ended[6, 1] = 1
    last = torch.tensor([0.7, -0.4])
    got = rollout.advantages(last, gamma, lam)
    for env in range(2):
        following = [*rollout.values[1:, env].tolist(), last[env].item()]
        for start in range(steps):
            expected, weight = 0.0, 1.0
            for t in range(start, steps):
                ended = bool(rollout.ended[t, env])
                ahead = 0.0 if ended else gamma * following[t]
                expected += (
                    weight * (rollout.rewards[t, env] + ahead - rollout.values[t, env]).item()
                )
                weight *= gamma * lam
                if ended:
                    break
            np.testing.assert_allclose(got[start, env].item(), expected, atol=1e-5)


def test_advantages_are_standardised_among_the_samples_of_each_clip():
    rng = torch.Generator().manual_seed(1)
    clips = torch.randint(0, 3, (500,), generator=rng).float()
    clips[7] = 3
    own = torch.randn(500, generator=rng)
    got = standardised(own * 10 ** (clips - 1) + clips, clips)
    for clip in range(3):
        rows = clips == clip
        centred = own[rows].double() - own[rows].double().mean()
        expected = (centred / centred.std()).float()
        torch.testing.assert_close(got[rows], expected, atol=1e-4, rtol=1e-4)
    assert got[7] == own[7] * 100 + 3  # alone it has no deviation


def fill(learner: Ppo, rollout: Rollout, generator: torch.Generator) -> torch.Tensor:
    """Episodes of one step whose best action is known: (-o0, o1)."""
    for t in range(rollout.obs.shape[0]):
        obs = torch.randn(rollout.obs.shape[1:], generator=generator)
        actions, rollout.log_probs[t] = learner.act(obs)
        best = torch.stack([-obs[:, 0], obs[:, 1]], 1)
        rollout.obs[t], rollout.actions[t], rollout.ended[t] = obs, actions, 1
        rollout.rewards[t] = -(actions - best).square().sum(1)
    return obs


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_the_mean_action_goes_to_the_best_one(kind: Literal["float32", "bfloat16"]):
    settings = PpoSettings(
        hidden=(32, 32),
        horizon=16,
        batch=256,
        log_std=-0.5,
        learning_rate=3e-3,
        target_kl=0.05,
        precision=kind,
    )
    learner, generator = ppo(settings), torch.Generator().manual_seed(2)
    rollout = Rollout(settings.horizon, 64, 3, 2)

    def distance() -> float:
        obs = torch.randn(512, 3, generator=torch.Generator().manual_seed(3))
        mean = torch.from_numpy(learner.policy.act(obs.numpy()))
        return (mean - torch.stack([-obs[:, 0], obs[:, 1]], 1)).square().sum(1).mean().item()

    before = distance()
    for _ in range(60):
        last = fill(learner, rollout, generator)
        learner.update(rollout, last, settings.learning_rate)
    assert before > 1.5 and distance() < 0.2


def test_the_value_loss_falls_on_a_rollout_that_is_seen_again():
    settings = PpoSettings(hidden=(32, 32), horizon=16, batch=256, epochs=5, target_kl=10)
    learner = ppo(settings)
    rollout = Rollout(settings.horizon, 64, 3, 2)
    last = fill(learner, rollout, torch.Generator().manual_seed(2))
    losses = [learner.update(rollout, last, 1e-3).value_loss for _ in range(8)]
    assert losses[-1] < 0.5 * losses[0]


def test_ratios_begin_at_one_in_either_precision():
    """With a rate of zero no action becomes likelier, whatever the products' rounding."""
    for kind in ("float32", "bfloat16"):
        learner = ppo(PpoSettings(hidden=(64, 64), horizon=16, batch=256, precision=kind))
        rollout = Rollout(16, 64, 3, 2)
        last = fill(learner, rollout, torch.Generator().manual_seed(2))
        statistics = learner.update(rollout, last, 0.0)
        assert abs(statistics.kl) < 1e-6 and statistics.clipped == 0


def test_an_update_of_bfloat16_goes_where_that_of_float32_goes():
    moved = {}
    for kind in ("float32", "bfloat16"):
        settings = PpoSettings(hidden=(64, 64), horizon=16, batch=1024, epochs=1, precision=kind)
        learner = ppo(settings)
        rollout = Rollout(settings.horizon, 64, 3, 2)
        learner._step(
            learner._samples(rollout, fill(learner, rollout, torch.Generator().manual_seed(2)))
        )
        assert all(p.dtype == torch.float32 for p in learner.policy.parameters())
        gradients = [p.grad.flatten() for p in learner.policy.parameters() if p.grad is not None]
        moved[kind] = torch.cat(gradients)
    alike = torch.cosine_similarity(moved["float32"], moved["bfloat16"], dim=0)
    assert 0.999 < alike and not torch.equal(moved["float32"], moved["bfloat16"])


@pytest.mark.parametrize(
    ("asked", "hidden", "native", "taken"),
    [
        ("auto", (256, 256), True, True),
        ("auto", (512, 512), False, False),
        ("float32", (512, 512), True, False),
        ("bfloat16", (64,), False, True),
    ],
)
def test_updates_are_in_bfloat16_where_it_is_native(
    asked: Precision, hidden: tuple[int, ...], native: bool, taken: bool, monkeypatch
):
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: native)
    assert precision.takes_bfloat16(asked, hidden, torch.device("cpu")) == taken


@pytest.mark.parametrize(("width", "taken"), [(256, False), (512, True)])
def test_on_a_gpu_only_wide_layers_are_updated_in_bfloat16(width: int, taken: bool, monkeypatch):
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: True)
    assert precision.takes_bfloat16("auto", (width, width), torch.device("cuda")) == taken


def test_what_the_cpu_multiplies_is_what_its_flags_say():
    flags = Path("/proc/cpuinfo").read_text().split("flags", 1)[1].splitlines()[0].split()
    wanted = bool({"avx512_bf16", "amx_bf16"}.intersection(flags))
    assert precision.multiplies_bfloat16(torch.device("cpu")) == wanted


def test_an_update_ends_once_the_policy_has_gone_twice_the_wanted_way():
    settings = PpoSettings(hidden=(32, 32), horizon=16, batch=64, epochs=50, target_kl=1e-4)
    learner = ppo(settings)
    rollout = Rollout(settings.horizon, 64, 3, 2)
    last = fill(learner, rollout, torch.Generator().manual_seed(2))
    rate = learner.learning_rate
    statistics = learner.update(rollout, last, rate)
    assert statistics.kl > 2e-4 and statistics.epochs < 50
    assert learner.learning_rate < rate


def test_observations_enter_the_normalisation_after_the_update_they_were_used_in():
    learner = ppo(PpoSettings(hidden=(32, 32), horizon=4, batch=64, target_kl=10))
    rollout = Rollout(4, 64, 3, 2)
    last = fill(learner, rollout, torch.Generator().manual_seed(2))
    assert learner.policy.obs_count < 1
    learner.update(rollout, last, 1e-4)
    obs = rollout.obs.flatten(0, 1)
    np.testing.assert_allclose(learner.policy.obs_mean.numpy(), obs.mean(0).numpy(), atol=1e-4)
    np.testing.assert_allclose(
        learner.policy.obs_var.numpy(), obs.var(0, unbiased=False).numpy(), rtol=1e-3
    )


def test_the_deviation_of_actions_is_bounded_by_a_value_that_falls_over_the_run():
    learner = ppo(PpoSettings(hidden=(8, 8), log_std=0.0, final_log_std=-2.0))
    for progress, bound in ((0.0, 0.0), (0.25, -0.5), (1.0, -2.0)):
        learner.limit_exploration(progress)
        assert torch.allclose(learner.policy.log_std, torch.tensor(bound))
    with torch.no_grad():
        learner.policy.log_std.fill_(-3)
    learner.limit_exploration(1.0)
    assert (learner.policy.log_std == -3).all()


def test_the_log_probability_is_that_of_a_normal_distribution():
    rng = torch.Generator().manual_seed(0)
    action, mean = torch.randn(5, 3, generator=rng), torch.randn(5, 3, generator=rng)
    log_std = torch.tensor([-1.0, 0.0, 0.5])
    expected = torch.distributions.Normal(mean, log_std.exp()).log_prob(action).sum(-1)
    torch.testing.assert_close(log_probability(action, mean, log_std), expected)


def swap(size: int) -> SignedPermutation:
    """Neighbours change places; every second pair changes sign."""
    source = np.arange(size) ^ 1
    return SignedPermutation(source, np.where(source % 4 < 2, 1, -1).astype(np.float32))


def test_a_policy_that_sees_one_side_alone_acts_alike_on_the_other_with_a_mirror():
    """The best action follows the first pair of observations; only the first of it ever differs."""
    mirror = Mirror(
        observation=swap(4), action=swap(4), joints=swap(4),
        positions=swap(4), velocities=swap(4), muscles=swap(4), entries=swap(4),
    )  # fmt: skip
    settings = PpoSettings(
        hidden=(32, 32), horizon=16, batch=256, log_std=-0.5, learning_rate=3e-3, target_kl=0.05
    )
    errors = []
    for its_mirror in (None, mirror):
        torch.manual_seed(0)
        policy = Policy(4, 4, settings.hidden, settings.log_std)
        initialise(policy)
        generator = torch.Generator().manual_seed(0)
        learner = Ppo(policy, settings, generator, its_mirror)
        rollout = Rollout(settings.horizon, 64, 4, 4)
        for _ in range(40):
            for t in range(settings.horizon):
                obs = torch.zeros(64, 4)
                obs[:, 0] = torch.randn(64, generator=generator)
                actions, rollout.log_probs[t] = learner.act(obs)
                rollout.obs[t], rollout.actions[t], rollout.ended[t] = obs, actions, 1
                rollout.rewards[t] = -(actions[:, 0] - obs[:, 0]).square()
            learner.update(rollout, obs, settings.learning_rate)
        unseen = np.zeros((256, 4), np.float32)
        unseen[:, 1] = np.linspace(-2, 2, 256)
        errors.append(np.square(policy.act(unseen)[:, 1] - unseen[:, 1]).mean())
    assert errors[0] > 1 and errors[1] < 0.2


def test_the_mirror_is_shown_the_observations_and_not_their_normalised_numbers():
    """As a run has it that is resumed with --symmetric: its statistics are of one side."""
    mirror = Mirror(
        observation=swap(4), action=swap(4), joints=swap(4),
        positions=swap(4), velocities=swap(4), muscles=swap(4), entries=swap(4),
    )  # fmt: skip
    policy = Policy(4, 4, (8, 8))
    policy.obs_mean.copy_(torch.tensor([5.0, -3.0, 0.0, 2.0]))
    policy.obs_var.copy_(torch.tensor([9.0, 1.0, 4.0, 0.25]))
    learner = Ppo(policy, PpoSettings(), torch.Generator().manual_seed(0), mirror)
    rollout = Rollout(3, 2, 4, 4)
    rollout.obs.copy_(torch.randn(3, 2, 4, generator=torch.Generator().manual_seed(2)))
    samples = learner._samples(rollout, rollout.obs[-1])
    raw = rollout.obs.flatten(0, 1)
    assert torch.equal(samples.obs, policy.normalise(raw))
    image = torch.from_numpy(swap(4)(raw.numpy()).astype(np.float32))
    assert torch.equal(samples.images, policy.normalise(image))
    assert not torch.allclose(samples.images, torch.from_numpy(swap(4)(samples.obs.numpy())))


@pytest.mark.parametrize(("horizon", "batch"), [(1, 2048), (4, 1)])
def test_a_batch_of_one_sample_leaves_the_weights_numbers(horizon: int, batch: int) -> None:
    torch.manual_seed(0)
    policy = Policy(3, 2, (8, 8))
    settings = PpoSettings(horizon=horizon, batch=batch, target_kl=1e6)
    learner = Ppo(policy, settings, torch.Generator().manual_seed(0))
    rollout = Rollout(horizon, 1, 3, 2)
    obs = torch.ones(1, 3)
    for t in range(horizon):
        rollout.obs[t] = obs
        rollout.actions[t], rollout.log_probs[t] = learner.act(obs)
        rollout.rewards[t] = 1.0
    before = policy.actor[0].weight.detach().clone()
    statistics = learner.update(rollout, obs, 1e-3)
    assert np.isfinite([statistics.policy_loss, statistics.value_loss, statistics.kl]).all()
    assert all(torch.isfinite(p).all() for p in policy.parameters())
    assert not torch.equal(policy.actor[0].weight, before)
