"""The thread pool under ThreadSanitizer."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder, load_config
from muscle_viewer.core.errors import ConfigError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def torque_driven() -> EnvironmentConfig:
    config = load_config(assets_folder() / "environments" / "walk.yaml")
    return config.model_copy(update={"actuator": "torque"})


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ builds the stress program")
def test_the_pool_runs_every_job_once_and_without_races(tmp_path: Path) -> None:
    program = tmp_path / "thread_pool_stress"
    sources = [
        ROOT / "tests/core/cpp/thread_pool_stress.cpp",
        ROOT / "core/src/batch/thread_pool.cpp",
    ]
    flags = ["-std=c++20", "-O1", "-g", "-fsanitize=thread", "-pthread", f"-I{ROOT / 'core/src'}"]
    subprocess.run(["g++", *flags, *map(str, sources), "-o", str(program)], check=True)
    # ThreadSanitizer wants the address space layout that setarch -R gives on recent kernels.
    command = ["setarch", "-R", str(program)] if shutil.which("setarch") else [str(program)]
    without_others = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}  # of a sanitizer
    result = subprocess.run(command, capture_output=True, text=True, env=without_others)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip() == "sound"


def test_threads_that_spread_keep_the_affinity_mask() -> None:
    before = os.sched_getaffinity(0)
    env = BatchEnv(torque_driven(), num_envs=64, threads=3)
    env.reset()
    for _ in range(3):
        env.step(np.zeros((64, env.action_dim), np.float32))
    threads = [int(name) for name in os.listdir("/proc/self/task")]
    assert all(os.sched_getaffinity(thread) == before for thread in threads)


def test_spreading_is_switched_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = torque_driven()
    monkeypatch.setenv("MUSCLE_CORE_SPREAD", "0")
    assert BatchEnv(config, num_envs=32, threads=2).threads == 2
    monkeypatch.setenv("MUSCLE_CORE_SPREAD", "no")
    with pytest.raises(ConfigError, match="MUSCLE_CORE_SPREAD: 'no' is neither 0 nor 1"):
        BatchEnv(config, num_envs=32, threads=2)
