"""Policies of single motions that a policy of several learns from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import ConfigError, load_checkpoint
from muscle_viewer.training.cli import main
from muscle_viewer.training.ppo import Ppo
from muscle_viewer.training.settings import TrainingSettings, make_settings
from muscle_viewer.training.trainer import Trainer

SMALL = ["--num-envs", "4", "--set", "ppo.horizon=8", "--set", "ppo.hidden=[16,16]"]


@pytest.fixture
def teacher(small_environment: Path) -> Path:
    """A checkpoint of one motion, whose actions are far from a new policy's."""
    tree = yaml.safe_load(small_environment.read_text()) | {"actuator": "pd"}
    small_environment.write_text(yaml.safe_dump(tree))
    out = small_environment.parent / "teacher"
    assert main([str(small_environment), "--out", str(out), "--steps", "32", *SMALL]) == 0
    content = torch.load(out / "latest.pt", weights_only=True)
    content["policy"]["actor.4.bias"] += 1.0
    torch.save(content, out / "latest.pt")
    return out / "latest.pt"


@pytest.fixture
def environment(small_environment: Path, teacher: Path) -> Path:
    """The same of two motions."""
    tree = yaml.safe_load(small_environment.read_text())
    file = tree.pop("motion")
    tree["motions"] = [{"name": "still", "file": file}, {"name": "hard", "file": file}]
    path = small_environment.parent / "two.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def settings_for(teachers: dict[str, str], **ppo: object) -> TrainingSettings:
    ppo = {"horizon": 16, "hidden": [32, 32], "batch": 64, "log_std": -1.0, **ppo}
    return make_settings({}, {"num_envs": 16, "steps": 10**6, "teachers": teachers, "ppo": ppo})


def test_a_policy_is_drawn_to_its_teacher(environment: Path, teacher: Path) -> None:
    settings = settings_for({"hard": str(teacher)}, teacher_weight=1.0, target_kl=0.5)
    trainer = Trainer(environment, settings)
    fragment = trainer.rollouts.collect(False)
    rows = fragment.rollout.obs[fragment.rollout.clips == 1]
    lessons = load_checkpoint(teacher).policy
    own = trainer.ppo._teachers[0].policy
    assert all(torch.equal(own.state_dict()[name], tensor) for name, tensor in lessons.items())
    wanted = torch.from_numpy(own.act(rows[:, :-2].numpy()))

    def distance() -> float:
        return (
            (trainer.policy.actor(trainer.policy.normalise(rows)) - wanted).square().mean().item()
        )

    before = distance()
    for _ in range(25):
        trainer.iterate()
    assert before > 0.7 and distance() < 0.1 * before


def test_only_its_motion_is_taught(environment: Path, teacher: Path) -> None:
    trainer = Trainer(environment, settings_for({"hard": str(teacher)}))
    rollout = trainer.rollouts.collect(False).rollout
    obs, clips = rollout.obs.flatten(0, 1), rollout.clips.flatten()
    assert rollout.alone.all()
    taught, lessons = trainer.ppo._lessons(obs, rollout.alone.flatten())
    assert 0 < taught.sum() < len(taught) and torch.equal(taught, clips)
    expected = trainer.ppo._teachers[0].policy.act(obs[:, :-2].numpy())
    np.testing.assert_allclose(lessons[clips == 1], expected[clips == 1], atol=1e-5)
    assert not lessons[clips == 0].any()
    own = trainer.env.clips == 1
    trainer.env.set_clip("hard", at_once=True)
    observed = trainer.env.step(np.zeros((16, trainer.env.action_dim), np.float32))[0]
    taught, _ = trainer.ppo._lessons(torch.tensor(observed), torch.ones(16))
    np.testing.assert_array_equal(taught == 1, own)  # not within a transition from the other


def test_an_episode_that_came_from_another_motion_is_not_taught(
    environment: Path, teacher: Path
) -> None:
    tree = yaml.safe_load(environment.read_text())
    tree["episode"] = tree.get("episode", {}) | {"transition": 0.1}
    environment.write_text(yaml.safe_dump(tree))
    settings = settings_for({"hard": str(teacher)}, horizon=64)
    trainer = Trainer(environment, replace(settings, clip_switches=2.0))
    rollout = trainer.rollouts.collect(False).rollout
    obs, alone = rollout.obs.flatten(0, 1), rollout.alone.flatten()
    hard_alone = trainer.ppo._teachers[0].teaches(obs)
    taught, _ = trainer.ppo._lessons(obs, alone)
    assert 0 < (hard_alone & (alone == 0)).sum() < hard_alone.sum()
    assert torch.equal(taught == 1, hard_alone & (alone == 1))


def test_at_the_end_of_the_run_nothing_is_taught(environment: Path, teacher: Path) -> None:
    taught = Trainer(environment, settings_for({"hard": str(teacher)}))
    alone = Trainer(environment, settings_for({}))
    begin = {name: tensor.clone() for name, tensor in alone.policy.state_dict().items()}

    def updated(ppo: Ppo, progress: float) -> dict[str, torch.Tensor]:
        ppo.policy.load_state_dict(begin)
        ppo._generator.manual_seed(3)
        ppo.optimiser.state.clear()
        ppo.limit_teaching(progress)
        ppo.update(fragment.rollout, fragment.last_obs, 1e-3)
        return {name: tensor.clone() for name, tensor in ppo.policy.state_dict().items()}

    fragment = alone.rollouts.collect(False)
    expected = updated(alone.ppo, 0.0)
    end, middle = updated(taught.ppo, 1.0), updated(taught.ppo, 0.5)
    assert all(torch.equal(end[name], expected[name]) for name in expected)
    assert not torch.equal(middle["actor.0.weight"], expected["actor.0.weight"])


def test_teachers_are_named_on_the_command_line_and_kept_with_the_run(
    environment: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(teacher.parent)
    run = tmp_path / "run"
    command = [str(environment), "--out", str(run), "--steps", "32", *SMALL]
    assert main([*command, "--teacher", f"hard={teacher.name}"]) == 0
    monkeypatch.chdir(tmp_path)
    assert main(["--out", str(run), "--resume", "--steps", "64"]) == 0
    settings = load_checkpoint(run / "latest.pt").meta["settings"]
    assert settings["teachers"] == {"hard": str(teacher)}


def test_what_cannot_teach_is_refused(
    environment: Path,
    teacher: Path,
    tmp_path: Path,
    complaint: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    swims = replace(settings_for({}), teachers={"swim": str(teacher)})
    line = complaint(Trainer, environment, swims)
    assert "the environment has no motion 'swim'; it has still, hard" in line
    walk = Path("assets/environments/walk.yaml")
    alone = replace(settings_for({}), teachers={"walk": "checkpoints/walk.pt"})
    assert "--teacher: the environment has one motion" in complaint(Trainer, walk, alone)
    other = replace(settings_for({}), teachers={"hard": "checkpoints/walk.pt"})
    with pytest.raises(ConfigError, match=r"walk.pt: policy: '.*' is not observed"):
        Trainer(environment, other)
    with pytest.raises(SystemExit):
        main([str(environment), "--out", str(tmp_path), "--teacher", "hard"])
    assert "--teacher hard: MOTION=CHECKPOINT expected" in capsys.readouterr().err
