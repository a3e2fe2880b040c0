"""The walk for models of MuJoCo with legs, against the human's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, load_config
from muscle_viewer.core.configuration import assets_folder, checkpoints_folder
from muscle_viewer.core.models.read import read_model
from muscle_viewer.core.readers.motion import read_motion
from muscle_viewer.training.evaluation.cli import main

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
            sense = (
                -1 if name.startswith("mtp") else 1
            )  # toes of myolegs bend down by positive angles
            wanted = sense * theirs.frames[:, human.dof_names.index(name)]
            np.testing.assert_allclose(ours.frames[:, k], wanted, atol=1e-6)
    flexion = ours.frames[:, legs.dof_names.index("hip_flexion_r")]
    hip = theirs.frames[:, human.dof_names.index("hip_x_r")]
    assert np.abs(flexion + hip).max() < 0.03  # the human's hip turns backwards about x
    ranges = {c.name: c.range for c in legs.coordinates}
    for k, name in enumerate(legs.dof_names):
        low, high = ranges.get(name) or (-np.inf, np.inf)
        assert (ours.frames[:, k] > low - 0.5).all() and (ours.frames[:, k] < high + 0.5).all()


def test_myolegs_walks_on_its_feet_ahead_where_it_begins() -> None:
    config = load_config(assets_folder() / "environments" / "walk_myolegs.yaml")
    fast = config.simulation.model_copy(update={"control_hz": 480, "inference_every": 1})
    env = BatchEnv(config.model_copy(update={"actuator": "pd", "simulation": fast}), 32, seed=1)
    env.reset()
    fields = ["center_of_mass", "contact_points"]
    before = {name: value.copy() for name, value in env.snapshot(fields).items()}
    lowest = before["contact_points"][:, :, 1].min(axis=1)
    assert (lowest > -0.005).all() and (lowest < 0.002).all()
    env.step(np.zeros((32, env.action_dim), np.float32))
    moved = env.snapshot(fields)["center_of_mass"] - before["center_of_mass"]
    _, up, ahead = (480 * moved).T
    assert (np.abs(up) < 0.4).all() and (np.abs(ahead - 1.3) < 0.4).all()


@pytest.mark.slow
def test_myolegs_walks_by_its_muscles(capsys: pytest.CaptureFixture[str]) -> None:
    walk = checkpoints_folder() / "walk_myolegs.pt"
    assert main([str(walk), "--episodes", "8", "--seconds", "4", "--pushes", "0", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["fall_rate"] == 0 and figures["alternating_strikes"] > 0.95
    assert figures["speed"] == pytest.approx(1.3, rel=0.08) and figures["stance"] < 0.65
