"""BatchEnv as training code uses and misuses it: early calls, several threads, forks, pickles."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, ConfigError, Environment, StateError, _core, load_config
from muscle_viewer.core.engines import instruction_set
from muscle_viewer.core.network_options import NetworkOptions

from .test_batch_env import CONFIG, actions, make, rollout, weights


def single() -> Environment:
    env = Environment(CONFIG)
    env.load_muscle_weights(weights(env))
    return env


def test_a_step_before_the_first_reset_is_refused() -> None:
    env, one = make(3), single()
    with pytest.raises(StateError, match="call reset first"):
        env.step(actions(env, 0))
    with pytest.raises(StateError, match="call reset first"):
        one.step(np.zeros(one.action_dim, np.float32))
    untouched = make(3)
    assert np.array_equal(env.reset(), untouched.reset())


def test_a_step_between_a_new_seed_and_its_reset_is_refused() -> None:
    env, fresh = make(3), make(3, seed=7)
    env.reset()
    env.seed(7)
    with pytest.raises(StateError, match="after seed"):
        env.step(actions(env, 0))
    for a, b in zip(rollout(env, 3), rollout(fresh, 3), strict=True):
        assert np.array_equal(a, b)


def test_a_restored_state_is_an_episode_that_has_begun() -> None:
    env, other = make(3), make(3)
    env.reset()
    env.step(actions(env, 0))
    other.restore_state(env.save_state())
    assert np.array_equal(env.step(actions(env, 1))[0], other.step(actions(env, 1))[0])


@pytest.mark.parametrize("device", ["cpu", "torch-cpu"])
def test_batches_stepped_in_threads_of_their_own_do_as_alone(device: str) -> None:
    def batch(seed: int) -> BatchEnv:
        env = BatchEnv(CONFIG, num_envs=40, seed=seed, threads=2, network_device=device)
        env.load_muscle_weights(weights(env, seed))
        return env

    alone = [rollout(batch(seed), 6) for seed in range(2)]
    together: dict[int, list[np.ndarray]] = {}

    def work(seed: int) -> None:
        together[seed] = rollout(batch(seed), 6)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(2):
        for a, b in zip(alone[seed], together[seed], strict=True):
            assert np.array_equal(a, b)


def refusals(
    step: Callable[[], object], steps: int, calls: list[Callable[[], object]]
) -> list[set[str]]:
    """What each of the calls is told while another thread makes the steps."""
    finished = threading.Event()

    def work() -> None:
        done = 0
        try:
            while done < steps:
                with suppress(StateError):  # during one of the calls a step is refused as well
                    step()
                    done += 1
        finally:
            finished.set()

    worker = threading.Thread(target=work)
    said: list[set[str]] = [set() for _ in calls]
    worker.start()
    while not finished.is_set():
        for k, call in enumerate(calls):
            try:
                call()
            except StateError as error:
                said[k].add(str(error))
    worker.join()
    return said


def test_a_second_thread_is_refused_while_a_step_runs() -> None:
    env = make(512, threads=2)
    env.reset()
    rows = np.zeros((512, env.action_dim), dtype=np.float32)
    calls = [
        env.save_state,
        lambda: env.timings,
        lambda: env.frame(3),
        lambda: env.positions,
        lambda: env.set_external_force(0, 0, np.zeros(3), np.zeros(3)),
    ]
    for said in refusals(lambda: env.step(rows), 10, calls):
        assert said and all("one thread at a time" in line for line in said)
    env.step(rows)


def test_an_environment_of_its_own_refuses_a_second_thread_too() -> None:
    env = single()
    env.reset()
    action = np.zeros(env.action_dim, np.float32)
    calls = [
        env.reset,
        env.frame,
        env.save_state,
        lambda: env.set_external_force(0, np.zeros(3), np.zeros(3)),
    ]
    for said in refusals(lambda: env.step(action), 300, calls):
        assert said and all("Environment: another thread" in line for line in said)
    env.step(action)


FORK = """
import os, sys
import numpy as np
from muscle_viewer.core import BatchEnv, load_config

config = load_config(sys.argv[1]).model_copy(update={"actuator": "pd"})
env = BatchEnv(config, num_envs=64, threads=3)
env.reset()
rows = np.zeros((64, env.action_dim), np.float32)
env.step(rows)
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, env.step(rows)[1].tobytes())
    threads = len(os.listdir("/proc/self/task"))
    del env  # and its threads are joined
    os._exit(0 if threads >= 3 else 1)
theirs = os.read(reader, 4096)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert theirs == env.step(rows)[1].tobytes()
unused = os.fork()
if unused == 0:
    del env  # whose threads are the parent's
    os._exit(0)
assert os.waitpid(unused, 0)[1] == 0
print("sound")
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks and counts threads")
def test_a_forked_process_goes_on_with_threads_of_its_own() -> None:
    result = subprocess.run(
        [sys.executable, "-c", FORK, str(CONFIG)], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "sound"


def test_a_batch_says_why_it_cannot_be_pickled_or_copied_and_its_configuration_can() -> None:
    env = make(2)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="restore_state"):
            attempt(env)
    sent = pickle.loads(pickle.dumps(env.config))
    twin = BatchEnv(sent, num_envs=2)
    twin.load_muscle_weights(weights(twin))
    for a, b in zip(rollout(env, 2), rollout(twin, 2), strict=True):
        assert np.array_equal(a, b)


def test_actions_may_be_double_or_torch_tensors_or_strided() -> None:
    env = make(2)
    env.reset()
    saved = env.save_state()
    rows = actions(env, 0)
    wide = np.zeros((2, 2 * env.action_dim), np.float32)
    wide[:, ::2] = rows
    seen = []
    for given in (rows, rows.astype(np.float64), torch.from_numpy(rows), wide[:, ::2]):
        env.restore_state(saved)
        seen.append(env.step(given)[0].copy())
    for other in seen[1:]:
        assert np.array_equal(other, seen[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"precision": "int8"},
            "precision: 'int8' is unknown; use one of float32, bfloat16, float16, auto",
        ),
        ({"backend": "abacus"}, "backend: 'abacus' is unknown; use one of lanes, torch"),
        ({"precision": "float16"}, "precision: float16 needs a network_device"),
        ({"precision": "bfloat16", "backend": "torch"}, "bfloat16 needs backend: lanes"),
        (
            {"kernel": "abacus"},
            "kernel: 'abacus' is unknown, and kernel is deprecated; use precision",
        ),
    ],
    ids=str,
)
def test_options_of_the_network_that_cannot_be_used_are_refused_by_name(
    options: dict[str, str], message: str
) -> None:
    env = make(1)
    with pytest.raises(ConfigError, match=message):
        env.load_muscle_weights(weights(env), **options)


def test_bfloat16_needs_the_lanes_engine() -> None:
    with pytest.raises(ConfigError, match="bfloat16 needs engine: lanes, and it is 'dart'"):
        NetworkOptions("bfloat16").on_cpu("dart")


@pytest.mark.parametrize("backend", [None, "torch"])
def test_auto_is_bfloat16_where_the_cpu_and_the_backend_multiply_it(backend: str | None) -> None:
    native = backend is None and _core.multiplies_bfloat16() and instruction_set() == "avx512"
    env = make(1)
    env.reset()
    saved = env.save_state()
    observations = {}
    for precision in ("auto", "float32", "bfloat16" if native else "float32"):
        env.restore_state(saved)
        env.load_muscle_weights(weights(env), precision=precision, backend=backend)
        observations[precision] = env.step(actions(env, 0))[0].copy()
    same = {name: np.array_equal(observations["auto"], o) for name, o in observations.items()}
    assert same == {"auto": True, "float32": not native, **({"bfloat16": True} if native else {})}
    assert NetworkOptions("auto").on_cpu("dart") == instruction_set()


def test_what_the_core_multiplies_in_bfloat16_is_what_the_cpu_flags_say() -> None:
    flags = Path("/proc/cpuinfo").read_text().split()
    wanted = "avx512_bf16" in flags and "avx512" in _core.instruction_sets()
    assert _core.multiplies_bfloat16() == wanted


def test_the_former_kernel_does_the_same_as_the_new_names_and_says_them() -> None:
    env = make(1)
    env.reset()
    saved = env.save_state()
    with pytest.warns(
        DeprecationWarning, match='use precision="float32", backend="torch"'
    ) as caught:
        env.load_muscle_weights(weights(env), "torch")
    assert caught[0].filename == __file__
    former = env.step(actions(env, 0))[0].copy()
    env.restore_state(saved)
    env.load_muscle_weights(weights(env), backend="torch")
    assert np.array_equal(env.step(actions(env, 0))[0], former)
    with pytest.warns(DeprecationWarning, match='use precision="float32", backend="lanes"'):
        env.load_muscle_weights(weights(env), "baseline")


def test_an_episode_is_never_both_terminated_and_truncated() -> None:
    episode = load_config(CONFIG).episode.model_copy(update={"max_time": 0.5})
    env = BatchEnv(load_config(CONFIG).model_copy(update={"episode": episode}), num_envs=32)
    env.load_muscle_weights(weights(env))
    env.reset()
    ends = np.zeros(2, dtype=int)
    for step in range(40):
        _, _, terminated, truncated = env.step(5 * actions(env, step))
        assert not (terminated & truncated).any()
        ends += [terminated.sum(), truncated.sum()]
    assert ends.min() > 0
