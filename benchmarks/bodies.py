"""Rate of BatchEnv with a body of its own in every environment, over that with one body for all: in turns, in one run.

    python benchmarks/bodies.py [--environment assets/environments/anatomy.yaml] [--rounds 15] [--json]

Both have the same episodes; the ratio is the median over the rounds of neighbouring measurements.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
from muscle_viewer.core import BatchEnv, load_checkpoint, load_config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", default="assets/environments/anatomy.yaml", type=Path)
    parser.add_argument("--checkpoint", default="checkpoints/walk.pt", type=Path)
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--steps", type=int, default=20, help="control steps of a measurement")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()

    drawing = load_config(options.environment)
    muscle = load_checkpoint(options.checkpoint).muscle
    configs = {"one body": drawing.model_copy(update={"parameters": {}}), "own bodies": drawing}
    envs = {}
    for name, config in configs.items():
        envs[name] = BatchEnv(config, options.num_envs, seed=1, threads=options.threads)
        envs[name].load_muscle_weights(muscle)
        rate(envs[name], options.steps)
    rounds = [
        {name: rate(env, options.steps) for name, env in envs.items()}
        for _ in range(options.rounds)
    ]
    result = {
        "parameters": len(drawing.parameters),
        **{name: statistics.median(r[name] for r in rounds) for name in envs},
        "ratio": statistics.median(r["own bodies"] / r["one body"] for r in rounds),
        "timings": {name: env.timings for name, env in envs.items()},
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{result['parameters']} parameters, {options.num_envs} environments")
    for name in envs:
        print(f"{name:12} {result[name]:9.0f} control steps/s")
    print(f"ratio        {result['ratio']:9.3f}")
    one, own = (envs[name].timings for name in envs)
    for part in own:
        print(f"  {part:12} x {own[part] / max(one[part], 1e-9):.2f}")


def rate(env: BatchEnv, steps: int) -> float:
    """Control steps per second from the reset on, actions zero; the reset, with its drawing of bodies, is counted."""
    actions = np.zeros((env.num_envs, env.action_dim), np.float32)
    begin = time.perf_counter()
    env.reset(seed=1)
    for _ in range(steps):
        env.step(actions)
    return steps * env.num_envs / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()
