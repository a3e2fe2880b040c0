"""Stable-Baselines3's interface, judged by Stable-Baselines3, and its policies in checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from muscle_viewer.core import Policy, load_checkpoint
from muscle_viewer.core.convert import main as convert
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.training.interfaces.batch import shipped_config
from muscle_viewer.training.interfaces.export import policy_state, save_policy
from muscle_viewer.training.interfaces.gymnasium import MuscleEnv
from muscle_viewer.training.interfaces.muscle_teacher import MuscleTeacher
from muscle_viewer.training.interfaces.sb3 import MuscleCallback, MuscleVecEnv
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor, VecNormalize

pytestmark = pytest.mark.slow

WALK = checkpoints_folder() / "walk.pt"


def short(seconds: float = 0.5, actuator: str = "pd") -> Any:
    config = shipped_config("walk")
    tree = config.model_dump() | {"episode": {"max_time": seconds}, "actuator": actuator}
    return type(config).model_validate(tree)


def make(num_envs: int = 4, **options: Any) -> MuscleVecEnv:
    return MuscleVecEnv(short(), num_envs, action_bound=5.0, threads=1, **options)


@pytest.fixture(scope="module", params=[torch.nn.Tanh, torch.nn.ELU])
def trained(request: pytest.FixtureRequest) -> tuple[PPO, VecNormalize]:
    """A policy that has learned a little, with its normalisation; its actions reach the bounds."""
    torch.manual_seed(0)
    env = VecNormalize(MuscleVecEnv("walk", 4, action_bound=5.0, threads=1))
    chosen = {} if request.param is torch.nn.Tanh else {"activation_fn": request.param}
    chosen["net_arch"] = {"pi": [32, 16], "vf": [24, 8]}
    model = PPO("MlpPolicy", env, n_steps=16, batch_size=32, n_epochs=1, policy_kwargs=chosen)
    model.learn(128)
    for parameter in model.policy.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model, env


def observations(env: MuscleVecEnv) -> np.ndarray:
    """Observations of states that a policy sees, of which some are far from the mean."""
    rows = [env.batch.reset(seed=2)]
    for step in range(25):
        actions = np.random.default_rng(step).normal(size=(4, env.batch.action_dim))
        rows.append(env.batch.step(actions.astype(np.float32)).observation)
    return np.concatenate(rows)


def test_it_steps_as_their_own_vector_of_single_environments() -> None:
    ours = make()
    theirs = DummyVecEnv([lambda: MuscleEnv(short(), action_bound=5.0, threads=1)] * 4)
    for env in (ours, theirs):
        env.seed(3)
    assert np.array_equal(ours.reset(), theirs.reset())
    ends = 0
    for step in range(40):
        rows = np.random.default_rng(step).normal(size=(4, ours.batch.action_dim))
        a, b = ours.step(rows.astype(np.float32)), theirs.step(rows.astype(np.float32))
        for x, y in zip(a[:3], b[:3], strict=True):
            assert np.array_equal(x, y)
        for one, other in zip(a[3], b[3], strict=True):
            if "terminal_observation" not in other:
                assert not one
                continue
            ends += 1
            assert np.array_equal(one["terminal_observation"], other["terminal_observation"])
            assert one["TimeLimit.truncated"] == other["TimeLimit.truncated"]
    assert ends >= 8


def test_ppo_trains_on_it_with_their_wrappers_and_the_muscle_network_beside() -> None:
    env = MuscleVecEnv(short(actuator="muscle"), 4, threads=1)
    teacher = MuscleTeacher(env.batch, gradient_steps=2)
    before = {name: tensor.clone() for name, tensor in env.batch.muscle.items()}
    wrapped = VecNormalize(VecMonitor(env))
    model = PPO("MlpPolicy", wrapped, n_steps=16, batch_size=32, n_epochs=1)
    model.learn(128, callback=MuscleCallback(teacher))
    assert len(model.ep_info_buffer) > 0
    assert any(not torch.equal(before[name], t) for name, t in env.batch.muscle.items())


def test_a_live_policy_acts_the_same_from_its_checkpoint(
    trained: tuple[PPO, VecNormalize], tmp_path: Path
) -> None:
    model, env = trained
    obs = observations(env.venv)
    wanted = 5.0 * model.predict(env.normalize_obs(obs), deterministic=True)[0]
    assert np.abs(wanted).max() == 5.0
    save_policy(tmp_path / "policy.pt", env.venv.batch, model)
    checkpoint = load_checkpoint(tmp_path / "policy.pt")
    assert checkpoint.meta["trainer"] == "stable_baselines3"
    assert set(checkpoint.muscle) == set(load_checkpoint(WALK).muscle)
    acted = Policy.from_state_dict(checkpoint.policy).act(obs)
    np.testing.assert_allclose(acted, wanted, atol=1e-6)


def test_the_critic_comes_along(trained: tuple[PPO, VecNormalize]) -> None:
    model, env = trained
    obs = observations(env.venv)
    policy = Policy.from_state_dict(policy_state(model, 5.0))
    with torch.no_grad():
        normal = torch.from_numpy(env.normalize_obs(obs)).float()
        wanted = model.policy.predict_values(normal)
        valued = policy.critic(policy.normalise(torch.from_numpy(obs)))
    np.testing.assert_allclose(valued, wanted, atol=1e-5)


def test_a_saved_policy_acts_the_same_after_conversion(
    trained: tuple[PPO, VecNormalize], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, env = trained
    obs = observations(env.venv)
    wanted = 5.0 * model.predict(env.normalize_obs(obs), deterministic=True)[0]
    model.save(tmp_path / "model.zip")
    env.save(tmp_path / "normalisation.pkl")
    files = [str(tmp_path / name) for name in ("model.zip", "out.pt")]
    options = ["--normalisation", str(tmp_path / "normalisation.pkl"), "--action-bound", "5"]
    assert convert([*files, "--muscle", str(WALK), *options]) == 0
    said = capsys.readouterr().out
    assert "policy of Stable-Baselines3" in said
    assumed = model.policy_kwargs.get("activation_fn") is None
    assert ("activation tanh assumed" in said) == assumed
    acted = Policy.from_state_dict(load_checkpoint(tmp_path / "out.pt").policy).act(obs)
    np.testing.assert_allclose(acted, wanted, atol=1e-6)


def test_a_squashed_actor_acts_the_same() -> None:
    env = make()
    model = SAC("MlpPolicy", env, learning_starts=8, policy_kwargs={"net_arch": [16, 16]})
    model.learn(24)
    obs = observations(env)
    acted = Policy.from_state_dict(policy_state(model, 5.0)).act(obs)
    wanted = 5.0 * model.predict(obs, deterministic=True)[0]
    np.testing.assert_allclose(acted, wanted, atol=2e-6)


def test_actions_must_be_bounded(complaint: Callable[..., str]) -> None:
    assert "needs bounded actions" in complaint(
        lambda: MuscleVecEnv(short(), 1, action_bound=None)  # type: ignore[arg-type]
    )
