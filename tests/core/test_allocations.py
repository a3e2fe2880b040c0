"""A step of the lanes allocates nothing, counted below the C++ library. DART's own code does, in every step."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

COUNT = """
CALLS = 8
import ctypes, json, sys
import numpy as np
from muscle_viewer.core import BatchEnv, Policy, load_checkpoint, load_config
from muscle_viewer.core.configuration import Disturbance, Parameter, assets_folder, checkpoints_folder
from muscle_viewer.core.configuration.clips import MotionClip
from muscle_viewer.core.configuration.rewards import NormTerm

counter = ctypes.CDLL(sys.argv[1])
loaded = load_checkpoint(checkpoints_folder() / "walk.pt")
pushes = {"disturbance": Disturbance(force=[1, 2], duration=0.1, interval=[0, 0.1])}
gait = load_config(assets_folder() / "environments" / "walk_gaitnet.yaml").model_copy(update=pushes)
walk = loaded.config
bodies = walk.model_copy(update={"parameters": {
    "height": Parameter(acts_on="height", range=[0.9, 1.1]),
    "weak": Parameter(acts_on="strength", range=[0.5, 1.0]),
    "slope": Parameter(acts_on="slope", range=[-2, 2]),
    "speed": Parameter(acts_on="speed", range=[1.0, 1.6], default=1.3),
}})
several = walk.model_copy(update={
    "motions": [MotionClip(name=name, motion=walk.motion) for name in ("one", "other")],
    "reward": walk.reward.model_copy(update={"moment": NormTerm(), "ground_force": NormTerm()}),
})
counts = []
for environments, threads, sim_hz, given, device, backend in (
    (16, 1, 30, walk, "cpu", None),
    (16, 1, 480, walk, "cpu", None),
    (160, 1, 480, walk, "cpu", None),
    (160, 3, 480, walk, "cpu", None),
    (16, 1, 30, gait, "cpu", None),
    (40, 2, 30, bodies, "cpu", None),
    (40, 2, 30, several, "cpu", None),
    (40, 2, 480, walk, "cpu", "torch"),
    (160, 2, 480, walk, "torch-cpu", None),
):
    simulation = given.simulation.model_copy(update={"sim_hz": sim_hz})
    # Episodes of two steps: their ends and beginnings are counted, too.
    episode = given.episode.model_copy(update={"max_time": 9.0 if given is several else 2 / 30})
    config = given.model_copy(update={"simulation": simulation, "episode": episode})
    env = BatchEnv(config, num_envs=environments, threads=threads, network_device=device)
    env.load_muscle_weights(loaded.muscle, backend=backend)
    env.reset()
    actions = np.zeros((environments, env.action_dim), np.float32)
    ended = 0
    for _ in range(3):
        ended += env.step(actions)[3].sum()
    if given is several:  # counted within a transition
        env.set_clip(1, at_once=True)
    assert ended or given is several
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
    # environment, substep, end of an episode, thread or way of inference adds to that.
    assert max(counts) <= 2 * 8
    assert len(set(counts)) == 1
