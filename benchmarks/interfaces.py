"""What the interfaces of RL libraries add to a step of the core, CPU microseconds and share of a step.

python benchmarks/interfaces.py [--num-envs 256] [--libraries gymnasium sb3 torchrl]

The core's step is replaced by one that costs nothing, and ends one of 300 steps; what remains is the interface.
The real core's step is measured in the same run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from muscle_viewer.core import BatchEnv
from muscle_viewer.training.interfaces.batch import TrainerBatch

Step = Callable[[], object]
LIBRARIES = (
    "gymnasium",
    "gymnasium same step",
    "sb3",
    "torchrl",
    "torchrl GymWrapper",
    "rsl_rl",
    "skrl",
)


class FreeCore:
    """Stands for the compiled batch: its buffers, and steps that only set flags."""

    def __init__(self, env: BatchEnv) -> None:
        self._terminated = np.zeros(env.num_envs, bool)
        self.has_network = True
        self._ends = np.random.default_rng(0).random((512, env.num_envs)) < 1 / 300
        self._at = 0
        env._terminated = self._terminated
        self.num_envs = env.num_envs

    def step(self, *_: object) -> None:
        self._at += 1
        self._terminated[:] = self._ends[self._at % len(self._ends)]

    def reset(self, *_: object) -> None:
        self._terminated[:] = False

    def reseed_each(self, *_: object) -> None:
        """A seed is as good as another."""


def stepper(library: str, num_envs: int, free: bool) -> Step:
    """A function that takes one step through a library's interface."""
    made: Any
    if library.startswith("gymnasium"):
        from muscle_viewer.training.interfaces.gymnasium import MuscleVectorEnv

        mode = "SameStep" if "same" in library else "NextStep"
        made = MuscleVectorEnv("walk", num_envs, autoreset_mode=mode)
    elif library == "sb3":
        from muscle_viewer.training.interfaces.sb3 import MuscleVecEnv

        made = MuscleVecEnv("walk", num_envs, action_bound=1.0)
    elif library.startswith("torchrl"):
        return _torchrl(num_envs, free, wrapped="GymWrapper" in library)
    elif library == "rsl_rl":
        return _rsl_rl(num_envs, free)
    else:
        return _skrl(num_envs, free)
    _set_free(made.batch, free)
    actions = np.zeros((num_envs, made.batch.action_dim), np.float32)
    made.reset()
    return lambda: made.step(actions)


def _torchrl(num_envs: int, free: bool, wrapped: bool) -> Step:
    """wrapped: by torchrl's own wrapper of gymnasium's interface."""
    import torch

    env: Any
    if wrapped:
        from muscle_viewer.training.interfaces.gymnasium import MuscleVectorEnv
        from torchrl.envs import GymWrapper

        vector = MuscleVectorEnv("walk", num_envs, autoreset_mode="SameStep")
        batch, env = vector.batch, GymWrapper(vector)
    else:
        from muscle_viewer.training.interfaces.torchrl import MuscleTorchEnv

        env = MuscleTorchEnv("walk", num_envs)
        batch = env.batch
    _set_free(batch, free)
    state = [env.reset()]
    actions = torch.zeros(num_envs, batch.action_dim)

    def step() -> None:
        state[0].set("action", actions)
        state[0] = env.step_and_maybe_reset(state[0])[1]

    return step


def _rsl_rl(num_envs: int, free: bool) -> Step:
    import torch
    from muscle_viewer.training.interfaces.rsl_rl import MuscleVecEnv

    env = MuscleVecEnv("walk", num_envs)
    _set_free(env.batch, free)
    actions = torch.zeros(num_envs, env.num_actions)
    return lambda: env.step(actions)


def _skrl(num_envs: int, free: bool) -> Step:
    import torch
    from muscle_viewer.training.interfaces.skrl import make_skrl

    env = make_skrl("walk", num_envs)
    _set_free(env.unwrapped.batch, free)
    env.reset()
    actions = torch.zeros(num_envs, env.action_space.shape[0])
    return lambda: env.step(actions)


def _set_free(batch: TrainerBatch, free: bool) -> None:
    if free:
        batch.env._env = FreeCore(batch.env)  # type: ignore[assignment]


def seconds(step: Step, count: int, rounds: int) -> float:
    """The smallest mean CPU time of a step on this thread, over some rounds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.thread_time()
        for _ in range(count):
            step()
        best = min(best, (time.thread_time() - start) / count)
    return best


def step_of_core(num_envs: int, count: int) -> float:
    """CPU seconds of a step of the real core on all its threads."""
    batch = TrainerBatch("walk", num_envs)
    batch.reset()
    actions = np.zeros((num_envs, batch.action_dim), np.float32)
    batch.step(actions)
    start = time.process_time()
    for _ in range(count):
        batch.env.step(actions)
    return (time.process_time() - start) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--num-envs", type=int, default=256)
    parser.add_argument("--libraries", nargs="+", default=LIBRARIES[:4], choices=LIBRARIES)
    parser.add_argument("--cores", type=int, default=2, help="cores that share a step of the core")
    options = parser.parse_args()
    whole = step_of_core(options.num_envs, 12) / options.cores
    print(
        f"a step of {options.num_envs} environments: {1e3 * whole:.2f} ms on {options.cores} cores"
    )
    raw = TrainerBatch("walk", options.num_envs)
    env = raw.env
    _set_free(raw, True)
    actions = np.zeros((options.num_envs, raw.action_dim), np.float32)
    floor = seconds(lambda: env.step(actions), 60, 9)
    print(f"{'BatchEnv.step itself':24} {1e6 * floor:7.0f} us")
    for library in options.libraries:
        cost = seconds(stepper(library, options.num_envs, True), 60, 9) - floor
        print(f"{library:24} {1e6 * cost:7.0f} us  {100 * cost / whole:5.2f} %")


if __name__ == "__main__":
    main()
