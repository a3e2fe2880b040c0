"""Random pushes: within their ranges, what they do, and the same on every machine and thread."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, Environment, load_config
from muscle_viewer.core.configuration import EnvironmentConfig
from torch.utils._python_dispatch import TorchDispatchMode

from .test_batch_env import weights

Complaint = Callable[..., str]
HZ = 30
PUSHES = {"force": [20.0, 40.0], "duration": 0.2, "interval": [0.3, 0.6], "body": "thigh"}


def config(path: Path, pushes: dict[str, object] | None) -> EnvironmentConfig:
    """The small character on stable PD, with these pushes; without weight, so that it never falls."""
    tree = yaml.safe_load(path.read_text())
    tree |= {"actuator": "pd", "disturbance": pushes, "simulation": {"gravity": 0.0}}
    tree["termination"] = {"root_height": 0.0}
    (path.parent / "pushed.yaml").write_text(yaml.safe_dump(tree))
    return load_config(path.parent / "pushed.yaml")


def still(env: BatchEnv) -> np.ndarray:
    return np.zeros((env.num_envs, env.action_dim), np.float32)


def pushes_of(env: BatchEnv, steps: int) -> np.ndarray:
    """The push of each step and environment, shape (steps, num_envs, 3)."""
    env.reset()
    seen = []
    for _ in range(steps):
        env.step(still(env))
        seen.append([env.frame(i).disturbance for i in range(env.num_envs)])
    return np.array(seen)


def runs_of(on: np.ndarray) -> list[tuple[bool, int]]:
    """(value, length) of each stretch of equal values."""
    edges = np.flatnonzero(np.diff(on)) + 1
    parts = np.split(on, edges)
    return [(bool(part[0]), len(part)) for part in parts]


def test_pushes_are_horizontal_and_keep_to_their_ranges(small_environment: Path) -> None:
    env = BatchEnv(config(small_environment, PUSHES), num_envs=5)
    seen = pushes_of(env, 250)
    assert not seen[:, :, 1].any()
    sizes, directions = set(), set()
    for i in range(env.num_envs):
        size = np.linalg.norm(seen[:, i], axis=1)
        stretches = runs_of(size > 0)
        assert not stretches[0][0]
        for on, length in stretches[:-1]:
            if on:
                assert length == 6  # 0.2 s
            else:
                assert 9 <= length <= 18  # 0.3 to 0.6 s
        assert np.all((size[size > 0] >= 20) & (size[size > 0] <= 40))
        sizes |= set(np.round(size[size > 0], 4))
        directions |= set(np.round(np.arctan2(seen[:, i, 0], seen[:, i, 2])[size > 0], 4))
    assert len(sizes) > 40
    assert len(directions) > 40
    assert min(directions) < -2
    assert max(directions) > 2


def test_a_push_acts_as_that_force_at_the_bodys_centre_of_mass(small_environment: Path) -> None:
    pushed = Environment(config(small_environment, PUSHES), seed=4)
    pulled = Environment(config(small_environment, None), seed=4)
    free = Environment(config(small_environment, None), seed=4)
    for env in (pushed, pulled, free):
        env.reset()
    body = pulled.info.body_names.index("thigh")
    com = np.array([0.0, -0.2, 0.0])
    action = np.zeros(pushed.action_dim, np.float32)
    acted = 0
    for _ in range(40):
        before = pulled.frame()
        pushed.step(action)
        force = pushed.frame().disturbance
        acted += int(force.any())
        point = before.body_positions[body] + before.body_rotations[body] @ com
        pulled.set_external_force(body, force, point)
        pulled.step(action)
        free.step(action)
        np.testing.assert_allclose(
            pushed.frame().positions, pulled.frame().positions, rtol=0, atol=2e-5
        )
    assert acted >= 6
    assert np.abs(pushed.frame().positions - free.frame().positions).max() > 0.05


def test_a_push_leaves_the_callers_own_forces_alone(small_environment: Path) -> None:
    always = PUSHES | {"interval": [0.0, 0.0], "duration": 1.0, "force": [30.0, 30.0]}
    env = Environment(config(small_environment, always), seed=1)
    env.reset()
    action = np.zeros(env.action_dim, np.float32)
    body = env.info.body_names.index("thigh")
    for _ in range(5):
        env.step(action)
    saved = env.save_state()
    env.step(action)
    without = env.frame().positions
    env.restore_state(saved)
    env.set_external_force(body, np.array([0.0, 0.0, 60.0]), env.frame().body_positions[body])
    env.step(action)
    held = env.save_state()
    env.step(action)
    assert not np.array_equal(env.frame().positions, without)
    env.restore_state(held)
    env.clear_external_forces()
    once = env.frame().positions
    env.step(action)
    assert env.frame().disturbance.any()
    assert not np.array_equal(env.frame().positions, once)


class Broken(TorchDispatchMode):
    """A device that fails at whatever torch is asked on this thread."""

    def __torch_dispatch__(self, func: object, *_: object) -> object:
        raise RuntimeError(f"{func} failed")


def test_a_device_step_that_fails_leaves_no_push_behind(small_environment: Path) -> None:
    pushed = config(small_environment, PUSHES | {"interval": [0.0, 0.01]})
    pushed = pushed.model_copy(update={"actuator": "muscle"})
    clean, failing = (BatchEnv(pushed, num_envs=40, network_device="torch-cpu") for _ in range(2))
    for env in (clean, failing):
        env.load_muscle_weights(weights(env))
        env.reset()
    with Broken(), pytest.raises(RuntimeError):
        failing.step(still(failing))
    for _ in range(2):
        wanted, got = (env.step(still(env))[0] for env in (clean, failing))
        assert np.array_equal(wanted, got)
    assert np.linalg.norm(failing.frame(0).disturbance) >= 20


def test_pushes_are_the_same_for_any_number_of_threads_and_environments(
    small_environment: Path,
) -> None:
    settings = config(small_environment, PUSHES)
    many = BatchEnv(settings, num_envs=33, seed=2, threads=3)
    few = BatchEnv(settings, num_envs=18, seed=2, threads=1)
    for env in (many, few):
        env.reset()
    for _ in range(60):
        a, b = many.step(still(many))[0], few.step(still(few))[0]
        assert np.array_equal(a[:18], b)
    one = pushes_of(BatchEnv(settings, num_envs=2, seed=2), 40)
    assert not np.array_equal(one[:, 0], one[:, 1])
    assert not np.array_equal(one, pushes_of(BatchEnv(settings, num_envs=2, seed=3), 40))


def test_a_saved_state_goes_on_in_the_middle_of_a_push(small_environment: Path) -> None:
    env = BatchEnv(config(small_environment, PUSHES), num_envs=3, seed=6)
    env.reset()
    for _ in range(60):
        env.step(still(env))
        if env.frame(1).disturbance.any():
            break
    saved = env.save_state()
    runs = []
    for _ in range(2):
        env.restore_state(saved)
        runs.append([env.step(still(env))[0].copy() for _ in range(50)])
    assert np.array_equal(np.array(runs[0]), np.array(runs[1]))


def test_each_episode_has_pushes_of_its_own(small_environment: Path) -> None:
    env = BatchEnv(config(small_environment, PUSHES), num_envs=1, seed=6)
    first = pushes_of(env, 40)
    assert not np.array_equal(first, pushes_of(env, 40))


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"force": [40.0, 20.0]}, ["disturbance.force", "the minimum comes first", "[20.0, 40.0]"]),
        ({"force": [40.0]}, ["disturbance.force", "2 items"]),
        ({"interval": [-1.0, 2.0]}, ["disturbance.interval[0]", "greater than or equal to 0"]),
        ({"duration": 0.0}, ["disturbance.duration", "greater than 0"]),
        ({"forse": [1.0, 2.0]}, ["disturbance.forse", "unknown key", "'force'"]),
    ],
)
def test_a_mistake_in_the_pushes_is_one_line(
    change: dict[str, object], parts: list[str], small_environment: Path, complaint: Complaint
) -> None:
    line = complaint(config, small_environment, PUSHES | change)
    for part in parts:
        assert part in line


def test_an_unknown_body_is_named_with_its_fix(
    small_environment: Path, complaint: Complaint
) -> None:
    settings = config(small_environment, PUSHES | {"body": "thihg"})
    line = complaint(BatchEnv, settings, 1)
    assert "disturbance.body: leg has no body 'thihg'; did you mean 'thigh'?" in line
