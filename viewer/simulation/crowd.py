"""Many environments of a checkpoint at once, each with its own seed and body, stepped in a thread at true time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.background import Background
from muscle_viewer.viewer.simulation.inputs import Inputs
from muscle_viewer.viewer.simulation.own_body import info_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muscle_viewer.core import BatchEnv, Checkpoint
    from muscle_viewer.core.frame import Frame, ModelInfo

COUNT = 16
"""Number of environments."""

LONGEST = 120.0
"""Seconds after which they begin again, with other seeds."""


@dataclass(frozen=True, eq=False)
class Member:
    """One environment as it can be run by itself: all that happened to it since its first reset."""

    seed: int
    values: tuple[tuple[str, float], ...]
    """Names and values of its parameters."""
    script: Sequence[Inputs | None]
    """The inputs of its steps; None is a reset."""


@dataclass(frozen=True, eq=False)
class CrowdMoment:
    """One moment of all environments."""

    infos: tuple[ModelInfo, ...]
    """Their bodies; the same object as long as they have the same."""
    frames: tuple[Frame, ...]
    seeds: tuple[int, ...]
    falls: tuple[int, ...]
    """Number of falls of each so far."""
    seconds: float
    """Simulated since the first reset."""
    scripts: tuple[tuple[list[Inputs | None], int], ...]
    """Inputs so far, and their number at this moment: the lists grow."""
    values: tuple[tuple[tuple[str, float], ...], ...]

    def member(self, index: int) -> Member:
        """One of the environments at this moment."""
        script, length = self.scripts[index]
        return Member(self.seeds[index], self.values[index], script[:length])


class Crowd(Background):
    """Environments of a checkpoint as it was loaded. Seeds count on from 0; parameters are drawn within their ranges."""

    def __init__(self, checkpoint: Checkpoint, count: int = COUNT) -> None:
        """Begin, in a thread of its own."""
        self.count = count
        self.moment: CrowdMoment | None = None
        """The latest moment, another object after each step; None until the first."""
        self.playing = True
        self._checkpoint = checkpoint
        super().__init__()

    @property
    def is_moving(self) -> bool:
        """Whether the next picture differs from the last one."""
        return self.is_running and (self.playing or self.moment is None)

    def _simulate(self) -> None:
        from muscle_viewer.core import BatchEnv

        threads = max(1, (os.cpu_count() or 2) - 1)
        env = BatchEnv(self._checkpoint.config, self.count, threads=threads)
        policy = self._checkpoint.load_into(env)
        period = 1.0 / env.info.control_hz
        due = time.perf_counter()
        first, begin = 0, True
        while not self._stop.is_set():
            if begin:
                observations, moment = self._begin(env, first)
                begin, first = False, first + self.count
                self.moment = moment
            if not self.playing:
                due = time.perf_counter()
                self._stop.wait(0.02)
                continue
            actions = np.array(policy.act(observations), np.float32)
            observations, _, terminated, truncated = env.step(actions)
            self.moment = moment = _next(env, moment, actions, terminated, truncated)
            begin = moment.seconds >= LONGEST
            due = max(due + period, time.perf_counter() - period)
            self._stop.wait(max(due - time.perf_counter(), 0.0))

    def _begin(self, env: BatchEnv, first: int) -> tuple[np.ndarray, CrowdMoment]:
        """Reset all, with seeds from `first` on: the observations and the moment."""
        info, random = env.parameter_info, np.random.default_rng(first)
        names = [p.name for p in info]
        low, high = [p.low for p in info], [p.high for p in info]
        table = random.uniform(low, high, (self.count, len(info)))
        if info:
            env.set_parameters(table)
        seeds = tuple(range(first, first + self.count))
        env.seed(seeds)
        observations = env.reset()
        values = tuple(tuple(sorted(zip(names, map(float, row), strict=True))) for row in table)
        infos = tuple(
            info_of(env.scene, dict(chosen), float(mass)) if info else env.info
            for chosen, mass in zip(values, env.body_masses, strict=True)
        )
        scripts: tuple[tuple[list[Inputs | None], int], ...] = tuple(([], 0) for _ in seeds)
        falls = (0,) * self.count
        return observations, CrowdMoment(infos, _frames(env), seeds, falls, 0.0, scripts, values)


def _next(
    env: BatchEnv,
    before: CrowdMoment,
    actions: np.ndarray,
    terminated: np.ndarray,
    truncated: np.ndarray,
) -> CrowdMoment:
    """The moment after a step, whose inputs are added to the scripts."""
    ended = np.asarray(terminated) | np.asarray(truncated)
    for (script, _), action, over in zip(before.scripts, actions, ended, strict=True):
        script.append(Inputs(action))
        if over:  # reset within the step
            script.append(None)
    return CrowdMoment(
        before.infos,
        _frames(env),
        before.seeds,
        tuple(n + int(fell) for n, fell in zip(before.falls, terminated, strict=True)),
        before.seconds + 1.0 / env.info.control_hz,
        tuple((script, len(script)) for script, _ in before.scripts),
        before.values,
    )


def _frames(env: BatchEnv) -> tuple[Frame, ...]:
    return tuple(env.frame(k) for k in range(env.num_envs))
