"""A substep of a MuJoCo model here and in MuJoCo, on one core each, in turns.

    python benchmarks/mujoco_models.py [--model myo_sim:myolegs] [--num-envs 128] [--repeats 5] [--json]

Both hold the same body, paths, muscles and excitations; the time step here is the environment's (480 Hz), MuJoCo's that
of its file.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import machine
import mujoco
import numpy as np
from muscle_viewer.core import BatchEnv
from muscle_viewer.core.models.mjcf.read import open_model

SECONDS = 2.0
EXCITATION = 0.1


def here(env: BatchEnv) -> float:
    """us a substep and environment."""
    actions = np.full((env.num_envs, env.action_dim), EXCITATION, np.float32)
    substeps = env.info.sim_hz // env.info.control_hz
    begin, calls = time.perf_counter(), 0
    while time.perf_counter() - begin < SECONDS:
        env.step(actions)
        calls += 1
    return 1e6 * (time.perf_counter() - begin) / (calls * substeps * env.num_envs)


def there(model: mujoco.MjModel) -> float:
    """us an mj_step, from the model's first keyframe at each turn."""
    data = mujoco.MjData(model)
    if model.nkey:
        mujoco.mj_resetDataKeyframe(model, data, 0)
    data.ctrl[:] = EXCITATION
    begin, calls = time.perf_counter(), 0
    while time.perf_counter() - begin < SECONDS:
        mujoco.mj_step(model, data, nstep=16)
        calls += 16
    return 1e6 * (time.perf_counter() - begin) / calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="myo_sim:myolegs", help="MJCF file or myo_sim:NAME")
    parser.add_argument("--num-envs", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    env = BatchEnv(options.model, options.num_envs, threads=1)
    env.reset()
    model = open_model(options.model)
    pairs = [(here(env), there(model)) for _ in range(options.repeats)]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratios = sorted(b / a for a, b in pairs)
    if options.json:
        print(json.dumps({"times": theirs / ours, "us_here": ours, "us_there": theirs}))
        return
    print(
        f"{options.model}: {theirs / ours:.0f} times mj_step ({ratios[0]:.0f} to {ratios[-1]:.0f}): "
        f"{ours:.2f} us a substep and environment, {theirs:.1f} us in MuJoCo {mujoco.__version__}; "
        f"{machine.name()}"
    )


if __name__ == "__main__":
    main()
