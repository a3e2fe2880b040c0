"""MASS's human in full: its gait measured by its feet, and its metadata.txt trained as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from carried_walk import following, upright
from left_out import GAITNET_DATA, MASS_DATA, needs_gaitnet, needs_mass
from muscle_viewer.core import BatchEnv, load_checkpoint
from muscle_viewer.core.configuration import load_config
from muscle_viewer.core.gaitnet.motions.bvh import read_bvh
from muscle_viewer.core.scene import build_scene
from muscle_viewer.training.cli import main
from muscle_viewer.training.evaluation.evaluate import Evaluation, evaluate
from muscle_viewer.training.evaluation.record import record
from muscle_viewer.training.muscle_learner import MuscleLearner, MuscleSettings, activations

pytestmark = [pytest.mark.slow, needs_mass]

METADATA = MASS_DATA / "metadata.txt"
FORK = GAITNET_DATA / "fork-2025-11" / "data" / "env" / "A2_sep.yaml"
SETTINGS = MuscleSettings(hidden=(32, 32, 32), batch=128, capacity=512, optimum_weight=0)


@pytest.fixture(scope="module")
def measured() -> Evaluation:
    """The walk of the capture, by PD torques and with a hand that holds the trunk."""
    module = sys.modules["muscle_viewer.training.evaluation.evaluate"]
    with pytest.MonkeyPatch.context() as patch:
        held = lambda *a, **k: record(*a, **{**k, "after_step": upright()})  # noqa: E731
        patch.setattr(module, "record", held)
        return evaluate(following(METADATA), episodes=2, seconds=6.0, pushes=0)


def test_steps_of_mass_s_human_are_those_of_its_capture(measured: Evaluation) -> None:
    capture = read_bvh(MASS_DATA / "motion" / "walk.bvh")
    cycle = len(capture.translation) * capture.frame_time  # the clip is one cycle
    advance = build_scene(METADATA).motion.cycle_translation[2]
    assert measured.cadence == pytest.approx(120 / cycle, rel=0.01)
    assert measured.stride_length == pytest.approx(advance, rel=0.02)
    assert measured.speed == pytest.approx(advance / cycle, rel=0.05)
    assert measured.alternating_strikes == 1.0
    assert measured.step_asymmetry < 0.1 and 0.4 < measured.stance < 0.7


def test_its_kinetics_have_the_curves_and_muscles_of_the_norms(measured: Evaluation) -> None:
    curves, muscles = measured.kinetics.curves, measured.kinetics.muscles
    wanted = {f"{j}_{what}" for j in ("hip", "knee", "ankle") for what in ("moment", "power")}
    assert wanted | {"vertical_force", "center_of_pressure"} <= set(curves)
    assert len(muscles) == 12
    for name, use in muscles.items():
        sides = measured.kinetics.activations[name]
        np.testing.assert_allclose(np.mean([*sides.values()], axis=0), use.mean, atol=0.05)
    assert set(measured.joints) == {"hip_flexion", "knee_flexion", "ankle_dorsiflexion"}


@pytest.fixture(scope="module")
def env() -> BatchEnv:
    return BatchEnv(METADATA, num_envs=4, threads=1, seed=0)


@pytest.fixture(scope="module")
def learner(env: BatchEnv) -> MuscleLearner:
    torch.manual_seed(0)
    learner = MuscleLearner(env, SETTINGS, torch.Generator().manual_seed(0))
    env.load_muscle_weights(learner.network.state_dict())
    env.reset(seed=0)
    for _ in range(24):
        env.step(np.zeros((4, env.action_dim), np.float32))
        learner.buffer.add(env.muscle_samples)
    return learner


@needs_gaitnet
@pytest.mark.parametrize("network_torque", ["whole", "active_only"])
def test_samples_hold_what_the_network_is_told_and_what_it_shall_make(network_torque: str) -> None:
    """With one substep in a control step, whose record says the core's own inputs."""
    config = load_config(FORK)
    once = config.simulation.model_copy(update={"control_hz": config.simulation.sim_hz})
    muscles = config.muscles.model_copy(update={"network_torque": network_torque})
    config = config.model_copy(update={"simulation": once, "muscles": muscles, "symmetry": False})
    env = BatchEnv(config, num_envs=4, threads=1, seed=0)
    torch.manual_seed(0)
    learner = MuscleLearner(env, SETTINGS, torch.Generator().manual_seed(0))
    env.load_muscle_weights(learner.network.state_dict())
    env.reset(seed=1)
    env.record_substeps()
    env.step(np.zeros((4, env.action_dim), np.float32))
    found = env.snapshot(["network_torques", "passive_torques", "excitations"])
    passive = found["passive_torques"]
    assert np.abs(passive).max() > 0.1  # N m
    learner.buffer.add(env.muscle_samples)
    jta, torque, known = learner.buffer.newest(4)
    told = found["network_torques"] - (passive if network_torque == "whole" else 0)
    np.testing.assert_allclose(torque, told, atol=1e-3)
    assert known.shape[1] == (env.num_joint_dofs if network_torque == "whole" else 0)
    with torch.no_grad():
        a = activations(learner.preactivations(jta, torque, known))
    np.testing.assert_allclose(a, found["excitations"], atol=1e-4)


def test_losses_and_torque_errors_fall_on_mass_s_own_metadata(learner: MuscleLearner) -> None:
    before, first = learner.relative_error(), learner.update(2, 1e-3)
    for _ in range(10):
        last = learner.update(4, 1e-3)
    assert last < 0.8 * first and learner.relative_error() < 0.95 * before


def test_metadata_is_trained_by_the_command_and_its_checkpoint_runs(tmp_path: Path) -> None:
    small = ["ppo.horizon=8", "ppo.hidden=[16,16]", "muscle.hidden=[16,16,16]", "muscle.batch=16"]
    options = [
        word for value in [*small, "muscle_batches=2", "warm_up=0"] for word in ("--set", value)
    ]
    run = [str(METADATA), "--out", str(tmp_path), "--num-envs", "2", "--steps", "32", *options]
    assert main(run) == 0
    checkpoint = load_checkpoint(tmp_path / "latest.pt")
    assert checkpoint.config.muscles.network_torque == "whole"
    _, episodes = record(checkpoint, episodes=1, seconds=0.2)
    assert episodes[0].samples.excitations.any()
