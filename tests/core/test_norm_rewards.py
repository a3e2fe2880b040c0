"""The reward's terms of joint moments and ground forces: published bands, both legs in their own phase."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from human_joints import EXTENDING
from muscle_viewer.core import BatchEnv, ConfigError, _core, gait
from muscle_viewer.core.norms import walking_kinetics

WALK = "assets/environments/walk.yaml"


def walk(**reward: object) -> str:
    tree = yaml.safe_load(open(WALK, encoding="utf-8"))
    tree["character"], tree["motion"] = (
        f"assets/{kind}.yaml" for kind in ("characters/human", "motions/walk")
    )
    tree["reward"] |= reward
    return yaml.safe_dump(tree)


def test_within_one_standard_deviation_nothing_is_outside():
    band = _core.GaitBand(0.5, [0.0, 1.0, 0.0], [0.2, 0.1, 0.2])
    assert band.outside(1.05, 0.0) == 0  # phase 0.5 of this leg: mean 1, sd 0.1
    assert band.outside(1.3, 0.0) == pytest.approx(0.2)
    assert band.outside(0.0, 0.5) == 0
    assert band.outside(-0.5, 0.75) == pytest.approx(0.5 + 0.5 - 0.15)


def outside(name: str, phase: float, value: float) -> float:
    """Distance of a value from one standard deviation about a norm's mean."""
    band = walking_kinetics().band(name, gait.POINTS)
    mean, deviation = (
        float(np.interp(phase % 1, gait.POINTS, curve)) for curve in (band.mean, band.deviation)
    )
    return max(abs(value - mean) - deviation, 0)


def test_the_term_is_that_of_the_norms_and_of_the_joints_moments():
    env = BatchEnv(walk(moment={"weight": 0.2, "scale": 25.0}), num_envs=4, seed=0)
    weights = {}
    rng = np.random.default_rng(0)
    sizes = [env.network_inputs, 16, 16, 16, env.num_muscles]
    for k, (n, m) in enumerate(zip(sizes, sizes[1:], strict=False)):
        weights[f"fc.{2 * k}.weight"] = rng.normal(0, 0.3, (m, n)).astype(np.float32)
        weights[f"fc.{2 * k}.bias"] = rng.normal(0.2, 0.1, m).astype(np.float32)
    import torch

    env.load_muscle_weights({name: torch.from_numpy(w) for name, w in weights.items()})
    env.reset()
    env.step(np.zeros((4, env.action_dim), np.float32))
    scale = env.config.reward.moment.scale
    moments = env.snapshot(["joint_moments"])["joint_moments"] / env.info.total_mass
    for i in range(4):
        distances = []
        for joint, (dof, sign) in EXTENDING.items():
            for side, begin in (("r", 0.0), ("l", 0.5)):
                moment = sign * moments[i, env.info.joint_names.index(f"{dof}_{side}")]
                distances.append(outside(f"{joint}_moment", float(env.phases[i]) - begin, moment))
        expected = np.exp(-scale * np.mean(np.square(distances)))
        assert env.reward_terms["moment"][i] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert 0 < env.reward_terms["moment"].min() < 1


def test_without_a_weight_there_is_no_such_term():
    env = BatchEnv(walk(moment={"weight": 0}), num_envs=1, seed=0)
    assert "moment" not in env.reward_terms and "metabolic" in env.reward_terms


def test_without_muscles_the_actuators_moments_are_judged():
    env = BatchEnv(yaml.safe_dump(yaml.safe_load(walk()) | {"actuator": "pd"}), num_envs=2, seed=0)
    env.reset()
    env.step(np.zeros((2, env.action_dim), np.float32))
    assert (env.reward_terms["moment"] > 0).all() and (env.reward_terms["moment"] < 1).all()


def test_the_term_of_ground_forces_is_that_of_the_norms_and_of_the_contacts_of_each_foot():
    judged = yaml.safe_load(walk(ground_force={"weight": 0.2, "scale": 5})) | {"actuator": "pd"}
    env = BatchEnv(yaml.safe_dump(judged), num_envs=8, seed=0)
    env.reset()
    env.step(np.zeros((8, env.action_dim), np.float32))
    forces = env.snapshot(["contact_forces"])["contact_forces"] / (9.81 * env.info.total_mass)
    feet = gait.foot_contacts(env.info)
    for i in range(8):
        distances = [
            outside(name, float(env.phases[i]) - begin, forces[i, feet[side], axis].sum())
            for name, axis in (("vertical_force", 1), ("forward_force", 2))
            for side, begin in (("right", 0.0), ("left", 0.5))
        ]
        expected = np.exp(-5 * np.mean(np.square(distances)))
        assert env.reward_terms["ground_force"][i] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert env.reward_terms["ground_force"].min() < 0.9
    assert list(env.reward_terms)[5:7] == ["moment", "ground_force"]


def test_ground_forces_are_measured_without_gravity_too():
    floating = yaml.safe_load(walk(ground_force={"weight": 0.2})) | {"actuator": "pd"}
    floating["simulation"]["gravity"] = 0.0
    env = BatchEnv(yaml.safe_dump(floating), num_envs=2, seed=0)
    env.reset()
    env.step(np.zeros((2, env.action_dim), np.float32))
    assert np.isfinite(env.reward_terms["ground_force"]).all()


def test_a_motion_without_heel_strikes_cannot_be_judged_and_is_refused_in_one_line(tmp_path):
    text = open("assets/motions/walk.yaml", encoding="utf-8").read()
    (tmp_path / "still.yaml").write_text(
        text[: text.index("events:")] + text[text.index("frames:") :]
    )
    tree = yaml.safe_load(walk()) | {"motion": str(tmp_path / "still.yaml")}
    with pytest.raises(ConfigError, match=r"reward\.moment.*heel_strike_r.*weight: 0"):
        BatchEnv(yaml.safe_dump(tree), num_envs=1)
