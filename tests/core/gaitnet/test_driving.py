"""Checkpoints of every generation on MASS's human: found, opened, converted, moving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from gaitnet_checkpoints import (
    WRITERS,
    Sizes,
    Writer,
    write_fork,
    write_fork_with_metadata,
    write_ggn,
    write_mass,
)
from left_out import MASS_DATA as DATA
from left_out import needs_mass
from muscle_viewer.core import (
    BatchEnv,
    Checkpoint,
    Environment,
    Policy,
    _core,
    load_checkpoint,
    load_config,
)
from muscle_viewer.core.convert import main as convert
from muscle_viewer.core.gaitnet.networks import read_networks
from muscle_viewer.viewer.cli import main as viewer

pytestmark = [needs_mass, pytest.mark.slow]
MASS = DATA / "metadata.txt"


@pytest.fixture(scope="module")
def gaitnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of the GaitNets on MASS's human: 506 observations, 51 actions."""
    config = {
        "character": {
            "generation": "seed",
            "skeleton": str(DATA / "human.xml"),
            "muscles": str(DATA / "muscle284.xml"),
        },
        "motion": {"file": str(DATA / "motion" / "walk.bvh")},
        "actuator": "mass",
        "simulation": {"sim_hz": 480, "control_hz": 30, "gravity": 9.8},
        "action": {
            "scale": 0.04, "target": "held", "time_warp": "rate", "phase_scale": 0.001,
            "phase_clipping": "hard",
        },
        "observation": {
            "type": "gaitnet",
            "parameters": [{"name": "stride", "value": 1.0}, {"name": "cadence", "value": 1.0}],
        },
        "reward": {"type": "gaitnet", "step": {"heel_strikes": [0.33, 0.83]}},
        "reset": {"phases": [0.07, 0.57], "phase_spread": 0.05},
    }  # fmt: skip
    path = tmp_path_factory.mktemp("gaitnet") / "environment.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def sizes(environment: Path) -> Sizes:
    env = BatchEnv(environment, num_envs=1)
    return Sizes(env.obs_dim, env.action_dim, env.network_inputs, env.num_muscles)


def rollout(checkpoint: Checkpoint, steps: int = 4) -> np.ndarray:
    """Positions and activations over some steps, (steps, dofs + muscles)."""
    environment = Environment(checkpoint.config, seed=0)
    policy = checkpoint.load_into(environment)
    obs = environment.reset()
    rows = []
    for _ in range(steps):
        obs, *_ = environment.step(policy.act(obs))
        frame = environment.frame()
        rows.append(np.concatenate([frame.positions, frame.activations]))
    return np.array(rows)


def test_the_gaitnets_vector_has_506_entries_on_this_human(gaitnet: Path) -> None:
    s = sizes(gaitnet)
    assert (s.observations, s.actions, s.muscles) == (506, 51, 284)


def test_the_mirror_image_of_the_standing_human_is_itself(gaitnet: Path) -> None:
    """Its right bodies' frames are turned otherwise than its left ones'."""
    tree = yaml.safe_load(gaitnet.read_text())
    tree |= {"symmetry": True, "actuator": "torque"}
    tree["simulation"] |= {"sim_hz": 1000, "control_hz": 1000}
    seen = []
    for phase in (0.2, 0.7):
        environment = Environment(load_config(yaml.safe_dump(tree, sort_keys=False)))
        environment.reset()
        environment._env.set_phase(phase)
        pose = np.zeros(56)
        pose[4] = 0.9809
        environment.set_state(pose, np.zeros(56))
        seen.append(environment.step(np.zeros(51, np.float32))[0])
    turns = slice(3 + 69, 3 + 69 + 138)
    assert abs(seen[0][turns]).max() > 0.9
    np.testing.assert_allclose(seen[0][turns], seen[1][turns], atol=5e-3)


@pytest.mark.parametrize(("write", "generation"), WRITERS, ids=[w.__name__ for w, _ in WRITERS])
def test_every_generation_opens_and_moves_and_converts(
    tmp_path: Path,
    gaitnet: Path,
    write: Writer,
    generation: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch.manual_seed(0)
    environment = MASS if write is write_mass else gaitnet
    (tmp_path / "made").mkdir()
    path, _ = write(tmp_path / "made", sizes(environment))
    named = ["--environment", str(environment)]

    assert viewer([str(path), *named, "--headless", "--num-envs", "2", "--steps", "3"]) == 0
    said = capsys.readouterr()
    assert generation in said.err and said.err.count("\n") == 1
    assert "284 muscles, 56 dofs" in said.out

    checkpoint = load_checkpoint(path, environment)
    moved = rollout(checkpoint)
    assert np.isfinite(moved).all()
    assert np.abs(np.diff(moved[:, :56], axis=0)).max() > 1e-3
    assert moved[:, 56:].max() > 0.01

    out = tmp_path / "out.pt"
    assert convert([str(path), str(out), *named]) == 0
    assert generation in capsys.readouterr().out
    converted = load_checkpoint(out)
    assert converted.meta["generation"] == generation
    np.testing.assert_array_equal(rollout(converted), moved)


@pytest.mark.parametrize(
    ("write", "generation"), WRITERS[1:], ids=[w.__name__ for w, _ in WRITERS[1:]]
)
def test_a_cascaded_network_of_every_generation_drives(
    tmp_path: Path,
    gaitnet: Path,
    write: Writer,
    generation: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch.manual_seed(2)
    plain = sizes(gaitnet)
    cascaded = replace(plain, inputs=plain.inputs + plain.muscles + 1, actions=plain.actions + 1)
    path, _ = write(tmp_path, cascaded)
    networks = read_networks(path)
    assert viewer([str(path), "--environment", str(gaitnet), "--headless", "--steps", "2"]) == 0
    said = capsys.readouterr().err
    assert generation in said and "cascaded, with no network before it" in said

    checkpoint = load_checkpoint(path, gaitnet)
    moved = rollout(checkpoint)
    assert np.isfinite(moved).all() and moved[:, 56:].max() > 0.01

    # What the core's own cascaded network says, with nothing before it and a weight of 1.
    rows = np.random.default_rng(0).normal(size=(5, plain.inputs)).astype(np.float32)
    before = np.zeros((5, plain.muscles), np.float32)
    whole = _core.MuscleNN(networks.muscle, plain.inputs, plain.muscles, cascaded=True)
    alone = _core.MuscleNN(checkpoint.muscle, plain.inputs, plain.muscles)
    wanted = whole.preactivations(np.concatenate([before, np.ones((5, 1), np.float32), rows], 1))
    np.testing.assert_allclose(alone.preactivations(rows), wanted, rtol=1e-5, atol=1e-5)
    obs = np.random.default_rng(1).normal(size=(3, plain.observations)).astype(np.float32)
    acted = Policy.from_state_dict(checkpoint.policy).act(obs)
    all_of_it = Policy.from_state_dict(networks.policy).act(obs)
    np.testing.assert_allclose(acted, all_of_it[:, :-1], rtol=1e-5, atol=1e-5)


def test_mass_finds_its_metadata_where_its_training_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "nn").mkdir()
    (tmp_path / "data").symlink_to(DATA)
    path, _ = write_mass(tmp_path / "nn", sizes(MASS))
    checkpoint = load_checkpoint(path)
    assert checkpoint.config.observation.type == "mass"
    assert np.isfinite(rollout(checkpoint, 1)).all()


def test_the_fork_finds_its_environment_beside_it_and_a_pickle_in_itself(
    tmp_path: Path, gaitnet: Path
) -> None:
    torch.manual_seed(1)
    path, _ = write_fork_with_metadata(tmp_path, sizes(gaitnet), gaitnet.read_text())
    assert load_checkpoint(path).config.observation.type == "gaitnet"
    assert load_checkpoint(path / "agent.pt").config.observation.type == "gaitnet"
    for name in ("human.xml", "muscle284.xml", "motion"):
        (tmp_path / name).symlink_to(DATA / name)
    text = MASS.read_text()
    path, _ = write_ggn(tmp_path, sizes(MASS), text)
    assert load_checkpoint(path).config.observation.type == "mass"


def test_what_does_not_fit_is_one_line_that_names_the_fix(
    tmp_path: Path, gaitnet: Path, complaint: Callable[..., str]
) -> None:
    path, _ = write_fork(tmp_path, sizes(gaitnet))
    line = complaint(load_checkpoint, path)
    assert str(path) in line and "506 observations" in line and "--environment" in line
    wrong = load_checkpoint(path, MASS)
    line = complaint(wrong.load_into, Environment(wrong.config))
    assert "made for 506 observations, the environment has 136" in line
    assert "--environment" in line
    (path / "metadata.yaml").write_text("actuator: nothing\n")
    line = complaint(load_checkpoint, path)
    assert "metadata.yaml" in line and "--environment" in line
    (tmp_path / "muscle.pt").unlink()
    assert "muscle.pt" in complaint(load_checkpoint, path, gaitnet)


def test_a_policy_whose_muscle_network_is_not_there_says_so(
    tmp_path: Path, complaint: Callable[..., str]
) -> None:
    path, _ = write_mass(tmp_path, sizes(MASS))
    (tmp_path / "max_muscle.pt").unlink()
    assert "max_muscle.pt" in complaint(load_checkpoint, path, MASS)


def test_a_run_of_such_a_checkpoint_replays_bit_for_bit(
    tmp_path: Path, gaitnet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = write_fork(tmp_path, sizes(gaitnet))
    run = tmp_path / "made.mvrun"
    named = ["--environment", str(gaitnet), "--seconds", "0.3"]
    assert viewer([str(path), *named, "--save-run", str(run)]) == 0
    assert viewer([str(run), "--verify"]) == 0
    assert "identical" in capsys.readouterr().out


def test_an_environment_besides_an_environment_is_refused(complaint: Callable[..., str]) -> None:
    assert "--environment" in complaint(load_checkpoint, MASS, MASS)


def test_a_checkpoint_of_the_projects_own_acts_in_another_environment_too(
    tmp_path: Path, gaitnet: Path
) -> None:
    path, _ = write_fork(tmp_path, sizes(gaitnet))
    out = tmp_path / "own.pt"
    assert convert([str(path), str(out), "--environment", str(gaitnet)]) == 0
    other = tmp_path / "other.yaml"
    config = load_config(gaitnet).to_yaml().replace("gravity: 9.8", "gravity: 1.6")
    other.write_text(config)
    assert load_checkpoint(out, other).config.simulation.gravity == 1.6
