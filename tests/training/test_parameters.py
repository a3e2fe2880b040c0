"""Evaluation at chosen parameters, sweeps over one of them, and returns by thirds of their ranges."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn_checkpoint import walk_with_parameters
from muscle_viewer.core import (
    BatchEnv,
    ConfigError,
    load_checkpoint,
    load_config,
)
from muscle_viewer.core.configuration import Episode, Parameter, assets_folder, checkpoints_folder
from muscle_viewer.core.configuration.chosen_values import parse_values
from muscle_viewer.core.configuration.parameters import Curriculum, ParameterInfo
from muscle_viewer.training.evaluation.chosen_parameters import (
    choose,
    muscle_strengths,
    parse_sweep,
)
from muscle_viewer.training.evaluation.cli import main
from muscle_viewer.training.evaluation.record import record
from muscle_viewer.training.logging.episodes import EpisodeCounter
from muscle_viewer.training.logging.terciles import TercileLog
from muscle_viewer.training.muscle_learner import MuscleSettings
from muscle_viewer.training.ppo import PpoSettings
from muscle_viewer.training.run_folder import RunFolder
from muscle_viewer.training.settings import TrainingSettings
from muscle_viewer.training.trainer import Trainer

pytestmark = pytest.mark.slow

PARAMETERS = {
    "weak": Parameter(
        acts_on="strength", groups=["ankle_dorsiflexor"], range=[0.2, 1.0], observed=False
    ),
    "height": Parameter(acts_on="height", range=[0.9, 1.1], observed=False),
    "gravity": Parameter(acts_on="gravity", range=[0.5, 1.0], observed=False),
}

SMALL = TrainingSettings(
    steps=1600, warm_up=0, muscle_batches=1,
    ppo=PpoSettings(hidden=(16, 16), horizon=4, batch=32),
    muscle=MuscleSettings(hidden=(16, 16, 16), batch=32, capacity=100),
)  # fmt: skip


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walk with parameters that it does not know."""
    presets = {"weak and light": {"weak": 0.3, "gravity": 0.5}}
    return walk_with_parameters(tmp_path_factory.mktemp("checkpoint"), PARAMETERS, presets)


def measured(checkpoint: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    brief = ["--episodes", "4", "--seconds", "3", "--pushes", "0", "--json"]
    assert main([str(checkpoint), *brief, *options]) == 0  # later options replace earlier ones
    return json.loads(capsys.readouterr().out)


def test_an_evaluation_is_of_the_chosen_body_and_of_the_default_for_the_rest(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = measured(checkpoints_folder() / "walk.pt", capsys)
    default = measured(checkpoint, capsys, "--parameters", "default")
    weak = measured(checkpoint, capsys, "--parameters", "weak=0.2")
    assert default["stride_length"] == pytest.approx(plain["stride_length"], rel=0.02)
    assert default["force_peak"] == pytest.approx(plain["force_peak"], rel=0.05)
    assert weak["kinetics"]["muscles"] != default["kinetics"]["muscles"]


def test_forces_are_in_weights_of_the_own_body(checkpoint: Path) -> None:
    """Mass grows as the cube of the height; the weight is that in the own gravity."""
    env = BatchEnv(load_checkpoint(checkpoint).config, num_envs=2)
    choose(env, {"height": [1.0, 1.1], "gravity": [1.0, 0.5], "weak": [1.0, 0.2]})
    env.load_muscle_weights(load_checkpoint(checkpoint).muscle)
    env.reset()
    mass, weight = env.body_masses, env.body_weights
    assert mass[0] == pytest.approx(env.info.total_mass) and mass[1] == pytest.approx(
        mass[0] * 1.1**3
    )
    assert weight == pytest.approx(mass * 9.81 * [1.0, 0.5])
    strengths = muscle_strengths(env)
    tibialis = env.info.muscle_names.index("tibant_r")
    assert strengths[1, tibialis] == pytest.approx(0.2 * strengths[0, tibialis])
    assert (np.flatnonzero(strengths[0] != strengths[1]) == [tibialis, *_left(env)]).all()


def _left(env: BatchEnv) -> list[int]:
    return [env.info.muscle_names.index("tibant_l")]


def test_a_sweep_is_a_table_and_a_page_of_curves(
    checkpoint: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = tmp_path / "sweep.html"
    brief = [str(checkpoint), "--episodes", "3", "--seconds", "4"]
    assert main([*brief, "--report", str(report), "--sweep", "weak=0.2:1:3"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["weak", "falls"]
    assert [row.split()[0] for row in rows] == ["0.2", "0.6", "1"]
    plain = measured(checkpoint, capsys, "--parameters", "default", *brief[1:])
    assert float(rows[2].split()[4]) == pytest.approx(plain["stride_length"], abs=0.006)
    page = report.read_text(encoding="utf-8")
    assert page.count("<polyline") >= 3 * 3
    ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--parameters", "weak"], "'weak' is not name=value"),
        (["--parameters", "weak and lihgt"], "or a preset; did you mean 'weak and light'?"),
        (["--parameters", "weak=strong"], "'strong' is not a finite number"),
        (["--parameters", "weka=0.5"], "'weka' is no parameter"),
        (["--parameters", "weak=7"], "weak of environment 0: 7"),
        (["--sweep", "weak=0:1"], "is not name=first:last:number"),
        (["--sweep", "weak=0:1:0"], "must be 1 to"),
        (["--sweep", "weak=0.5:3:3"], "weak 1.75 given, 0.2 to 1 expected"),
        (["--sweep", "weka=0.5:1:3"], "'weka' is no parameter; the environment has weak"),
        (["--report", "no/such/page.html"], "there is no folder no/such"),
        (["--report", "tests"], "tests: is a folder; name a file"),
    ],
)
def test_values_that_cannot_be_are_one_line_before_anything_is_measured(
    options: list[str], part: str, checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brief = ["--episodes", "1", "--seconds", "0.1", "--pushes", "0"]
    assert main([str(checkpoint), *brief, *options]) == 2
    output = capsys.readouterr()
    assert part in output.err and output.err.count("\n") == 1 and not output.out


def test_a_preset_is_measured_like_its_values(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset = measured(checkpoint, capsys, "--parameters", "weak and light,height=1.05")
    assert preset == measured(
        checkpoint, capsys, "--parameters", "weak=0.3,gravity=0.5,height=1.05"
    )


def test_texts_of_values_and_sweeps() -> None:
    assert (
        parse_values("a=1, b c=-0.5") == {"a": 1.0, "b c": -0.5} and parse_values("default") == {}
    )
    assert parse_sweep("a=0:1:5").values == (0.0, 0.25, 0.5, 0.75, 1.0)
    with pytest.raises(ConfigError, match="--sweep"):
        parse_sweep("a")


def test_returns_and_falls_are_those_of_the_episodes_of_each_third() -> None:
    def info(name: str, low: float, high: float) -> ParameterInfo:
        return ParameterInfo(name, "strength", "", low, high, high, True, 0)

    log = TercileLog([info("weak", 0.0, 1.0), info("fixed", 1.0, 1.0), info("tall", 1.0, 4.0)])
    drawn = np.array([[0.1, 1.0, 3.9], [0.5, 1.0, 1.1], [0.9, 1.0, 1.2]])
    no, yes = np.zeros(3, bool), np.ones(3, bool)
    counter, reward = EpisodeCounter(3), np.array([1.0, 2.0, 4.0], np.float32)
    clips = np.zeros(3, np.int32)
    counter.add(reward, no, no, drawn, clips, clips)
    counter.add(reward, np.array([True, False, False]), yes, drawn, clips, clips)
    log.extend(counter.take())
    scalars = log.scalars()
    assert [scalars[f"weak/return_{third}"] for third in ("low", "middle", "high")] == [2, 4, 8]
    assert [scalars[f"weak/fall_rate_{third}"] for third in ("low", "middle", "high")] == [1, 0, 0]
    assert scalars["tall/return_low"] == 6 and np.isnan(scalars["tall/return_middle"])
    assert not any(name.startswith("fixed") for name in scalars)
    other = TercileLog([info("weak", 0.0, 1.0), info("tall", 1.0, 4.0)])
    other.load_state_dict(log.state_dict())
    np.testing.assert_equal(other.scalars(), scalars)


def test_ranges_grow_with_the_curriculum_of_a_run_which_its_checkpoint_does_not_know(
    tmp_path: Path,
) -> None:
    """Sixteen environments with 64 steps in common reach the whole range in 4 steps of each."""
    config = load_checkpoint(walk_with_parameters(tmp_path, PARAMETERS)).config
    brief = config.model_copy(update={"episode": Episode(max_time=0.1)})
    trainer = Trainer(brief, replace(SMALL, num_envs=16, curriculum=64))
    np.testing.assert_array_equal(trainer.env.parameters, 1.0)
    trainer.iterate()
    trainer.env.reset()
    assert 0.2 <= trainer.env.parameters[:, 0].min() < 0.4
    folder = RunFolder(tmp_path / "run")
    folder.save(trainer, {}, best=False, numbered=False)
    saved = load_checkpoint(folder.latest).config
    assert all(one.curriculum is None for one in saved.parameters.values())


def test_a_share_of_a_runs_environments_keeps_the_default_body_and_a_resumed_run_too(
    tmp_path: Path,
) -> None:
    config = load_checkpoint(walk_with_parameters(tmp_path, PARAMETERS)).config
    brief = config.model_copy(update={"episode": Episode(max_time=0.1)})
    settings = replace(SMALL, num_envs=8, default_share=0.25)
    trainer, resumed = Trainer(brief, settings), Trainer(brief, settings)
    resumed.load_state_dict(trainer.state_dict())
    for one in (trainer, resumed):
        for _ in range(3):  # of episodes of three control steps
            np.testing.assert_array_equal(one.env.parameters[:2], 1.0)
            assert (one.env.parameters[2:] < 1.0).any(axis=1).all()
            one.iterate()


def test_a_resumed_run_takes_another_share_from_the_next_episodes_on(tmp_path: Path) -> None:
    config = load_checkpoint(walk_with_parameters(tmp_path, PARAMETERS)).config
    brief = config.model_copy(update={"episode": Episode(max_time=0.1)})
    shares = (0.25, 0.75, 0.0)
    trainers = [Trainer(brief, replace(SMALL, num_envs=8, default_share=s)) for s in shares]
    for before, after, share in zip(trainers, trainers[1:], shares[1:], strict=False):
        after.load_state_dict(before.state_dict())
        for _ in range(3):  # of episodes of three control steps
            after.iterate()
        kept = round(8 * share)
        np.testing.assert_array_equal(after.env.parameters[:kept], 1.0)
        assert (after.env.parameters[kept:] < 1.0).any(axis=1).all()


def test_an_evaluation_draws_from_whole_ranges_whatever_the_curriculum(tmp_path: Path) -> None:
    narrow = Curriculum(steps=10**9)
    slow = {n: p.model_copy(update={"curriculum": narrow}) for n, p in PARAMETERS.items()}
    env, _ = record(load_checkpoint(walk_with_parameters(tmp_path, slow)), 16, 0.1)
    assert 0.2 <= env.parameters[:, 0].min() < 0.4


def test_gymnasium_s_infos_hold_the_parameters(checkpoint: Path) -> None:
    pytest.importorskip("gymnasium")
    from muscle_viewer.training.interfaces.gymnasium import MuscleEnv, MuscleVectorEnv

    config = load_checkpoint(checkpoint).config
    many = MuscleVectorEnv(config, 3, muscle=checkpoint)
    _, info = many.reset(seed=1)
    assert info["parameters"].shape == (3, 3) and info["_parameters"].all()
    many.set_attr("ignored", 1)
    many.call("set_parameters", {"height": 1.05})
    many.reset()
    assert [values["height"] for values in many.get_attr("parameters")] == [1.05] * 3
    one = MuscleEnv(config, muscle=checkpoint)
    _, info = one.reset(seed=1)
    assert set(info["parameters"]) == set(PARAMETERS)
    assert one.step(np.zeros(one.action_space.shape))[4] == info


def test_the_parameters_of_an_ended_episode_are_in_gymnasium_s_final_info(checkpoint: Path) -> None:
    pytest.importorskip("gymnasium")
    from muscle_viewer.training.interfaces.gymnasium import MuscleVectorEnv

    config = load_checkpoint(checkpoint).config
    brief = config.model_copy(update={"episode": Episode(max_time=0.1)})
    many = MuscleVectorEnv(brief, 3, muscle=checkpoint, autoreset_mode="SameStep", threads=1)
    _, first = many.reset(seed=1)
    actions = np.zeros(many.action_space.shape, np.float32)
    for _ in range(3):
        *_, truncated, info = many.step(actions)
    final = info["final_info"]
    assert truncated.all() and final["_parameters"].all()
    assert np.array_equal(final["parameters"], first["parameters"])
    assert not np.array_equal(final["parameters"], info["parameters"])


def test_the_environment_of_any_body_trains_symmetrically_and_resumes() -> None:
    """Its ranges are those that a clinician asks for; a resumed run has the same bodies and thirds."""
    config = load_config(assets_folder() / "environments" / "anatomy.yaml")
    ranges = {name: one.range for name, one in config.parameters.items()}
    assert len(ranges) == 4 + 2 * 8 + 2 * 3
    assert ranges["speed"] == [0.9, 1.6] and ranges["height"] == [0.85, 1.15]
    assert ranges["trunk_mass"] == [0.8, 1.2] and ranges["slope"] == [-5.0, 5.0]
    brief = config.model_copy(update={"episode": Episode(max_time=0.1)})
    settings = TrainingSettings(
        num_envs=16,
        steps=1600,
        warm_up=0,
        muscle_batches=1,
        symmetric=True,
        ppo=PpoSettings(hidden=(16, 16), horizon=4, batch=32),
        muscle=MuscleSettings(hidden=(16, 16, 16), batch=32, capacity=100),
    )
    trainer, other = Trainer(brief, settings), Trainer(brief, settings)
    report = trainer.iterate()
    assert not np.isnan(report.scalars()["parameter/height/return_middle"])
    other.load_state_dict(trainer.state_dict())
    np.testing.assert_array_equal(other.env.parameters, trainer.env.parameters)
    again, on = other.iterate(), trainer.iterate()
    np.testing.assert_equal(dict(again.parameters), dict(on.parameters))
