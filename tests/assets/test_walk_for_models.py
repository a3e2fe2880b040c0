"""The walk for models of MuJoCo with legs, against the human's."""

from __future__ import annotations

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv
from muscle_viewer.core.configuration import assets_folder
from muscle_viewer.core.models.read import read_model
from muscle_viewer.core.readers.motion import read_motion

pytest.importorskip("mujoco", reason="the mujoco extra brings it")
pytest.importorskip("myo_sim", reason="the oracle extra brings it")

MOTIONS = assets_folder() / "motions"


def test_the_walk_for_myolegs_turns_every_joint_as_the_human_s_within_the_model_s_ranges() -> None:
    human = read_model(assets_folder() / "characters" / "human.yaml")
    legs = read_model("myo_sim:myolegs")
    theirs = read_motion(MOTIONS / "walk.yaml", human)
    ours = read_motion(MOTIONS / "walk_myolegs.yaml", legs)
    for k, name in enumerate(legs.dof_names):
        if name in human.dof_names[6:]:
            wanted = theirs.frames[:, human.dof_names.index(name)]
            np.testing.assert_allclose(ours.frames[:, k], wanted, atol=1e-6)
    flexion = ours.frames[:, legs.dof_names.index("hip_flexion_r")]
    hip = theirs.frames[:, human.dof_names.index("hip_x_r")]
    assert np.abs(flexion + hip).max() < 0.03  # the human's hip turns backwards about x
    ranges = {c.name: c.range for c in legs.coordinates}
    for k, name in enumerate(legs.dof_names):
        low, high = ranges.get(name) or (-np.inf, np.inf)
        assert (ours.frames[:, k] > low - 0.5).all() and (ours.frames[:, k] < high + 0.5).all()


def test_the_feet_of_myolegs_touch_the_ground_and_the_walk_begins_upright() -> None:
    env = BatchEnv(assets_folder() / "environments" / "walk_myolegs.yaml", 32, seed=1)
    env.reset()
    actions = np.full((32, env.action_dim), 0.05, np.float32)
    rewards = [env.step(actions)[1].copy() for _ in range(3)]
    assert np.isfinite(rewards).all() and np.mean(rewards) > 0.5
