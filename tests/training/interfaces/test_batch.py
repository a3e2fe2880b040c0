"""TrainerBatch: three treatments of an end, scaled actions, hooks in numpy, the muscle network's teacher."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, ConfigError, ShapeError, StateError, load_checkpoint
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.training.extras import library
from muscle_viewer.training.interfaces.batch import Mode, Step, TrainerBatch, shipped_config
from muscle_viewer.training.interfaces.hooks import Fields, Hooks
from muscle_viewer.training.interfaces.muscle_teacher import MuscleTeacher
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.muscle_learner import MuscleSettings

pytestmark = pytest.mark.slow

ENVS = 18


def short(seconds: float = 0.2) -> object:
    config = shipped_config("walk")
    tree = config.model_dump() | {"episode": {"max_time": seconds}}
    return type(config).model_validate(tree)


def make(num_envs: int = ENVS, **options: object) -> TrainerBatch:
    options = {"environment": short(), "muscle": checkpoints_folder() / "walk.pt", **options}
    return TrainerBatch(num_envs=num_envs, threads=1, **options)  # type: ignore[arg-type]


def actions(batch: TrainerBatch, step: int) -> np.ndarray:
    rng = np.random.default_rng(step)
    return rng.normal(size=(batch.num_envs, batch.action_dim)).astype(np.float32)


def test_without_hooks_a_step_is_the_cores() -> None:
    batch, env = make(), BatchEnv(short(), ENVS, threads=1)  # type: ignore[arg-type]
    env.load_muscle_weights(load_checkpoint(checkpoints_folder() / "walk.pt").muscle)
    assert np.array_equal(batch.reset(seed=4), env.reset(seed=4))
    for step in range(8):
        ours, theirs = batch.step(actions(batch, step)), env.step(actions(batch, step))
        for a, b in zip(ours, theirs, strict=True):
            assert np.array_equal(a, b)
            assert not np.shares_memory(a, b)
    assert np.array_equal(batch.final_observation, env.final_observation)


def test_hooks_that_change_nothing_change_nothing() -> None:
    """The way over a held end and a masked reset gives the same numbers as the core's own."""
    plain = make()
    hooked = make(hooks=Hooks(reward=lambda fields: fields.reward))
    assert np.array_equal(plain.reset(), hooked.reset())
    ends = 0
    for step in range(14):
        a, b = plain.step(actions(plain, step)), hooked.step(actions(plain, step))
        for ours, theirs in zip(a, b, strict=True):
            assert np.array_equal(ours, theirs)
        ended = a.terminated | a.truncated
        ends += ended.sum()
        assert np.array_equal(plain.final_observation[ended], hooked.final_observation[ended])
    assert ends >= 2 * ENVS


def test_next_step_gives_the_same_episodes_one_call_later() -> None:
    same, following = make(1), make(1, mode=Mode.NEXT_STEP)
    assert np.array_equal(same.reset(), following.reset())
    waited = 0
    for step in range(14):
        a = same.step(actions(same, step))
        b = following.step(actions(same, step))
        assert np.array_equal(a.reward, b.reward)
        if a.truncated or a.terminated:
            assert np.array_equal(b.observation, same.final_observation)
            late = following.step(np.full((1, following.action_dim), np.nan, np.float32))
            assert np.array_equal(late.observation, a.observation)
            assert late.reward == 0
            assert not late.terminated and not late.truncated
            waited += 1
        else:
            assert np.array_equal(a.observation, b.observation)
    assert waited >= 2


def test_disabled_waits_for_the_caller() -> None:
    batch = make(mode=Mode.DISABLED)
    batch.reset()
    step = batch.step(actions(batch, 0))
    for k in range(1, 6):
        step = batch.step(actions(batch, k))
        if (step.terminated | step.truncated).any():
            break
    ended = step.terminated | step.truncated
    assert ended.any()
    with pytest.raises(StateError, match="have ended; start their next ones"):
        batch.step(actions(batch, 9))
    first = batch.reset(mask=ended)
    assert np.array_equal(first[~ended], step.observation[~ended])
    assert not np.array_equal(first[ended], step.observation[ended])
    batch.step(actions(batch, 9))


def test_bounded_actions_are_scaled_and_not_clipped() -> None:
    free, bounded = make(), make(action_bound=4.0)
    free.reset()
    bounded.reset()
    rows = actions(free, 1)
    assert np.abs(rows).max() > 1
    a, b = free.step(4 * rows), bounded.step(rows)
    assert np.array_equal(a.observation, b.observation)


def test_hooks_read_the_state_before_the_next_episode_begins() -> None:
    seen: list[np.ndarray] = []

    def height(fields: Fields) -> np.ndarray:
        seen.append(fields["center_of_mass"][:, 1].copy())
        assert fields["center_of_mass"] is fields["center_of_mass"]
        assert fields.terms["pose"].shape == (ENVS,)
        return fields["center_of_mass"][:, 1]

    batch = make(hooks=Hooks(reward=height))
    batch.reset()
    for step in range(6):
        before = batch.env.snapshot(["center_of_mass"])["center_of_mass"][:, 1]
        result = batch.step(actions(batch, step))
    ended = result.terminated | result.truncated
    assert ended.all()
    after = batch.env.snapshot(["center_of_mass"])["center_of_mass"][:, 1]
    assert np.array_equal(result.reward, seen[-1])
    assert np.abs(result.reward - before).max() < 0.1
    assert not np.array_equal(result.reward, after)


def test_a_hook_ends_episodes_and_adds_observations() -> None:
    hooks = Hooks(
        terminated=lambda fields: np.arange(ENVS) == 2,
        observation=lambda fields: fields["contact_forces"].sum((1, 2))[:, None] / 1000,
    )
    batch = make(hooks=hooks)
    assert batch.obs_dim == batch.env.obs_dim + 1
    obs = batch.reset()
    assert obs.shape == (ENVS, batch.obs_dim)
    step = batch.step(actions(batch, 0))
    assert step.terminated.tolist() == [i == 2 for i in range(ENVS)]
    assert not step.truncated.any()
    assert batch.final_observation.shape == (ENVS, batch.obs_dim)
    assert not np.array_equal(batch.final_observation[2], step.observation[2])
    assert (step.observation[:, -1] > 0).any()


def test_a_hook_that_returns_another_shape_is_named(complaint: Callable[..., str]) -> None:
    batch = make(hooks=Hooks(reward=lambda fields: fields["positions"]))
    batch.reset()
    assert "hooks.reward: shape (18," in complaint(batch.step, actions(batch, 0))
    with pytest.raises(ShapeError):
        batch.step(actions(batch, 0))


def test_rewards_that_are_not_finite_are_zero() -> None:
    batch = make(hooks=Hooks(reward=lambda fields: np.full(ENVS, np.nan)))
    batch.reset()
    assert not batch.step(actions(batch, 0)).reward.any()


def test_the_muscles_can_be_the_action_space() -> None:
    batch = make(actuator="activation", muscle=None)
    assert batch.action_dim == batch.env.num_muscles + 1
    batch.reset()
    batch.step(np.full((ENVS, batch.action_dim), 0.1, np.float32))
    assert batch.env.activations.max() > 0.05
    with pytest.raises(ConfigError, match="no muscle network acts"):
        MuscleTeacher(batch)
    with pytest.raises(ConfigError, match="actuator: 'springs' is unknown; use one of muscle, "):
        make(actuator="springs", muscle=None)


def test_the_teacher_brings_down_the_torque_error_and_hands_its_weights_over() -> None:
    batch = make(32, environment=short(1.0), muscle=None)
    settings = MuscleSettings(hidden=(32, 32, 32), batch=128, learning_rate=3e-3)
    teacher = MuscleTeacher(batch, every=8, settings=settings, gradient_steps=25)
    before = {name: tensor.clone() for name, tensor in batch.muscle.items()}
    batch.reset()
    for step in range(7):
        batch.step(0.1 * actions(batch, step))
    untrained = teacher.learner.relative_error()
    for step in range(7, 32):
        batch.step(0.1 * actions(batch, step))
    assert teacher.learner.relative_error() < 0.75 * untrained
    assert all(not np.array_equal(before[n], t) for n, t in batch.muscle.items())
    learnt = teacher.learner.network.state_dict()
    assert all(np.array_equal(learnt[name], tensor) for name, tensor in batch.muscle.items())


def test_returns_are_those_of_whole_episodes() -> None:
    batch = make()
    returns = Returns(batch)
    steps: list[Step] = []
    batch.listen(steps.append)
    batch.reset()
    for step in range(6):
        batch.step(actions(batch, step))
    total = sum(s.reward.astype(float) for s in steps)
    assert returns.steps == 6 * ENVS
    assert sorted(np.round(returns.episodes, 5)) == sorted(np.round(total, 5))
    assert returns.lengths == [6] * ENVS
    assert "of the last" in returns.said()


def test_what_cannot_be_is_said_in_one_line(complaint: Callable[..., str], tmp_path: Path) -> None:
    assert "action_bound: -1" in complaint(lambda: make(action_bound=-1))
    assert "action_bound: 'a' given" in complaint(lambda: make(action_bound="a"))
    assert complaint(library, "no_such_library", "sb3") == (
        "no_such_library is not installed; install it with: pip install 'muscle-viewer[sb3]'"
    )
    batch = make(muscle=None)
    batch.reset()
    assert "load_muscle_weights" in complaint(batch.step, actions(batch, 0))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("import no_such_dependency", "no_such_dependency"),
        ("raise ImportError('install more')", "library_of_parts.part"),  # as ray.tune does
    ],
)
def test_a_part_of_a_library_without_what_it_needs_names_the_extra(
    text: str,
    missing: str,
    complaint: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "library_of_parts"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "part.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "library_of_parts", raising=False)
    assert complaint(library, "library_of_parts.part", "rllib") == (
        f"{missing} is not installed; install it with: pip install 'muscle-viewer[rllib]'"
    )
