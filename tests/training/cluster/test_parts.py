"""The parts of a run on many machines that need no cluster: actors as objects, packed fragments, CPUs and seeds.

tests/libraries/test_cluster.py has a real cluster.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import ConfigError, EnvironmentConfig, load_config
from muscle_viewer.training.cli import main
from muscle_viewer.training.cluster.actor import NotBegunError, Order, RolloutActor
from muscle_viewer.training.cluster.connection import threads_for
from muscle_viewer.training.cluster.packing import pack, pack_weights, unpack
from muscle_viewer.training.fragment import Fragment, joined
from muscle_viewer.training.muscle_learner import MuscleSettings
from muscle_viewer.training.ppo import PpoSettings
from muscle_viewer.training.rollouts import start_seed
from muscle_viewer.training.settings import TrainingSettings
from muscle_viewer.training.trainer import Trainer

WALK = "assets/environments/walk.yaml"
ENVS, HORIZON = 16, 6
SETTINGS = TrainingSettings(
    num_envs=ENVS,
    seed=4,
    steps=100 * ENVS * HORIZON,
    warm_up=0,
    ppo=PpoSettings(hidden=(32, 32), horizon=HORIZON, batch=64),
    muscle=MuscleSettings(hidden=(32, 32, 32), batch=64, capacity=300),
)


@pytest.fixture(scope="module")
def config() -> EnvironmentConfig:
    return load_config(WALK)


@pytest.fixture(scope="module")
def trainer(config: EnvironmentConfig) -> Trainer:
    return Trainer(config, SETTINGS)


def begun(
    config: EnvironmentConfig, settings: TrainingSettings = SETTINGS, **order
) -> RolloutActor:
    actor = RolloutActor()
    actor.begin(Order(config, settings, order.pop("seed", settings.seed), 1, **order))
    return actor


def fragment(actor: RolloutActor, trainer: Trainer, explore: bool = False) -> Fragment:
    weights = (trainer.policy.state_dict(), trainer.muscle_state)
    return unpack(actor.collect(*map(pack_weights, weights), explore))


def equal(a: Fragment, b: Fragment) -> bool:
    names = ("obs", "actions", "log_probs", "rewards", "ended")
    parts = [(getattr(a.rollout, name), getattr(b.rollout, name)) for name in names]
    parts += [(getattr(a, name), getattr(b, name)) for name in ("last_obs", "jta", "torque")]
    same = a.episodes == b.episodes and a.rewards == b.rewards and a.explored == b.explored
    return same and all(torch.equal(x, y) for x, y in parts)


@pytest.mark.slow
@pytest.mark.parametrize("explore", [True, False])
def test_an_actor_brings_what_a_trainer_collects_itself(config, explore) -> None:
    trainer = Trainer(config, SETTINGS)
    actor = begun(config)
    for _ in range(2):
        assert equal(fragment(actor, trainer, explore), trainer.rollouts.collect(explore))


@pytest.mark.slow
def test_an_actor_goes_on_from_its_state_and_begins_anew_where_it_does_not_fit(
    config, trainer
) -> None:
    actor = begun(config)
    fragment(actor, trainer)
    state = actor.state_dict()
    expected = fragment(actor, trainer)
    assert equal(fragment(begun(config, seed=9, state=state), trainer), expected)
    more = replace(SETTINGS, num_envs=ENVS + 1)
    anew = fragment(begun(config, more, seed=9, state=state), trainer)
    assert anew.rollout.obs.shape[1] == ENVS + 1


@pytest.mark.slow
def test_thin_samples_and_rounded_observations_are_those_of_the_same_steps(config, trainer) -> None:
    whole = fragment(begun(config), trainer, explore=True)
    thin = fragment(begun(config, replace(SETTINGS, sample_every=4)), trainer, explore=True)
    assert len(whole.jta) == ENVS * HORIZON and len(thin.jta) == ENVS * HORIZON // 4
    chosen = (np.arange(ENVS) + np.arange(HORIZON)[:, None]) % 4 == 0
    assert torch.equal(whole.jta[torch.from_numpy(chosen.ravel())], thin.jta)
    rounded = fragment(begun(config, replace(SETTINGS, float16=True)), trainer, explore=True)
    assert torch.equal(rounded.rollout.obs, whole.rollout.obs.half().float())
    packed = pack(rounded, float16=True)
    assert packed.arrays["obs"].nbytes * 2 == pack(whole, float16=False).arrays["obs"].nbytes
    assert equal(unpack(packed), rounded)


@pytest.mark.slow
def test_a_policy_acts_on_the_observations_that_it_is_said_to_have_seen(config, trainer) -> None:
    seen = fragment(begun(config, replace(SETTINGS, float16=True)), trainer).rollout
    mean = trainer.policy.actor(trainer.policy.normalise(seen.obs))
    spread = torch.distributions.Normal(mean, trainer.policy.log_std.exp())
    torch.testing.assert_close(spread.log_prob(seen.actions).sum(-1), seen.log_probs)


def test_a_restarted_process_says_that_it_has_not_begun() -> None:
    with pytest.raises(NotBegunError):
        RolloutActor().collect({}, {}, False)


def test_a_node_with_another_version_is_refused(config) -> None:
    with pytest.raises(
        ConfigError, match=r"an actor's node has muscle-viewer .*, the learner 0\.0"
    ):
        begun(config, version="0.0")


@pytest.mark.slow
def test_fragments_are_joined_in_the_order_of_their_actors(config, trainer) -> None:
    a, b = (fragment(begun(config, seed=seed), trainer) for seed in (1, 2))
    both = joined([a, b])
    assert both.steps == 2 * a.steps
    assert torch.equal(both.rollout.obs, torch.cat([a.rollout.obs, b.rollout.obs], dim=1))
    assert torch.equal(both.jta, torch.cat([a.jta, b.jta]))
    assert both.rewards["total"] == pytest.approx((a.rewards["total"] + b.rewards["total"]) / 2)


def test_the_seed_moves_on_with_every_start() -> None:
    seeds = [start_seed(seed, start) for seed in (0, 1) for start in range(50)]
    assert start_seed(7, 0) == 7 and len(set(seeds)) == 100
    assert all(0 <= seed < 2**64 for seed in seeds)


@pytest.mark.parametrize(
    ("actors", "cpus", "threads"),
    [
        (1, [16], 16),
        (2, [16], 8),
        (3, [4, 4, 4], 4),
        (4, [4, 4, 4], 2),
        (3, [16, 2], 5),
        (2, [1, 1], 1),
    ],
)
def test_actors_share_the_cpus_of_the_nodes(actors, cpus, threads) -> None:
    assert threads_for(actors, cpus) == threads


def test_more_actors_than_cpus_are_refused(complaint) -> None:
    assert complaint(threads_for, 5, [2, 2]).startswith("--actors 5: the cluster has 4 CPUs")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--actors", "2"], "error: --actors: is for runs on a cluster; add --ray\n"),
        (
            ["--asynchronous", "--set", "ppo.precision=bfloat16"],
            "error: --asynchronous: updates in float32 alone; --set ppo.precision=float32 has them\n",
        ),
        (
            ["--ray"],
            "error: ray is not installed; install it with: pip install 'muscle-viewer[ray]'\n",
        ),
        (
            ["--ray", "ray://host:10001"],
            "error: --ray ray://host:10001: the learner must be on a node of the cluster; run muscle-train "
            "there, with --ray auto\n",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], line: str, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # as where it is not installed
    assert main([WALK, "--out", str(tmp_path / "run"), "--num-envs", "4", *arguments]) == 2
    assert capsys.readouterr().err == line
    assert not (tmp_path / "run").exists()
