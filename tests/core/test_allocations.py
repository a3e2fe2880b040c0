"""A step allocates nothing, counted below the C++ library."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

COUNT = """
CALLS = 8
import ctypes, json, sys
import numpy as np
from muscle_viewer.core import BatchEnv, Policy, load_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder

counter = ctypes.CDLL(sys.argv[1])
loaded = load_checkpoint(checkpoints_folder() / "walk.pt")
counts = []
for environments, threads, sim_hz in ((16, 1, 30), (16, 1, 480), (160, 1, 480), (160, 3, 480)):
    simulation = loaded.config.simulation.model_copy(update={"sim_hz": sim_hz})
    # Episodes of two steps: their ends and beginnings are counted, too.
    episode = loaded.config.episode.model_copy(update={"max_time": 2 / 30})
    config = loaded.config.model_copy(update={"simulation": simulation, "episode": episode})
    env = BatchEnv(config, num_envs=environments, threads=threads)
    env.load_muscle_weights(loaded.muscle)
    env.reset()
    actions = np.zeros((environments, env.action_dim), np.float32)
    ended = 0
    for _ in range(3):
        ended += env.step(actions)[3].sum()
    assert ended
    core, calls = env._env, range(CALLS)
    counter.allocation_counter_start()
    for _ in calls:
        core.step(actions)
    counts.append(counter.allocation_counter_stop())
    counter.allocation_counter_start()
    np.zeros(100_000)
    assert counter.allocation_counter_stop() > 0
print(json.dumps(counts))
"""


@pytest.mark.skipif(
    shutil.which("g++") is None or not sys.platform.startswith("linux"),
    reason="g++ builds the counter, and the loader of Linux puts it in",
)
def test_a_step_allocates_nothing(tmp_path: Path) -> None:
    counter = tmp_path / "allocation_counter.so"
    source = ROOT / "tests/core/cpp/allocation_counter.cpp"
    subprocess.run(
        ["g++", "-std=c++20", "-O1", "-shared", "-fPIC", str(source), "-o", str(counter)],
        check=True,
    )
    result = subprocess.run(
        [sys.executable, "-c", COUNT, str(counter)],
        env={**os.environ, "LD_PRELOAD": str(counter)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    counts = json.loads(result.stdout)
    # pybind11 makes an empty array (its shape, its strides) before it takes the argument's; no
    # environment, substep, end of an episode or thread adds to that.
    assert max(counts) <= 2 * 8
    assert len(set(counts)) == 1
