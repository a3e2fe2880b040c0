"""The training loop on the real simulator, in small."""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import (
    BatchEnv,
    CheckpointError,
    ConfigError,
    Environment,
    EnvironmentConfig,
    ModelError,
    Policy,
    _core,
    load_checkpoint,
    load_config,
)
from muscle_viewer.core.configuration import Episode
from muscle_viewer.training.logging.episodes import EpisodeCounter, EpisodeLog
from muscle_viewer.training.muscle_learner import MuscleSettings
from muscle_viewer.training.ppo import PpoSettings, values
from muscle_viewer.training.run_folder import EARLIER_FORMAT, RunFolder
from muscle_viewer.training.settings import TrainingSettings
from muscle_viewer.training.trainer import Trainer

pytestmark = pytest.mark.slow

ENVS, HORIZON = 16, 8
ITERATION = ENVS * HORIZON
SETTINGS = TrainingSettings(
    num_envs=ENVS,
    steps=100 * ITERATION,
    warm_up=ITERATION,
    muscle_batches=2,
    ppo=PpoSettings(hidden=(32, 32), horizon=HORIZON, batch=64),
    muscle=MuscleSettings(hidden=(32, 32, 32), batch=64, capacity=300),
)


@pytest.fixture(scope="module")
def config() -> EnvironmentConfig:
    return load_config("assets/environments/walk.yaml")


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a) and a.keys() == b.keys()


def test_the_muscle_network_learns_alone_first_and_then_both_do(config):
    trainer = Trainer(config, SETTINGS)
    policy, muscle = ({k: v.clone() for k, v in s.items()} for s in states(trainer))
    assert trainer.iterate().phase == "warm-up"
    weights = {k: v for k, v in trainer.policy.state_dict().items() if not k.startswith("obs_")}
    assert all(torch.equal(policy[name], weights[name]) for name in weights)
    assert not torch.equal(muscle["fc.0.weight"], trainer.muscle_state["fc.0.weight"])
    muscle = {k: v.clone() for k, v in trainer.muscle_state.items()}
    assert trainer.iterate().phase == "train"
    assert not torch.equal(policy["actor.0.weight"], trainer.policy.actor[0].weight)
    assert not torch.equal(muscle["fc.0.weight"], trainer.muscle_state["fc.0.weight"])


def states(trainer: Trainer) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    return trainer.policy.state_dict(), trainer.muscle_state


def test_the_simulator_infers_with_the_weights_of_the_last_update(config):
    trainer = Trainer(config, SETTINGS)
    trainer.iterate()
    state = trainer.env.save_state()
    action = np.zeros((ENVS, trainer.env.action_dim), np.float32)
    trainer.env.step(action)
    other = BatchEnv(config, ENVS)
    other.load_muscle_weights(trainer.muscle_state, precision=SETTINGS.network_precision)
    other.restore_state(state)
    other.step(action)
    np.testing.assert_array_equal(trainer.env.activations, other.activations)


def test_a_truncated_step_is_worth_what_its_last_observation_promises(config):
    brief = config.model_copy(update={"episode": Episode(max_time=1 / 30)})
    trainer = Trainer(brief, SETTINGS)
    plain = Trainer(brief, replace(SETTINGS, ppo=replace(SETTINGS.ppo, gamma=0.0)))
    rollout, without = (t.rollouts.collect(False).rollout for t in (trainer, plain))
    assert (rollout.ended == 1).all()
    promised = values(trainer.policy, torch.from_numpy(trainer.env.final_observation.copy()))
    assert promised.abs().max() > 0
    torch.testing.assert_close(
        rollout.rewards[-1] - without.rewards[-1], trainer.settings.ppo.gamma * promised
    )


def test_a_resumed_run_goes_on_as_if_it_had_never_stopped(config, tmp_path):
    folder = RunFolder(tmp_path / "run")
    straight = Trainer(config, SETTINGS)
    for _ in range(3):
        straight.iterate()
    folder.save(straight, {"note": "half way"})
    for _ in range(2):
        straight.iterate()

    resumed = Trainer(config, SETTINGS)
    state = folder.read_state()
    assert state["meta"]["note"] == "half way"
    folder.resume(resumed, state)
    for _ in range(2):
        resumed.iterate()
    assert resumed.steps == straight.steps == 5 * ITERATION
    for a, b in zip(states(straight), states(resumed), strict=True):
        assert same(a, b)
    assert resumed.env.save_state() == straight.env.save_state()


class InTurns(Executor):
    """Does at once what is submitted."""

    def submit(self, work, /, *arguments, **named):
        done: Future = Future()
        done.set_result(work(*arguments, **named))
        return done


def test_networks_that_learn_at_the_same_time_are_those_that_learn_in_turns(config):
    trainers = [Trainer(config, replace(SETTINGS, warm_up=0)) for _ in range(2)]
    trainers[1]._muscle_thread = InTurns()
    with _core.TorchThreads(2):
        for _ in range(3):
            reports = [trainer.iterate() for trainer in trainers]
    for a, b in zip(*(states(trainer) for trainer in trainers), strict=True):
        assert same(a, b)
    assert reports[0].torque_error == reports[1].torque_error
    assert reports[0].ppo == reports[1].ppo


def test_an_error_in_one_of_the_updates_ends_the_iteration_after_both(config):
    trainer = Trainer(config, replace(SETTINGS, warm_up=0))
    ended = []

    def update(*arguments):
        time.sleep(0.2)
        ended.append("muscles")
        raise ArithmeticError("muscles")

    def fail(*arguments):
        raise ArithmeticError("policy")

    trainer.muscle.update = update
    with _core.TorchThreads(2), pytest.raises(ArithmeticError, match="muscles"):
        trainer.iterate()
    trainer.ppo.update = fail
    with _core.TorchThreads(2), pytest.raises(ArithmeticError, match="policy"):
        trainer.iterate()
    assert ended == ["muscles", "muscles"]


def test_another_seed_is_another_run(config):
    policies = []
    for seed in (0, 0, 1):
        trainer = Trainer(config, replace(SETTINGS, seed=seed, warm_up=0))
        trainer.iterate()
        policies.append(trainer.policy.state_dict())
    assert same(policies[0], policies[1])
    assert not same(policies[0], policies[2])


def test_a_saved_checkpoint_moves_an_environment(config, tmp_path):
    trainer = Trainer(config, SETTINGS)
    trainer.iterate()
    folder = RunFolder(tmp_path)
    folder.save(trainer, {"command": "test"})
    checkpoint = load_checkpoint(folder.latest)
    assert checkpoint.meta["command"] == "test" and checkpoint.meta["steps"] == ITERATION
    policy = Policy.from_state_dict(checkpoint.policy)
    env = Environment(checkpoint.config)
    env.load_muscle_weights(checkpoint.muscle)
    obs = env.reset()
    np.testing.assert_array_equal(policy.act(obs), trainer.policy.act(obs))
    _, reward, _, _ = env.step(policy.act(obs))
    assert 0 < reward <= 1 and env.frame().activations.max() > 0


def test_a_run_without_muscles_trains_its_policy(config):
    trainer = Trainer(config.model_copy(update={"actuator": "pd"}), SETTINGS)
    report = trainer.iterate()
    assert report.phase == "train" and trainer.muscle_state == {}
    assert report.ppo is not None and np.isnan(report.muscle_loss)


def test_resuming_says_what_does_not_fit(config, tmp_path):
    folder = RunFolder(tmp_path)
    with pytest.raises(CheckpointError, match="no such file"):
        folder.read_state()
    folder.save(Trainer(config, SETTINGS), {})
    with pytest.raises(CheckpointError, match="--num-envs"):
        folder.resume(Trainer(config, replace(SETTINGS, num_envs=2)), folder.read_state())
    folder.state.write_bytes(folder.state.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"state\.pt: cannot be read"):
        folder.read_state()


def test_the_best_checkpoint_stays_while_the_latest_moves_on(config, tmp_path):
    folder = RunFolder(tmp_path)
    trainer = Trainer(config, SETTINGS)
    trainer.iterate()
    folder.save(trainer, {}, best=True)
    trainer.iterate()
    folder.save(trainer, {})
    assert load_checkpoint(folder.best).meta["steps"] == ITERATION
    assert load_checkpoint(folder.latest).meta["steps"] == 2 * ITERATION
    written = {path.name for path in Path(tmp_path).iterdir()}
    assert written == {"best.pt", "latest.pt", "state.pt", "state-previous.pt"}


def test_an_iteration_tells_where_its_time_went_and_what_was_rewarded(config, monkeypatch):
    trainer = Trainer(config, replace(SETTINGS, warm_up=0))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)  # one update after the other
    report = trainer.iterate()
    assert sum(report.shares().values()) == pytest.approx(1)
    for phase in ("simulation", "inference", "policy_update", "muscle_update", "hand_over"):
        assert report.timings[phase] > 0
    weights = {name: getattr(config.reward, name).weight for name in trainer.env.reward_terms}
    total = sum(weight * report.rewards[name] for name, weight in weights.items())
    assert report.rewards["total"] == pytest.approx(total, rel=1e-4)


def test_the_fall_rate_is_the_share_of_episodes_that_a_fall_ended():
    counter, log, none = EpisodeCounter(3), EpisodeLog(), np.zeros((3, 0))
    no, yes = np.zeros(3, bool), np.ones(3, bool)
    reward, clips = np.ones(3, np.float32), np.zeros(3, np.int32)
    counter.add(reward, no, no, none, clips, clips)
    log.extend(counter.take())
    assert np.isnan(log.fall_rate)
    counter.add(reward, np.array([True, False, False]), yes, none, clips, clips)
    log.extend(counter.take())
    assert log.fall_rate == pytest.approx(1 / 3)
    assert log.mean_return == log.mean_length == 2
    assert counter.take() == []


def test_the_state_of_an_earlier_version_goes_on_as_it_would_have(config, tmp_path):
    folder = RunFolder(tmp_path / "run")
    straight = Trainer(config, SETTINGS)
    for _ in range(2):
        straight.iterate()
    folder.save(straight, {"settings": {}})
    content = torch.load(folder.state, weights_only=True)
    trainer = content["trainer"]
    (collector,) = trainer.pop("rollouts")["collectors"]
    trainer["episodes"] |= collector.pop("episodes")
    del trainer["clips"], collector["clips"]  # later than these
    torch.save({**content, "format": EARLIER_FORMAT, "trainer": trainer | collector}, folder.state)
    resumed = Trainer(config, SETTINGS)
    folder.resume(resumed, folder.read_state())
    reports = [t.iterate() for t in (straight, resumed)]
    assert all(same(a, b) for a, b in zip(states(straight), states(resumed), strict=True))
    assert reports[0].mean_return == reports[1].mean_return


def test_what_is_observed_is_symmetric_where_that_was_asked_for(config, tmp_path):
    for symmetric in (True, False):
        trainer = Trainer(config, replace(SETTINGS, symmetric=symmetric, warm_up=0))
        trainer.iterate()
        mean = trainer.policy.obs_mean.numpy()
        assert np.allclose(trainer.env.mirror.observation(mean), mean, atol=1e-4) == symmetric
    tree = yaml.safe_load(Path(config.motion).read_text())
    for frame in tree["frames"]:
        frame[tree["coordinates"].index("knee_angle_r")] += 0.1
    limp = tmp_path / "limp.yaml"
    limp.write_text(yaml.safe_dump(tree))
    with pytest.raises(ModelError, match=r"limp\.yaml"):
        Trainer(config.model_copy(update={"motion": limp}), replace(SETTINGS, symmetric=True))


def test_a_device_that_is_not_there_is_one_line(config):
    with pytest.raises(ConfigError, match=r"--device cuda:99: torch .* sees"):
        Trainer(config, replace(SETTINGS, device="cuda:99"))
    for name in ("gpu", "meta"):
        with pytest.raises(ConfigError, match=f"--device {name}: cpu, cuda"):
            Trainer(config, replace(SETTINGS, device=name))
