"""The reward's term of torques that the muscles make."""

from __future__ import annotations

import numpy as np
import torch
import yaml
from muscle_viewer.core import BatchEnv, load_config
from muscle_viewer.core.folders import assets_folder

WALK = assets_folder() / "environments" / "walk.yaml"


def walking(**reward: object) -> BatchEnv:
    config = load_config(WALK)
    tree = config.reward.model_dump() | reward
    new = type(config.reward)(**tree)
    env = BatchEnv(config.model_copy(update={"reward": new}), num_envs=4, threads=1, seed=0)
    rng = np.random.default_rng(0)
    sizes = [env.network_inputs, 16, 16, 16, env.num_muscles]
    weights = {}
    for k, (n, m) in enumerate(zip(sizes, sizes[1:], strict=False)):
        weights[f"fc.{2 * k}.weight"] = torch.from_numpy(rng.normal(0, 0.3, (m, n))).float()
        weights[f"fc.{2 * k}.bias"] = torch.from_numpy(rng.normal(0.2, 0.1, m)).float()
    env.load_muscle_weights(weights)
    env.reset()
    return env


def test_the_term_is_the_squared_share_of_the_torques_that_the_muscles_miss() -> None:
    env = walking(torque={"weight": 0.1, "scale": 0.3}, moment={"weight": 0.0, "scale": 1.0})
    assert list(env.reward_terms)[-1] == "torque" and "moment" not in env.reward_terms
    env.step(np.zeros((4, env.action_dim), np.float32))
    found = env.snapshot(["desired_torques", "muscle_torques"])
    driven = env.muscle_driven_dofs
    desired = found["desired_torques"][:, driven].astype(float)
    missed = desired - found["muscle_torques"][:, driven]
    share = (missed**2).sum(1) / ((desired**2).sum(1) + 100.0)
    np.testing.assert_allclose(env.reward_terms["torque"], np.exp(-0.3 * share), rtol=1e-3)
    assert 0 < env.reward_terms["torque"].min() < 0.99


def test_without_a_weight_there_is_no_such_term_and_with_all_there_are_all() -> None:
    without = walking(torque={"weight": 0.0, "scale": 1.0})
    assert "torque" not in without.reward_terms
    weighted = {"weight": 0.1, "scale": 1.0}
    terms = list(walking(torque=weighted, moment=weighted, ground_force=weighted).reward_terms)
    assert terms[-3:] == ["moment", "ground_force", "torque"]
    assert yaml.safe_load(without.config.to_yaml())["reward"]["torque"]["weight"] == 0
