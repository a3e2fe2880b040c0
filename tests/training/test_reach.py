"""What actions ask beyond the muscles' reach: torques, and a policy that learns to ask for less."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, MuscleSamples, Policy, load_checkpoint
from muscle_viewer.core.folders import assets_folder, checkpoints_folder
from muscle_viewer.training.ppo import Ppo, PpoSettings, Rollout, initialise
from muscle_viewer.training.reach import Reach
from muscle_viewer.training.settings import make_settings
from muscle_viewer.training.trainer import Trainer
from scipy.optimize import lsq_linear

pytestmark = pytest.mark.slow
ENVS = 64


@pytest.fixture(scope="module")
def env() -> BatchEnv:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    env = BatchEnv(checkpoint.config, ENVS, seed=1, threads=1)
    checkpoint.load_into(env)
    return env


def actions(env: BatchEnv, size: float) -> np.ndarray:
    rng = np.random.default_rng(2)
    drawn = size * rng.standard_normal((ENVS, env.action_dim))
    drawn[:, env.num_joint_dofs :] = 0
    return drawn.astype(np.float32)


def test_the_reach_about_a_dof_is_what_the_muscles_make_of_a_torque_that_is_too_large(
    env: BatchEnv,
) -> None:
    """Against least squares with bounds, for one dof at a time."""
    reach = Reach(env)
    env.reset()
    env.step(actions(env, 0))
    jta = env.muscle_samples.jta[:1].copy()
    for dof in np.flatnonzero(env.muscle_driven_dofs):
        for wanted in (2000.0, -2000.0):
            torque = np.zeros((1, env.num_joint_dofs), np.float32)
            torque[0, dof] = wanted
            matrix = np.zeros((1, env.num_muscles))
            here = env.muscle_dofs == dof
            matrix[0, env.muscle_of[here]] = jta[0, here]
            made = matrix @ lsq_linear(matrix, [wanted], (0, 1), tol=1e-12).x
            beyond = reach.beyond(MuscleSamples(jta, torque, torque[:, :0]))[0]
            joints = [body.joint for body in env.scene.character.bodies[1:]]
            stiffness = np.concatenate([np.broadcast_to(j.kp, len(j.dof_names)) for j in joints])
            per_action = env.config.action.scale * stiffness[dof]
            assert per_action * beyond[dof] == pytest.approx(wanted - made[0], abs=0.05)
            assert not np.delete(beyond, dof).any()


def test_actions_that_ask_for_less_by_it_ask_for_less_beyond_reach() -> None:
    """With targets that jump. Light bodies give way, so that the same torque takes a larger change of their targets."""
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    action = checkpoint.config.action.model_copy(update={"interpolation": "none"})
    env = BatchEnv(checkpoint.config.model_copy(update={"action": action}), ENVS, seed=1, threads=1)
    checkpoint.load_into(env)
    reach = Reach(env)
    env.reset()
    env.step(actions(env, 1.0))
    before = env.save_state()
    tried = actions(env, 6.0)
    env.step(tried)
    beyond = reach.beyond(env.muscle_samples)
    assert (np.abs(beyond) > 1).any(1).mean() > 0.15
    env.restore_state(before)
    env.step(tried - beyond)
    remaining = reach.beyond(env.muscle_samples)
    names = env.info.dof_names[6:]
    thigh = [k for k, name in enumerate(names) if name.startswith(("hip", "knee"))]
    assert np.abs(remaining[:, thigh]).sum() < 0.4 * np.abs(beyond[:, thigh]).sum()
    rest = np.delete(np.arange(len(names)), thigh)
    assert np.abs(remaining[:, rest]).sum() < 0.8 * np.abs(beyond[:, rest]).sum()


def test_what_has_diverged_asks_for_nothing(env: BatchEnv) -> None:
    shape = (1, env.num_joint_dofs)
    samples = MuscleSamples(
        np.full((1, env.muscle_torque_dim), np.nan, np.float32),
        np.full(shape, np.inf, np.float32),
        np.zeros(shape, np.float32),
    )
    assert not Reach(env).beyond(samples).any()


def test_a_policy_learns_to_ask_for_less_where_the_reward_says_nothing() -> None:
    torch.manual_seed(0)
    settings = PpoSettings(hidden=(16, 16), horizon=8, batch=128, reach_weight=0.1)
    policy = Policy(3, 2, settings.hidden, settings.log_std)
    initialise(policy)
    learner = Ppo(policy, settings, torch.Generator().manual_seed(0))
    obs = torch.randn(64, 3)
    for _ in range(60):
        rollout = Rollout(settings.horizon, 64, 3, 2, reach=True)
        for t in range(settings.horizon):
            rollout.obs[t] = obs
            rollout.actions[t], rollout.log_probs[t] = learner.act(obs)
        # -0.5 is the most that can be made
        rollout.beyond[..., 1] = (rollout.actions[..., 1] + 0.5).clamp(min=0)
        rollout.rewards = -rollout.actions[..., 0].square()
        learner.update(rollout, obs, 1e-3)
    mean = policy.actor(policy.normalise(obs)).mean(0)
    assert abs(mean[0]) < 0.1
    assert mean[1] < -0.35


def test_a_run_learns_by_it() -> None:
    settings = make_settings(
        {}, {"num_envs": 8, "threads": 1, "steps": 4000, "warm_up": 0},
        ["ppo.reach_weight=0.1", "ppo.horizon=16", "ppo.log_std=1.5", "ppo.final_log_std=1.0", "muscle_batches=1"],
    )  # fmt: skip
    trainer = Trainer(assets_folder() / "environments" / "walk.yaml", settings)
    report = trainer.iterate()
    assert report.ppo is not None and np.isfinite(report.ppo.policy_loss)
