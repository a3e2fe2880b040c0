"""Runs that begin with the networks of a checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import ConfigError, EnvironmentConfig, load_checkpoint, load_config
from muscle_viewer.training import TrainingSettings, train
from muscle_viewer.training.cli import main
from muscle_viewer.training.muscle_learner import MuscleSettings
from muscle_viewer.training.ppo import PpoSettings
from muscle_viewer.training.trainer import Trainer
from muscle_viewer.training.warm_start import WarmStart

pytestmark = pytest.mark.slow

WALK = "assets/environments/walk.yaml"
SETTINGS = TrainingSettings(num_envs=4, steps=512, muscle_batches=1)


@pytest.fixture(scope="module")
def walk() -> WarmStart:
    return WarmStart.of("checkpoints/walk.pt")


def begun(
    start: WarmStart, environment: EnvironmentConfig, settings: TrainingSettings = SETTINGS
) -> Trainer:
    trainer = Trainer(environment, start.settings(settings))
    start.load_into(trainer)
    return trainer


def test_a_run_begins_with_the_checkpoints_networks_and_without_warm_up(walk):
    trainer = begun(walk, load_config(WALK))
    obs = np.random.default_rng(0).normal(size=(3, trainer.env.obs_dim)).astype(np.float32)
    assert np.array_equal(trainer.policy.act(obs), walk.policy.act(obs))
    assert (walk.policy.log_std < -1.2).all() and (trainer.policy.log_std >= -1.0).all()
    muscle = trainer.muscle_state
    assert all(torch.equal(muscle[name], w) for name, w in walk.checkpoint.muscle.items())
    report = trainer.iterate()
    assert report.phase == "train" and report.torque_error < 0.6
    assert (
        report.ppo and report.ppo.kl < 2 * SETTINGS.ppo.target_kl
    )  # the first update spoils nothing


@pytest.mark.parametrize("asked", [-0.4, -1.1])
def test_a_run_begins_with_the_standard_deviation_that_is_set(walk, asked: float):
    settings = replace(SETTINGS, ppo=replace(SETTINGS.ppo, log_std=asked))
    trainer = begun(walk, load_config(WALK), settings)
    assert torch.allclose(trainer.policy.log_std, torch.tensor(asked))


def test_what_the_checkpoint_does_not_observe_has_no_effect_at_first(walk):
    trainer = begun(walk, load_config("assets/environments/anatomy.yaml"))
    size = walk.policy.obs_dim
    obs = np.random.default_rng(1).normal(size=(3, trainer.env.obs_dim)).astype(np.float32)
    assert trainer.env.obs_dim > size
    assert np.allclose(trainer.policy.act(obs), walk.policy.act(obs[:, :size]), atol=1e-5)
    before = trainer.policy.actor[0].weight[:, size:].clone()
    trainer.iterate()
    assert not before.any() and trainer.policy.actor[0].weight[:, size:].any()


def test_entries_are_found_by_their_names_wherever_they_stand(walk, monkeypatch):
    from muscle_viewer.training import policy_fit

    names = policy_fit.observation_names
    size = walk.policy.obs_dim
    trainer = Trainer(load_config(WALK), walk.settings(SETTINGS))
    calls = []

    def turned(*given):
        calls.append(given)
        return names(*given) if len(calls) == 1 else names(*given)[::-1]

    monkeypatch.setattr(policy_fit, "observation_names", turned)
    walk.load_into(trainer)
    obs = np.random.default_rng(2).normal(size=(2, size)).astype(np.float32)
    assert np.allclose(trainer.policy.act(obs[:, ::-1]), walk.policy.act(obs), atol=1e-5)


def environment(tmp_path: Path, **changes: object) -> str:
    tree = yaml.safe_load(Path(WALK).read_text())
    tree["character"], tree["motion"] = (
        str(Path(f"assets/{kind}.yaml").resolve()) for kind in ("characters/human", "motions/walk")
    )
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(tree | changes))
    return str(path)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"actuator": "activation"}, "policy of the same actions"),
        ({"observation": "mass"}, "is not observed in the environment"),
    ],
)
def test_an_environment_of_another_kind_is_refused_in_one_line(tmp_path, walk, changes, part):
    with pytest.raises(ConfigError, match=part) as error:
        begun(walk, load_config(environment(tmp_path, **changes)))
    assert "\n" not in str(error.value) and "walk.pt" in str(error.value)


@pytest.mark.parametrize("hidden", [(320, 256), (320, 288)])
def test_a_policy_may_begin_with_further_units_that_have_no_effect_at_first(walk, hidden):
    trainer = begun(walk, load_config(WALK), replace(SETTINGS, ppo=PpoSettings(hidden=hidden)))
    obs = np.random.default_rng(3).normal(size=(3, walk.policy.obs_dim)).astype(np.float32)
    assert trainer.policy.actor[0].weight.shape[0] == 320
    assert np.allclose(trainer.policy.act(obs), walk.policy.act(obs), atol=1e-5)
    rows = walk.policy.normalise(torch.from_numpy(obs))
    with torch.no_grad():
        for policy in (trainer.policy, walk.policy):
            assert torch.allclose(policy.critic(rows), walk.policy.critic(rows), atol=1e-4)
    before = [layer.weight.clone() for layer in (trainer.policy.actor[0], trainer.policy.actor[2])]
    assert not before[1][:256, 256:].any() and before[0][256:].any()
    trainer.iterate()
    assert trainer.policy.actor[2].weight[:256, 256:].any()  # now they have one


def test_other_sizes_of_the_networks_are_refused(walk):
    for part, settings in (
        ("ppo.hidden", replace(SETTINGS, ppo=PpoSettings(hidden=(512, 64)))),
        ("ppo.hidden", replace(SETTINGS, ppo=PpoSettings(hidden=(512, 512, 512)))),
        ("ppo.hidden", replace(SETTINGS, ppo=PpoSettings(hidden=(64, 64)))),
        ("muscle.hidden", replace(SETTINGS, muscle=MuscleSettings(hidden=(8, 8, 8)))),
    ):
        with pytest.raises(ConfigError, match=part):
            walk.settings(settings)


def test_a_policy_of_another_program_is_refused(tmp_path):
    content = torch.load("checkpoints/walk.pt", weights_only=True)
    content["policy"]["form"] = torch.tensor([1.0, 5.0])
    torch.save(content, tmp_path / "foreign.pt")
    with pytest.raises(ConfigError, match="form of another program"):
        WarmStart.of(tmp_path / "foreign.pt")


def test_the_origin_stays_in_the_runs_checkpoints(tmp_path, capsys):
    options = ["--num-envs", "4", "--set", "muscle_batches=1"]
    run = tmp_path / "run"
    assert (
        main([WALK, "--out", str(run), *options, "--from", "checkpoints/walk.pt", "--steps", "256"])
        == 0
    )
    assert main(["--out", str(run), "--resume", "--steps", "512"]) == 0
    meta = load_checkpoint(run / "latest.pt").meta
    origin = load_checkpoint("checkpoints/walk.pt").meta
    assert meta["started_from"]["commands"] == origin["commands"] and meta["steps"] == 512
    assert main(["--out", str(run), "--resume", "--from", "checkpoints/walk.pt"]) == 2
    assert "--from" in capsys.readouterr().err


def test_train_begins_from_a_checkpoint_too(tmp_path):
    last = train(WALK, tmp_path / "run", replace(SETTINGS, steps=256), start="checkpoints/walk.pt")
    assert load_checkpoint(last).meta["started_from"]["steps"] > 1_000_000
