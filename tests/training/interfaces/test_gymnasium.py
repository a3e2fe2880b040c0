"""gymnasium's interface, judged by gymnasium: its checker, its own vector environments, its wrappers."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium
import muscle_viewer.training.interfaces  # noqa: F401 - registers the ids
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from muscle_viewer.core.folders import assets_folder
from muscle_viewer.training.interfaces.batch import SHIPPED, shipped_config
from muscle_viewer.training.interfaces.gymnasium import MuscleEnv, MuscleVectorEnv
from muscle_viewer.training.interfaces.registration import IDS

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*Box.*:UserWarning")]
ENVS = 4
SHORT = {"muscle": None, "actuator": "pd"}


def short(seconds: float = 0.5) -> Any:
    """A walk by stable PD alone, whose episodes end soon, some by a fall."""
    config = shipped_config("walk")
    tree = config.model_dump() | {"episode": {"max_time": seconds}, "actuator": "pd"}
    return type(config).model_validate(tree)


def make(mode: Any = "NextStep", num_envs: int = ENVS, **options: Any) -> MuscleVectorEnv:
    return MuscleVectorEnv(short(), num_envs, autoreset_mode=mode, threads=1, **options)


def synchronous(mode: AutoresetMode) -> SyncVectorEnv:
    """gymnasium's own vector environment of single ones."""
    single = [lambda: MuscleEnv(short(), threads=1)] * ENVS
    return SyncVectorEnv(single, autoreset_mode=mode)


def actions(step: int, dim: int, num_envs: int = ENVS) -> np.ndarray:
    return np.random.default_rng(step).normal(size=(num_envs, dim)).astype(np.float32)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # boxes without bounds, which are as they should be
        yield


def test_every_environment_that_ships_has_an_id() -> None:
    shipped = {path.stem for path in (assets_folder() / "environments").glob("*.yaml")}
    assert set(IDS.values()) == shipped == set(SHIPPED)


@pytest.mark.parametrize("name", IDS)
def test_an_id_makes_its_environment_single_and_in_a_batch(name: str) -> None:
    if name == "muscle_viewer/WalkMyoLegs-v0":
        pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    single = gymnasium.make(name, threads=1)
    assert single.observation_space.contains(single.reset(seed=1)[0])
    vector = gymnasium.make_vec(name, num_envs=3, threads=1)
    assert isinstance(vector, MuscleVectorEnv)
    assert vector.spec is not None and vector.spec.id == name
    assert vector.observation_space.contains(vector.reset(seed=1)[0])


def test_a_single_environment_passes_gymnasiums_checker() -> None:
    check_env(MuscleEnv(short(), action_bound=2.0, threads=1), skip_render_check=True)
    env = gymnasium.make("muscle_viewer/Walk-v0", threads=1)
    check_env(env.unwrapped, skip_render_check=True)


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_a_batch_is_gymnasiums_vector_of_single_environments_bit_for_bit(
    mode: AutoresetMode,
) -> None:
    ours, theirs = make(mode), synchronous(mode)
    dim = ours.single_action_space.shape[0]
    assert np.array_equal(ours.reset(seed=7)[0], theirs.reset(seed=7)[0])
    ends = 0
    for step in range(40):
        a, b = ours.step(actions(step, dim)), theirs.step(actions(step, dim))
        for k in (0, 2, 3):
            assert np.array_equal(a[k], b[k])
        assert np.array_equal(a[1], b[1].astype(np.float32))
        ended = a[2] | a[3]
        ends += ended.sum()
        if mode is AutoresetMode.SAME_STEP and ended.any():
            assert np.array_equal(a[4]["_final_obs"], b[4]["_final_obs"])
            for x, y in zip(a[4]["final_obs"], b[4]["final_obs"], strict=True):
                assert (x is None) == (y is None)
                assert x is None or np.array_equal(x, y)
    assert ends >= 2 * ENVS


def test_partial_resets_are_gymnasiums() -> None:
    ours, theirs = make(AutoresetMode.DISABLED), synchronous(AutoresetMode.DISABLED)
    dim = ours.single_action_space.shape[0]
    ours.reset(seed=[5, 1, 5, 9])
    theirs.reset(seed=[5, 1, 5, 9])
    resets = 0
    for step in range(40):
        a, b = ours.step(actions(step, dim)), theirs.step(actions(step, dim))
        for k in (0, 2, 3):
            assert np.array_equal(a[k], b[k])
        ended = a[2] | a[3]
        if ended.any():
            resets += 1
            x, _ = ours.reset(options={"reset_mask": ended})
            y, _ = theirs.reset(options={"reset_mask": ended.copy()})
            assert np.array_equal(x, y)
    assert resets >= 2


def test_what_a_step_returns_does_not_change_later() -> None:
    envs = make()
    dim = envs.single_action_space.shape[0]
    first, _ = envs.reset(seed=0)
    kept = [first, *envs.step(actions(0, dim))[:4]]
    copies = [x.copy() for x in kept]
    for step in range(3):
        envs.step(actions(step, dim))
    assert all(np.array_equal(x, y) for x, y in zip(kept, copies, strict=True))


def test_gymnasiums_vector_wrappers_take_it() -> None:
    from gymnasium.wrappers import vector as wrappers

    envs: Any = make(action_bound=3.0)
    envs = wrappers.RecordEpisodeStatistics(envs)
    envs = wrappers.NormalizeObservation(envs)
    envs = wrappers.NormalizeReward(envs)
    envs = wrappers.ClipAction(envs)
    obs, _ = envs.reset(seed=3)
    returns = []
    for _ in range(60):
        obs, reward, *_, infos = envs.step(envs.action_space.sample())
        assert np.isfinite(obs).all() and np.isfinite(reward).all()
        if "episode" in infos:
            returns += infos["episode"]["r"][infos["_episode"]].tolist()
    assert len(returns) >= ENVS
    assert all(r > 0 for r in returns)


def test_the_information_of_each_environment_can_be_listed() -> None:
    from gymnasium.wrappers import vector as wrappers

    envs: Any = wrappers.DictInfoToList(make("SameStep"))
    envs.reset(seed=3)
    finals = []
    for _ in range(20):
        *_, terminated, truncated, infos = envs.step(envs.action_space.sample())
        for ended, info in zip(terminated | truncated, infos, strict=True):
            assert ended == ("final_obs" in info)
            finals += [info["final_obs"]] if ended else []
    assert len(finals) >= ENVS
    assert all(final.shape == envs.single_observation_space.shape for final in finals)


def test_attributes_and_methods_of_the_environments_are_reached() -> None:
    envs = make()
    envs.reset(seed=0)
    positions = envs.get_attr("positions")
    assert np.array_equal(np.array(positions), envs.batch.env.positions)
    envs.set_attr("level", [1, 2, 3, 4])
    assert envs.get_attr("level") == (1, 2, 3, 4)
    still = np.zeros(envs.batch.env.num_dofs)
    envs.call("set_state", positions[0], still)
    assert np.allclose(envs.batch.env.positions, positions[0])
    assert envs.call("frame")[2].time == 0
    with pytest.raises(ValueError, match="level: 2 values given, 4 expected"):
        envs.set_attr("level", [1, 2])
    envs.close()


def test_what_gymnasium_does_not_know_is_refused_by_name(complaint: Callable[..., str]) -> None:
    assert complaint(make, "Sometimes") == (
        "autoreset_mode: 'Sometimes' given, expected one of SAME_STEP, NEXT_STEP, DISABLED"
    )
    assert "render_mode: 'ascii'" in complaint(lambda: make(render_mode="ascii"))


@pytest.mark.slow
def test_pictures_are_drawn_by_the_viewer() -> None:
    pytest.importorskip("OpenGL")
    envs = make(num_envs=2, render_mode="rgb_array")
    envs.reset(seed=1)
    first = envs.render()
    assert first is not None and len(first) == 2
    assert first[0].shape == (480, 640, 3) and first[0].std() > 10
    assert not np.array_equal(first[0], first[1])
    for step in range(4):
        envs.step(actions(step, envs.single_action_space.shape[0], 2))
    later = envs.call("render")
    assert not np.array_equal(later[0], first[0])
    envs.close()
    single = MuscleEnv(short(), render_mode="rgb_array", threads=1)
    check_env(single, skip_render_check=True)
    single.reset()
    assert single.render().std() > 10
    single.close()


def test_an_environment_in_a_forked_process_has_one_thread_of_torch(tmp_path: Path) -> None:
    """Torch's threads of the parent are not in the fork, which would wait for them without end."""
    program = """
import gymnasium, muscle_viewer.training.interfaces, torch
torch.zeros(1000, 1000).clone()  # the parent's threads
envs = gymnasium.make_vec("muscle_viewer/Walk-v0", num_envs=2, vectorization_mode="async")
observations, _ = envs.reset(seed=1)
observations, *_ = envs.step(envs.action_space.sample())
print(observations.shape)
envs.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.startswith("(2, "), done.stderr


def test_some_environments_begin_anew_by_a_list() -> None:
    envs = make()
    envs.reset(seed=3)
    before, _ = envs.reset(options={"reset_mask": [True] + [False] * (ENVS - 1)})
    assert before.shape[0] == ENVS
    envs.step(envs.action_space.sample())
    envs.close()
