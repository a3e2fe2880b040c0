"""Several motions in training: by difficulty, switched, logged and resumed; and measured one by one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from left_out import MASS_DATA, needs_mass
from muscle_viewer.core import BatchEnv, load_checkpoint, load_config
from muscle_viewer.core.configuration import (
    EnvironmentConfig,
    assets_folder,
    checkpoints_folder,
)
from muscle_viewer.training.cli import main
from muscle_viewer.training.clip_sampler import ClipSampler
from muscle_viewer.training.evaluation.cli import main as evaluate
from muscle_viewer.training.evaluation.record import Batch
from muscle_viewer.training.evaluation.transitions import measure_transitions
from muscle_viewer.training.logging.clips import ClipLog
from muscle_viewer.training.logging.episodes import Episode
from muscle_viewer.training.settings import TrainingSettings, make_settings
from muscle_viewer.training.trainer import Trainer
from small_files import small_motion

ALL = assets_folder() / "environments" / "mass" / "all.yaml"
SMALL = ["--num-envs", "4", "--set", "ppo.horizon=8", "--set", "ppo.hidden=[16,16]"]
SAMPLING = ["--set", "clip_difficulty=0.8", "--set", "clip_switches=3"]


@pytest.fixture
def environment(small_environment: Path) -> Path:
    """The small leg by torques, with episodes of 0.2 s of two motions."""
    tree = yaml.safe_load(small_environment.read_text()) | {"actuator": "pd"}
    file = tree.pop("motion")
    tree["motions"] = [{"name": "still", "file": file}, {"name": "hard", "weight": 3, "file": file}]
    tree["episode"] = {"max_time": 0.2}
    small_environment.write_text(yaml.safe_dump(tree))
    return small_environment


def test_motions_that_fail_are_drawn_more_often(environment: Path) -> None:
    env = BatchEnv(environment, num_envs=64, threads=1)
    sampler = ClipSampler(env, TrainingSettings(clip_difficulty=0.8))
    np.testing.assert_allclose(sampler.weights, [0.25, 0.75])
    sampler.extend(
        [Episode(1.0, 9, False, (), 1, 1)] * 400 + [Episode(1.0, 9, True, (), 0, 0)] * 400
    )
    np.testing.assert_allclose(sampler.weights, [0.85, 0.15], atol=0.01)
    env.reset()
    assert (env.clips == 0).mean() == pytest.approx(0.85, abs=0.12)
    again = ClipSampler(env, TrainingSettings(clip_difficulty=0.8))
    again.load_state_dict(sampler.state_dict())
    np.testing.assert_array_equal(again.weights, sampler.weights)


def test_switches_renew_the_observation_and_leave_the_next_draw_free(environment: Path) -> None:
    env = BatchEnv(environment, num_envs=40, threads=1)
    observed = env.reset()
    before = env.clips.copy()
    sampler = ClipSampler(env, TrainingSettings(clip_switches=15.0))
    sampler.begin()
    sampler.switch(torch.Generator().manual_seed(1), np.zeros(40, bool))
    assert 10 < (env.clips != before).sum() < 30  # to the other one of two, half of 40
    np.testing.assert_array_equal(sampler.left, before)
    np.testing.assert_array_equal(
        observed[:, -2:], np.eye(2)[before]
    )  # at the begin of a transition
    env.reset()
    assert (env.clips == 1).mean() == pytest.approx(0.75, abs=0.2)


def test_episodes_begin_within_a_transition(environment: Path) -> None:
    """Those that have just begun, in any part of it, on the reference of both motions."""
    env = BatchEnv(environment, num_envs=600, threads=1)
    observed = env.reset(seed=2)
    before = env.clips.copy()
    began = np.arange(600) < 300
    sampler = ClipSampler(env, TrainingSettings(clip_transitions=0.6))
    sampler.switch(torch.Generator().manual_seed(1), began)
    changed = env.clips != before
    assert not changed[300:].any() and 150 < changed.sum() < 210
    share = observed[changed, -2 + env.clips[changed]]
    assert (share < 0.25).sum() > 100 and (share > 0.75).sum() > 5
    assert 70 < (share == 0).sum() < 120  # half of 180, and a few more: these go all the way
    frame = env.snapshot(["positions", "reference_positions"])
    np.testing.assert_allclose(frame["positions"], frame["reference_positions"], atol=1e-5)


def test_transitions_that_fail_are_drawn_more_often(environment: Path) -> None:
    env = BatchEnv(environment, num_envs=400, threads=1)
    sampler = ClipSampler(env, TrainingSettings(clip_transitions=0.5, clip_difficulty=0.8))
    np.testing.assert_allclose(sampler.shares, [[0.125, 0.125], [0.375, 0.375]])
    fine = [Episode(1.0, 9, False, (), clip, left) for clip in (0, 1) for left in (0, 1)]
    fails = Episode(1.0, 9, True, (), 1, 0)
    sampler.extend((*fine, fails)[k] for _ in range(400) for k in (0, 1, 3, 4))
    np.testing.assert_allclose(sampler.shares, [[0.025, 0.825], [0.075, 0.075]], atol=0.02)
    env.reset(seed=1)
    before = env.clips.copy()
    assert (before == 0).mean() == pytest.approx(0.85, abs=0.06)
    sampler.switch(torch.Generator().manual_seed(2), np.ones(400, bool))
    for left in (0, 1):
        drawn = (env.clips == 1)[before == left].mean()
        assert drawn == pytest.approx((0.825 / 0.85, 0.5)[left], abs=0.12)
    np.testing.assert_array_equal(sampler.left, before)


def test_episodes_are_counted_for_their_motion() -> None:
    log = ClipLog(["walk", "kick"], 30)
    log.extend([Episode(3.0, 30, True, (), 1, 1), Episode(5.0, 60, False, (), 1, 1)])
    log.extend([Episode(9.0, 90, fell, (), 1, 0) for fell in (True, True, True, False)])
    found = log.scalars([0.5, 0.5])
    assert found["kick/return"] == 4.0 and found["kick/seconds"] == 1.5
    assert found["kick/transition_fall_rate"] == 0.75
    assert np.isnan(found["walk/transition_fall_rate"])
    assert found["kick/fall_rate"] == 0.5 and np.isnan(found["walk/return"])
    other = ClipLog(["walk", "kick"], 30)
    other.load_state_dict(log.state_dict())
    np.testing.assert_equal(other.scalars([0.5, 0.5]), found)
    assert ClipLog(["walk"], 30).scalars([1.0]) == {}


@pytest.mark.parametrize("transitions", [0.0, 0.3])
def test_a_resumed_run_draws_and_logs_as_one_that_was_not_stopped(
    environment: Path, transitions: float
) -> None:
    sampling = {"clip_difficulty": 0.8, "clip_switches": 3.0, "clip_transitions": transitions}
    ppo = {"horizon": 8, "hidden": [16, 16]}
    settings = make_settings({}, {"num_envs": 4, "steps": 1000, "ppo": ppo, **sampling})
    trainer, other = (Trainer(environment, settings) for _ in range(2))
    for _ in range(2):
        trainer.iterate()
    other.load_state_dict(deepcopy(trainer.state_dict()))
    for _ in range(2):
        one, two = trainer.iterate(), other.iterate()
        np.testing.assert_equal(dict(one.clips), dict(two.clips))
        np.testing.assert_array_equal(trainer.env.clips, other.env.clips)
    assert one.clips["hard/seconds"] > 0
    assert one.clips["hard/weight"] != 0.75 or transitions  # of which every episode falls
    assert one.scalars()["clip/hard/weight"] == one.clips["hard/weight"]


def test_a_motion_s_end_is_worth_going_on_with_its_mean_reward(environment: Path) -> None:
    """And the end of an episode's time, in a cyclic motion, what the critic promises."""
    short = {**small_motion(), "cyclic": False, "frame_time": 0.1}
    (environment.parent / "short.yaml").write_text(yaml.safe_dump(short))
    tree = yaml.safe_load(environment.read_text())
    tree["motions"][1]["file"] = "short.yaml"
    environment.write_text(yaml.safe_dump(tree))
    ppo = {"horizon": 12, "hidden": [16, 16]}
    rollout, bare = (
        Trainer(environment, make_settings({}, {"num_envs": 8, "ppo": ppo | {"gamma": gamma}}))
        .rollouts.collect(False)
        .rollout
        for gamma in (0.9, 0.0)
    )
    short, ended = rollout.clips == 1, rollout.ended == 1
    added = rollout.rewards - bare.rewards
    assert (ended & short).any() and (ended & ~short).any() and not added[~ended].any()
    worth = 0.9 / (1 - 0.9) * bare.rewards[short].mean()
    torch.testing.assert_close(added[ended & short], worth.expand(int((ended & short).sum())))
    assert not torch.isclose(added[ended & ~short], worth, rtol=0.1).any()


@pytest.mark.slow
def test_each_motion_is_measured_by_itself(
    environment: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    complaint: Callable[..., str],
) -> None:
    run = tmp_path / "run"
    assert main([str(environment), "--out", str(run), "--steps", "32", *SMALL]) == 0
    capsys.readouterr()
    measure = [str(run / "latest.pt"), "--episodes", "2", "--seconds", "0.2", "--pushes", "0"]
    assert evaluate([*measure, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    found = printed["clips"]
    assert list(found) == ["still", "hard"] and found["hard"]["episodes"] == 2
    ways = [(way["left"], way["next"]) for way in printed["transitions"]]
    assert ways == [("still", "hard"), ("hard", "still")]
    assert evaluate([*measure, "--clip", "hard"]) == 0
    table = capsys.readouterr().out
    assert table.startswith("hard\nfalls") and "still" not in table
    assert evaluate([*measure, "--clip", "swim"]) == 2
    assert "there is no 'swim'; there are still, hard" in capsys.readouterr().err
    assert evaluate([*measure, "--report", str(tmp_path / "page.html")]) == 2
    assert "add --clip with one of still, hard" in capsys.readouterr().err


@pytest.fixture(scope="module")
def mass() -> EnvironmentConfig:
    return load_config(ALL, MASS_DATA)


@needs_mass
@pytest.mark.slow
def test_mass_s_human_walks_runs_and_kicks_in_one_batch(mass: EnvironmentConfig) -> None:
    env = BatchEnv(mass.model_copy(update={"actuator": "pd"}), num_envs=128, threads=1)
    env.reset()
    assert set(env.clips.tolist()) == {0, 1, 2}
    for _ in range(3):
        _, reward, *_ = env.step(np.zeros((128, env.action_dim), np.float32))
    assert (reward > 0.3).all()  # its reference is that of its clip
    env.set_clip("kick", at_once=True)
    reference, now = (env.snapshot([name])[name] for name in ("reference_positions", "positions"))
    np.testing.assert_allclose(reference[:, [3, 5]], now[:, [3, 5]], atol=1e-4)
    assert (env.phases <= 0.52).all()


@needs_mass
@pytest.mark.slow
def test_the_three_motions_are_trained_by_one_command(tmp_path: Path) -> None:
    small = ["muscle.hidden=[16,16,16]", "muscle.batch=16", "muscle_batches=1", "warm_up=0"]
    options = [word for value in small for word in ("--set", value)]
    command = [str(ALL), "--data", str(MASS_DATA), "--out", str(tmp_path), "--steps", "64"]
    assert main([*command, *SMALL, *SAMPLING, *options]) == 0
    checkpoint = load_checkpoint(tmp_path / "latest.pt")
    assert [clip.name for clip in checkpoint.config.clips] == ["walk", "run", "kick"]
    (row, *_) = csv.DictReader((tmp_path / "progress.csv").open())
    assert float(row["clip/kick/weight"]) == pytest.approx(2 / 4, abs=1e-3)


@pytest.mark.slow
def test_falls_are_counted_on_the_way_from_motion_to_motion() -> None:
    """The shipped walk stays on its feet from its walk to the same one, and does not on the way to a run."""
    walk = load_checkpoint(checkpoints_folder() / "walk.pt")
    tree = yaml.safe_load((assets_folder() / "environments" / "walk.yaml").read_text())
    tree["character"] = "@assets/" + tree["character"].removeprefix("../")
    for term in ("moment", "ground_force"):
        tree["reward"].pop(term, None)
    own = "@assets/" + tree.pop("motion").removeprefix("../")
    files = {"a": own, "b": own, "run": "@assets/motions/run.yaml"}
    tree["motions"] = [{"name": name, "file": file} for name, file in files.items()]
    policy = {
        key: torch.cat([value, torch.full_like(value[..., :3], key == "obs_var")], -1)
        if value.shape[-1:] == (255,)
        else value
        for key, value in walk.policy.items()
    }
    both = replace(walk, config=load_config(yaml.safe_dump(tree)), policy=policy, scene=None)
    ways = {(way.left, way.next): way for way in measure_transitions(both, 8, 1, Batch(threads=2))}
    assert len(ways) == 6
    assert ways["a", "b"].fall_rate == ways["b", "a"].fall_rate == 0
    assert ways["a", "b"].episodes == 8 and ways["a", "run"].fall_rate > 0.5
