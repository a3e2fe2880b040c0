"""Rollouts beside the updates: whose weights act, equal runs, and resumption."""

from __future__ import annotations

import pytest
import torch
from muscle_viewer.core import EnvironmentConfig, load_config
from muscle_viewer.training.muscle_learner import MuscleSettings
from muscle_viewer.training.overlapped_rollouts import OverlappedRollouts
from muscle_viewer.training.ppo import PpoSettings
from muscle_viewer.training.rollouts import LocalRollouts
from muscle_viewer.training.run_folder import RunFolder
from muscle_viewer.training.settings import TrainingSettings
from muscle_viewer.training.trainer import Trainer

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(
    num_envs=16,
    steps=100 * 64,
    warm_up=0,
    muscle_batches=2,
    asynchronous=True,
    ppo=PpoSettings(hidden=(32, 32), horizon=4, batch=32),
    muscle=MuscleSettings(hidden=(32, 32, 32), batch=64, capacity=300),
)


@pytest.fixture(scope="module")
def config() -> EnvironmentConfig:
    return load_config("assets/environments/walk.yaml")


def iterated(trainer: Trainer, times: int) -> dict[str, torch.Tensor]:
    for _ in range(times):
        trainer.iterate()
    states = {**trainer.policy.state_dict(), **trainer.muscle_state}
    return {name: tensor.clone() for name, tensor in states.items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_rollout_acts_with_the_networks_before_the_last_update(config):
    trainer = Trainer(config, SETTINGS, OverlappedRollouts)
    weights = [iterated(trainer, 0), iterated(trainer, 1)]
    second = trainer.rollouts.collect(False).rollout  # under way while the first was learned from
    deviation = weights[0]["log_std"].exp()
    assert not torch.equal(weights[0]["actor.0.weight"], weights[1]["actor.0.weight"])
    policy = trainer.policy
    policy.load_state_dict({k: weights[0][k] for k in policy.state_dict()})
    noise = (second.actions - policy.actor(policy.normalise(second.obs))) / deviation
    from_noise = -0.5 * (noise.square() + 2 * weights[0]["log_std"] + 1.8378771).sum(-1)
    torch.testing.assert_close(second.log_probs, from_noise, rtol=1e-5, atol=1e-3)
    trainer.close()


def test_runs_of_one_seed_are_equal_and_resume_as_if_they_had_never_stopped(config, tmp_path):
    folder = RunFolder(tmp_path / "run")
    straight = Trainer(config, SETTINGS, OverlappedRollouts)
    iterated(straight, 2)
    folder.save(straight, {})
    expected = iterated(straight, 2)
    again = Trainer(config, SETTINGS, OverlappedRollouts)
    assert same(expected, iterated(again, 4))
    folder.resume(again, folder.read_state())
    assert again.steps == 2 * 64
    assert same(expected, iterated(again, 2))
    for trainer in (straight, again):
        trainer.close()


def test_a_run_can_begin_to_overlap_and_cease_to(config, tmp_path):
    folder = RunFolder(tmp_path / "run")
    plain, overlapped = Trainer(config, SETTINGS), Trainer(config, SETTINGS, OverlappedRollouts)
    for one, other in ((plain, overlapped), (overlapped, plain)):
        one.iterate()
        folder.save(one, {})
        folder.resume(other, folder.read_state())
        assert other.iterate().steps == one.steps + 64
    assert isinstance(plain.rollouts, LocalRollouts)
    overlapped.close()
