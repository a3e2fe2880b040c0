"""The shipped policy of MASS's human: opened with MASS's files, wherever they are; on its feet from motion to motion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from left_out import MASS_DATA, needs_mass
from muscle_viewer.core import BatchEnv, load_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.training.evaluation.evaluate import evaluate
from muscle_viewer.training.evaluation.record import Batch
from muscle_viewer.training.evaluation.transitions import measure_transitions
from muscle_viewer.viewer.simulation.motion_return import LATE

MASS = checkpoints_folder() / "mass.pt"


def test_without_its_files_it_is_refused_in_one_line(complaint: Callable[..., str]) -> None:
    assert "human.xml' does not exist" in complaint(load_checkpoint, MASS)
    assert "--data FOLDER" in complaint(load_checkpoint, MASS)


@needs_mass
@pytest.mark.slow
@pytest.mark.parametrize("clip", ["walk", "run", "kick"])
def test_it_keeps_on_its_feet(clip: str) -> None:
    checkpoint = load_checkpoint(MASS, data=MASS_DATA)
    env = BatchEnv(checkpoint.config, 16, seed=4)
    policy = checkpoint.load_into(env)
    env.set_clip(clip)
    obs, fell = env.reset(), np.zeros(16, bool)
    for _ in range(150):
        obs, _, terminated, _ = env.step(policy.act(obs))
        fell |= terminated
    assert fell.sum() <= 1


@needs_mass
@pytest.mark.slow
def test_its_muscles_make_the_torques_that_its_kick_asks_for() -> None:
    checkpoint = load_checkpoint(MASS, data=MASS_DATA)
    kick = evaluate(checkpoint, 64, 2.0, seed=2, clip="kick", pushes=0)
    assert kick.tracking_error < 0.1 and kick.mean_return > 21.5


@needs_mass
@pytest.mark.slow
def test_it_goes_from_motion_to_motion() -> None:
    checkpoint = load_checkpoint(MASS, data=MASS_DATA)
    ways = {(w.left, w.next): w.fall_rate for w in measure_transitions(checkpoint, 16, 2, Batch())}
    assert len(ways) == 6 and max(ways.values()) <= 0.1


@needs_mass
@pytest.mark.slow
def test_it_walks_on_after_a_kick() -> None:
    checkpoint = load_checkpoint(MASS, data=MASS_DATA)
    env = BatchEnv(checkpoint.config, 16, seed=4)
    policy = checkpoint.load_into(env)
    env.set_clip("walk")
    obs, kick = env.reset(), env.clip_names.index("kick")
    fell, kicked = np.zeros(16, bool), np.zeros(16, bool)
    for step in range(390):
        if step == 60:
            env.set_clip("kick", at_once=True)
        back = (env.clips == kick) & (env.phases >= LATE) & ~fell
        if back.any():
            env.set_clip("walk", back, at_once=True)
            kicked |= back
        obs, _, terminated, _ = env.step(policy.act(obs))
        fell |= terminated
    assert fell.sum() <= 3
    assert kicked[~fell].all() and (env.clips[~fell] != kick).all()
