"""BatchEnv: determinism, isolation, live weights, views, the GIL; at every instruction set."""

import threading
from contextlib import suppress

import numpy as np
import pytest
import torch
from muscle_viewer.core import (
    BatchEnv,
    CheckpointError,
    Environment,
    Frame,
    ShapeError,
    StateError,
    _core,
)
from muscle_viewer.core.configuration import assets_folder, load_config

CONFIG = assets_folder() / "environments" / "walk.yaml"


WIDEST, *NARROWER = _core.instruction_sets()


@pytest.fixture(
    autouse=True, params=[WIDEST, *(pytest.param(n, marks=pytest.mark.slow) for n in NARROWER)]
)
def _lanes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this file steps the lanes of each instruction set that this CPU has."""
    monkeypatch.setenv("MUSCLE_CORE_ISA", request.param)


def weights(env: BatchEnv | Environment, seed: int = 0) -> dict[str, torch.Tensor]:
    """A random muscle network of GaitNet's widths."""
    generator = torch.Generator().manual_seed(seed)
    info = env.info
    widths = [len(info.muscle_of) + len(info.muscle_driven_dofs), 256, 256, 256]
    widths.append(len(info.muscle_names))
    state = {}
    for k, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        bound = inputs**-0.5
        uniform = torch.rand((outputs, inputs), generator=generator)
        state[f"fc.{2 * k}.weight"] = (2 * uniform - 1) * bound
        state[f"fc.{2 * k}.bias"] = torch.full((outputs,), 0.02)
    return state


def make(num_envs: int, threads: int = 1, seed: int = 0) -> BatchEnv:
    env = BatchEnv(CONFIG, num_envs=num_envs, seed=seed, threads=threads)
    env.load_muscle_weights(weights(env))
    return env


def actions(env: BatchEnv, step: int) -> np.ndarray:
    """Actions that depend on the environment's index and the step alone."""
    rows = [
        np.random.default_rng([step, i]).normal(size=env.action_dim) for i in range(env.num_envs)
    ]
    return np.array(rows, dtype=np.float32)


def rollout(env: BatchEnv, steps: int = 25) -> list[np.ndarray]:
    """Everything that comes out of some steps, copied."""
    seen = [env.reset().copy()]
    for step in range(steps):
        obs, reward, terminated, truncated = env.step(actions(env, step))
        seen += [obs.copy(), reward.copy(), terminated.copy(), truncated.copy()]
        seen += [env.activations.copy(), env.mean_activations.copy(), env.final_observation.copy()]
        seen += [env.muscle_samples.jta.copy(), env.muscle_samples.torque.copy()]
    return seen


def test_results_are_the_same_for_any_number_of_threads() -> None:
    alone = rollout(make(48, threads=1))
    for threads in (2, 3):
        env = make(48, threads=threads)
        assert env.threads == threads
        for a, b in zip(alone, rollout(env), strict=True):
            assert np.array_equal(a, b)


@pytest.mark.parametrize("num_envs", [1, 5])
def test_results_are_the_same_for_any_number_of_environments(num_envs: int) -> None:
    for a, b in zip(rollout(make(num_envs)), rollout(make(32)), strict=True):
        assert np.array_equal(a, b[:num_envs])


def test_a_single_environment_is_the_first_of_a_batch_bit_for_bit() -> None:
    batch, single = make(3), Environment(CONFIG, seed=0)
    single.load_muscle_weights(weights(single))
    assert np.array_equal(batch.reset()[0], single.reset())
    for step in range(90):
        rows = actions(batch, step)
        obs, reward, terminated, _ = batch.step(rows)
        one_obs, one_reward, one_terminated, _ = single.step(rows[0])
        assert reward[0] == np.float32(one_reward)
        assert terminated[0] == one_terminated
        if one_terminated:
            assert np.array_equal(batch.final_observation[0], one_obs)
            break
        assert np.array_equal(obs[0], one_obs)
    else:
        pytest.fail("a random policy should have fallen within the steps tested")


def test_seeds_make_different_episodes_and_the_same_seed_the_same() -> None:
    first, again, other = make(4).reset(), make(4).reset(), make(4, seed=1).reset()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len({row.tobytes() for row in first}) == 4


def test_new_weights_take_effect_at_the_next_step() -> None:
    env = make(2)
    env.reset()
    state = env.save_state()
    still = np.zeros((2, env.action_dim), dtype=np.float32)
    env.step(still)
    before = env.activations.copy()
    env.restore_state(state)
    env.load_muscle_weights(weights(env, seed=1))
    env.step(still)
    assert not np.array_equal(before, env.activations)


def test_refused_weights_leave_the_old_ones_in_force() -> None:
    env = make(2)
    env.reset()
    state = env.save_state()
    still = np.zeros((2, env.action_dim), dtype=np.float32)
    env.step(still)
    before = env.activations.copy()
    broken = weights(env, seed=1)
    broken["fc.4.weight"][0, 0] = float("nan")
    broken["fc.6.bias"] = broken["fc.6.bias"][:-1]
    with pytest.raises(CheckpointError, match=r"fc\.4\.weight.*fc\.6"):
        env.load_muscle_weights(broken)
    env.restore_state(state)
    env.step(still)
    assert np.array_equal(before, env.activations)


def test_a_file_in_place_of_weights_is_told_so() -> None:
    with pytest.raises(CheckpointError, match="str given, a mapping of names to tensors"):
        make(2).load_muscle_weights("walk.pt")  # type: ignore[arg-type]


def test_stepping_without_weights_says_so_instead_of_zero_activations() -> None:
    env = BatchEnv(CONFIG, num_envs=1)
    env.reset()
    with pytest.raises(CheckpointError, match="load_muscle_weights"):
        env.step(np.zeros((1, env.action_dim), dtype=np.float32))


def test_arrays_are_views_on_the_same_memory() -> None:
    env = make(3)
    obs = env.reset()
    out, reward, terminated, truncated = env.step(np.zeros((3, env.action_dim), dtype=np.float32))
    assert np.shares_memory(obs, out)
    again = env.step(np.zeros((3, env.action_dim), dtype=np.float32))
    for a, b in zip((out, reward, terminated, truncated), again, strict=True):
        assert np.shares_memory(a, b)
    assert env.activations.shape == (3, env.num_muscles)
    assert not env.activations.flags.owndata


def test_what_a_step_returns_cannot_be_written_and_is_overwritten_by_the_next() -> None:
    env = make(3)
    views = [env.reset(), *env.step(np.zeros((3, env.action_dim), dtype=np.float32))]
    views += [env.activations, env.mean_activations, env.final_observation]
    views += [env.muscle_samples.jta, env.muscle_samples.torque, *env.reward_terms.values()]
    views.append(env.restore_state(env.save_state()))
    for view in views:
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 0
    kept, copied = views[1], views[1].copy()
    env.step(np.ones((3, env.action_dim), dtype=np.float32))
    assert not np.array_equal(kept, copied)


def test_views_outlive_their_environment() -> None:
    obs = make(2).reset()
    assert np.isfinite(obs).all()


def test_the_gil_is_free_during_a_step() -> None:
    """Python of another thread finds a step at work, which refuses it: it could not if it held the GIL."""
    env = make(256, threads=2)
    env.reset()
    rows = np.zeros((256, env.action_dim), dtype=np.float32)
    found, finished = threading.Event(), threading.Event()

    def step() -> None:
        for _ in range(50):
            with suppress(StateError):  # where the other thread is within a call
                env.step(rows)
            if found.is_set():
                break
        finished.set()

    worker = threading.Thread(target=step)
    worker.start()
    while not (found.is_set() or finished.is_set()):
        try:
            _ = env.timings
        except StateError:
            found.set()
    worker.join()
    assert found.is_set()


def test_the_time_of_a_step_is_told_by_its_parts() -> None:
    config = load_config(CONFIG)
    for actuator, idle in (("muscle", set()), ("pd", {"paths", "muscles", "network"})):
        env = BatchEnv(config.model_copy(update={"actuator": actuator}), num_envs=20, threads=1)
        if not idle:
            env.load_muscle_weights(weights(env))
        env.reset()
        env.reset_timings()
        for step in range(3):
            env.step(actions(env, step))
        spent = env.timings
        assert list(spent) == [
            *("kinematics", "paths", "muscles", "stable_pd"),
            *("network", "dynamics", "task"),
        ]
        assert {name for name, seconds in spent.items() if not seconds} == idle
        env.step(actions(env, 3))
        later = env.timings
        assert all(later[name] > spent[name] for name in spent if name not in idle)


def test_a_diverged_environment_ends_alone() -> None:
    clean, poisoned = make(20), make(20)
    for env in (clean, poisoned):
        env.reset()
    dofs = poisoned.num_dofs
    poisoned.set_state(3, poisoned.positions[3], np.full(dofs, 1e30))
    rows = np.zeros((20, clean.action_dim), dtype=np.float32)
    others = [i for i in range(20) if i != 3]
    for step in range(10):
        a_obs, a_reward, a_terminated, _ = clean.step(rows)
        b_obs, b_reward, b_terminated, _ = poisoned.step(rows)
        if step == 0:
            assert b_terminated[3]
            assert b_reward[3] == 0
            assert np.isfinite(poisoned.final_observation[3]).all()
        assert np.isfinite(b_obs).all()
        assert np.array_equal(a_obs[others], b_obs[others])
        assert np.array_equal(a_reward[others], b_reward[others])
        assert np.array_equal(a_terminated[others], b_terminated[others])


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_actions_beyond_reason_end_their_environment_and_no_other(value: float) -> None:
    env, clean = make(4), make(4)
    for each in (env, clean):
        each.reset()
    rows = np.zeros((4, env.action_dim), dtype=np.float32)
    idle = rows.copy()
    rows[1] = value
    others = [0, 2, 3]
    for _ in range(4):
        obs, reward, terminated, _ = env.step(rows)
        clean_obs, clean_reward, clean_terminated, _ = clean.step(idle)
        assert terminated[1]
        assert reward[1] == 0
        assert np.isfinite(obs).all()
        assert np.array_equal(obs[others], clean_obs[others])
        assert np.array_equal(reward[others], clean_reward[others])
        assert not (terminated[others] | clean_terminated[others]).any()


def test_saved_states_continue_bit_for_bit() -> None:
    env = make(18)
    env.reset()
    for step in range(7):
        env.step(actions(env, step))
    saved = env.save_state()
    runs = []
    for _ in range(2):
        env.restore_state(saved)
        runs.append([env.step(actions(env, step))[0].copy() for step in range(10)])
    for a, b in zip(*runs, strict=True):
        assert np.array_equal(a, b)
    with pytest.raises(StateError, match="cut off"):
        env.restore_state(saved[:-1])


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (np.zeros((3, 49), dtype=np.float32), "shape"),
        (np.zeros(49, dtype=np.float32), "shape"),
        (np.zeros((2, 49), dtype=np.int64), "dtype"),
    ],
)
def test_wrong_actions_are_refused_by_name(rows: np.ndarray, complaint: str) -> None:
    env = make(2)
    env.reset()
    with pytest.raises(ShapeError, match=complaint):
        env.step(rows)


def test_an_episode_is_truncated_at_its_time_and_begins_anew() -> None:
    text = CONFIG.read_text().replace("max_time: 10.0", "max_time: 0.2")
    text = text.replace("../", f"{assets_folder()}/")
    env = BatchEnv(text, num_envs=2)
    env.load_muscle_weights(weights(env))
    first = env.reset().copy()
    for step in range(6):
        obs, _, terminated, truncated = env.step(np.zeros((2, env.action_dim), dtype=np.float32))
        assert not terminated.any()
        assert truncated.all() == (step == 5)
    assert not np.array_equal(obs, env.final_observation)
    assert not np.array_equal(obs, first)  # another random phase


def test_a_batch_shows_the_frame_of_each_of_its_environments_and_stays_as_it_is() -> None:
    watched, unwatched = make(20), make(20)
    watched.reset()
    unwatched.reset()
    for step in range(5):
        watched.step(actions(watched, step))
        unwatched.step(actions(unwatched, step))
        for index in (0, 15, 17):
            frame = watched.frame(index)
            assert np.array_equal(frame.positions, watched.positions[index])
            assert np.array_equal(frame.activations, watched.activations[index])
            assert frame.phase == watched.phases[index]
    assert watched.save_state() == unwatched.save_state()
    with pytest.raises(IndexError, match="environment 20 does not exist: there are 20"):
        watched.frame(20)


def test_a_snapshot_is_what_the_frames_show() -> None:
    env, unwatched = make(20, threads=2), make(20)
    env.reset()
    unwatched.reset()
    arrays = {name for name, kind in Frame.__annotations__.items() if kind == "Floats"}
    for step in range(3):
        env.step(actions(env, step))
        unwatched.step(actions(unwatched, step))
        shown = env.snapshot(sorted(arrays))
        frames = [env.frame(index) for index in range(20)]
        assert shown.keys() == arrays
        for name, rows in shown.items():
            held = np.array([getattr(frame, name) for frame in frames])
            assert np.array_equal(rows, held, equal_nan=True), name
        alone = env.snapshot(["fibre_lengths"])
        assert np.array_equal(alone["fibre_lengths"], shown["fibre_lengths"])
    assert env.save_state() == unwatched.save_state()
    with pytest.raises(ValueError, match="no field 'weather'; there are positions, "):
        env.snapshot(["positions", "weather"])


def test_a_force_on_one_environment_moves_it_alone_and_by_its_impulse() -> None:
    env = make(18)
    env.reset()
    flying = env.positions[17].copy()
    flying[4] += 2.0
    for index in (16, 17):
        env.set_state(index, flying, np.zeros(env.num_dofs))
    body = env.info.body_names.index("pelvis")
    force = np.array([30.0, 0.0, -40.0])
    env.set_external_force(17, body, force, env.frame(17).body_positions[body])
    idle = np.zeros((18, env.action_dim), np.float32)
    before = [env.frame(index).center_of_mass for index in (16, 17)]
    env.step(idle)
    after = [env.frame(index).center_of_mass for index in (16, 17)]
    fell, pushed = (b - a for a, b in zip(before, after, strict=True))
    # The semi-implicit steps of a constant acceleration: n (n + 1) / 2 of them in dt^2.
    substeps, dt = env.info.sim_hz // env.info.control_hz, 1 / env.info.sim_hz
    way = force / env.info.total_mass * dt**2 * substeps * (substeps + 1) / 2
    np.testing.assert_allclose(pushed - fell, way, atol=2e-5)
    env.clear_external_forces(17)
    env.step(idle)
    further = env.frame(17).center_of_mass - after[1]
    duration = 1 / env.info.control_hz
    coasting = force / env.info.total_mass * duration**2
    np.testing.assert_allclose(further[[0, 2]], coasting[[0, 2]], atol=2e-5)
